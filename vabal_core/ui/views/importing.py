"""Adding images: say where they are, see what would become of them, and only then write them."""

import streamlit as st

from vabal_core import workspace
from vabal_core.types import Project
from vabal_core.ui.app.background import Job, find_job, forget_job
from vabal_core.ui.app.errors import show_errors
from vabal_core.ui.app.format import plain
from vabal_core.ui.app.navigation import go_to_project, page
from vabal_core.ui.components.drop import forget_dropped
from vabal_core.ui.views.features import reading_after_import
from vabal_core.ui.views.import_jobs import LOOK, WRITE, ImportRequest, job_of
from vabal_core.ui.views.import_plan import show_plan
from vabal_core.ui.views.import_source import AREA, source_form
from vabal_core.workspace import Workspace


def import_view(ws: Workspace, project: Project | None, owner: str) -> None:
    """The form, or whatever this browser's import has come to: one at a time, found again after a reload."""
    look, write = find_job(job_of(LOOK, owner)), find_job(job_of(WRITE, owner))
    if write:
        _writing(ws, write, owner)
    elif look:
        _looking(ws, look, owner)
    else:
        source_form(ws, project, owner)


def _looking(ws: Workspace, job: Job, owner: str) -> None:
    if not job.finished:
        _follow(job_of(LOOK, owner), "Looking through the images")
    elif job.error or job.cancelled:
        st.error(plain(job.error)) if job.error else st.info("Stopped. Nothing was written.")
        st.button("Back", key="import_back", on_click=forget_job, args=(job_of(LOOK, owner),))
    else:
        show_plan(ws, job.result, job.request, owner)


def _writing(ws: Workspace, job: Job, owner: str) -> None:
    request: ImportRequest = job.request
    if not job.finished:
        _follow(job_of(WRITE, owner), f"Writing to “{request.project_name}”")
        return
    forget_dropped(AREA)
    if job.error:
        st.error(plain(job.error))
    elif job.cancelled:
        st.info("Stopped. The images written so far stay; importing the same source again adds the rest.")
    else:
        st.success(plain(f"The images are in “{request.project_name}”."))
        st.caption(reading_after_import(ws, workspace.find_project(ws, request.project_name)))
    with st.container(horizontal=True):
        if not job.error and not job.cancelled:
            _start_labelling(request.project_name, owner)
        st.button("Add more images", key="import_done", on_click=forget_job, args=(job_of(WRITE, owner),))


def _start_labelling(project_name: str, owner: str) -> None:
    if st.button("Start labelling", type="primary", key="import_label", icon=":material/arrow_forward:"):
        forget_job(job_of(WRITE, owner))
        go_to_project(project_name)
        st.switch_page(page("label"), query_params={"project": project_name})


@st.fragment(run_every="1s")
@show_errors()
def _follow(name: str, text: str) -> None:
    job = find_job(name)
    if job is None or job.finished:
        st.rerun(scope="app")
    event = job.event
    share = min(1.0, event.done / event.total) if event.total else 0.0
    # "check" counts bytes, of which the bar says enough.
    count = f"{event.done:,} of {event.total:,}" if event.total and event.phase != "check" else event.message
    st.progress(share, text=plain(f"{text}: {count}" if count else f"{text} …"))
    st.button("Stop", key="import_stop", on_click=job.cancel)
