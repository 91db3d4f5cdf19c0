"""The files of a project's images: whether they still hold what was imported, and where they are now."""

import time
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from vabal_core import workspace
from vabal_core.ui.app.background import Job, find_job, forget_job, start_job
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.app.errors import show_errors
from vabal_core.ui.app.format import plain
from vabal_core.ui.views.import_source import address_in
from vabal_core.workspace import ChangedImage

SOON_SECONDS = 0.5
FRESH_SECONDS = 60.0  # how long a look at the files holds good
MANY_ROWS = 1_000
READ_WHOLE = "every file is read"
OUTCOMES = {
    "linked": "Images linked to their files again",
    "missing": "Still missing or changed",
    "taken": "New pictures taken as new images",
    "left": "Left as they are, being no image or one that is there already",
}


def image_files_view(context: PageContext) -> None:
    """What is wrong with the files, and what may be done; where all are as they were, a way to make sure of it."""
    mending = find_job(_name(context, "mend"))
    if mending:
        _mending(context, mending)
        return
    job = _checking(context)
    if not job.finished:
        _wait(_name(context, "check"))
    else:
        if job.result:
            _show(context, job.result)
        _ask_for_contents(context, job)


def _ask_for_contents(context: PageContext, job: Job) -> None:
    """The button that has every file read: a look tells by size and time, which some programs copy along."""
    with st.container(horizontal=True, vertical_alignment="center", key=context.key("image_files_all")):
        st.button(
            "Look for changed images",
            key=context.key("compare_files"),
            on_click=_compare,
            args=(context,),
            help="Reads every file from beginning to end and compares it with what was imported. Without it only the "
            "sizes and times of the files are looked at.",
        )
        if job.request == READ_WHOLE and not job.result and not job.error:
            st.caption("Every file was read: each holds what was imported.", width="content")


def _compare(context: PageContext) -> None:
    name = _name(context, "check")
    forget_job(name)
    steps = workspace.check_images(context.ws, context.project.id, content=True)
    start_job(name, steps, READ_WHOLE).wait(SOON_SECONDS)


def _name(context: PageContext, step: str) -> str:
    return f"{step} files: {context.project.id}"


def _checking(context: PageContext) -> Job:
    """A look at every file, begun again where the last one is old."""
    name = _name(context, "check")
    job = find_job(name)
    if job is None or (job.ended is not None and time.monotonic() - job.ended > FRESH_SECONDS):
        forget_job(name)
        job = start_job(name, workspace.check_images(context.ws, context.project.id))
        job.wait(SOON_SECONDS)
    return job


@st.fragment(run_every="2s")
def _wait(name: str) -> None:
    job = find_job(name)
    if job is None or job.finished:
        st.rerun(scope="app")
    event = job.event
    st.caption(
        f"Looking at the files: {event.done:,} of {event.total:,} …" if event.total else "Looking at the files …"
    )


def _show(context: PageContext, images: Sequence[ChangedImage]) -> None:
    missing = [image for image in images if image.content == "missing"]
    changed = [image for image in images if image.content == "changed"]
    with st.container(border=True, key=context.key("image_files")):
        if changed:
            st.markdown(
                f":material/warning: {_count(changed)} another picture now than was imported. The labels belong to the "
                "pictures of before, so these images are neither shown nor learned from." + _left_by_round(context)
            )
            _table(context, changed, "changed")
            st.markdown(
                "**Take the new pictures**: they come as new images without a label; those of before go into the bin. "
                "**Or restore**: put the files back as they were, or say below which folder holds the pictures of "
                "before."
            )
            ids = [image.image_id for image in changed]
            label = "Take the new pictures as new images"
            st.button(label, key=context.key("take_changed"), on_click=_take_changed, args=(context, ids))
        if missing:
            st.markdown(
                f":material/warning: {_count(missing)} nothing any more: moved, renamed, or a drive is missing."
            )
            _table(context, missing, "missing")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            folder = st.text_input("Where are the images now?", key=context.key("locate_folder"), width=420)
            st.button("Locate the folder", key=context.key("locate"), on_click=_locate, args=(context, folder))


def _left_by_round(context: PageContext) -> str:
    """What of this the ranking in use went without, as a sentence to add."""
    last = workspace.last_done_round(context.ws, context.project.id)
    left = workspace.report_of(last).changed_images if last else None
    return f" Round {last.number}, whose ranking is in use, went without {left:,} of them." if left else ""


def _count(images: Sequence[ChangedImage]) -> str:
    return "The file of 1 image holds" if len(images) == 1 else f"The files of {len(images):,} images hold"


def _table(context: PageContext, images: Sequence[ChangedImage], name: str) -> None:
    table = pd.DataFrame([(image.path, str(image.file)) for image in images], columns=["Image", "File"])
    with st.expander("Which", key=context.key(f"files_{name}")):
        st.dataframe(table, hide_index=True, lazy=len(table) > MANY_ROWS)


@show_errors()
def _take_changed(context: PageContext, image_ids: Sequence[int]) -> None:
    steps = workspace.take_changed(context.ws, context.actor, context.project.id, image_ids)
    start_job(_name(context, "mend"), steps).wait(SOON_SECONDS)


@show_errors()
def _locate(context: PageContext, folder: str) -> None:
    roots = workspace.list_import_roots(context.ws)
    address = Path(address_in(folder)).expanduser()
    steps = workspace.locate_folder(context.ws, context.actor, context.project.id, address, roots=roots)
    start_job(_name(context, "mend"), steps).wait(SOON_SECONDS)


def _mending(context: PageContext, job: Job) -> None:
    """How far it is, or what has come of it, said once."""
    name = _name(context, "mend")
    if not job.finished:
        _wait(name)
        return
    if job.error:
        st.error(plain(job.error))
    else:
        st.success(
            " ".join(f"{words}: {job.result[count]:,}." for count, words in OUTCOMES.items() if count in job.result)
        )
    forget_job(name)
    forget_job(_name(context, "check"))
