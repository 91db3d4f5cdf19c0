"""Reading the images of a project in the background, as the pages show it."""

import time

import streamlit as st

from vabal_core.ui.app.background import Job
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.app.errors import show_errors
from vabal_core.ui.app.format import PHASES, duration, plain
from vabal_core.ui.app.reading import reading_job

LEAST_SHARE = 0.02  # of the images, before a time left is more than a guess


@st.fragment(run_every="2s")
@show_errors()
def reading_status(context: PageContext) -> None:
    """One line on how far the reading is; nothing where it is not under way, and why where it failed."""
    job = reading_job(context.project)
    if job is None:
        return
    if job.error:
        st.warning(plain(f"The images could not be read for learning: {job.error} Labelling goes on without."))
    elif not job.finished:
        st.caption(plain(f"{_words(job)} Until then they come at random; label as you like."))


def _words(job: Job) -> str:
    event = job.event
    if not event.total:
        return f"{event.message or 'Getting ready to look at every image'} …"
    share = event.done / event.total
    left = (time.monotonic() - job.request) * (1 - share) / share if share > LEAST_SHARE else None
    ready = f", ready in about {duration(left)}" if left is not None else ""
    return f"{PHASES.get(event.phase, event.phase)}: {event.done:,} of {event.total:,}{ready}."
