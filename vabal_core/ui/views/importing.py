"""Adding images: say where they are, see what would become of them, and only then write them."""

from dataclasses import replace

import streamlit as st

from vabal_core import workspace
from vabal_core.types import Project
from vabal_core.ui.app.background import Job, find_job, forget_job
from vabal_core.ui.app.errors import show_errors
from vabal_core.ui.app.format import plain
from vabal_core.ui.app.navigation import go_to_project, page
from vabal_core.ui.app.person import current_actor
from vabal_core.ui.components.drop import forget_dropped
from vabal_core.ui.views.features import reading_after_import
from vabal_core.ui.views.import_columns import columns_view
from vabal_core.ui.views.import_jobs import (
    LOOK,
    WRITE,
    ImportRequest,
    go_on,
    job_of,
    look_again,
    table_of,
    written_import,
)
from vabal_core.ui.views.import_plan import show_plan
from vabal_core.ui.views.import_source import ADD_TO, AREA, source_form
from vabal_core.ui.views.imports import begin_undoing, state_words, undo_button, undoing
from vabal_core.workspace import Workspace


def import_under_way(project: Project | None, owner: str) -> bool:
    """Whether this browser's import has got beyond the form, as far as it is shown while `project` is open."""
    return bool(find_job(job_of(LOOK, owner)) or _written_job(project, owner))


def import_view(ws: Workspace, project: Project | None, owner: str) -> None:
    """The form, or whatever this browser's import has come to: one at a time, found again after a reload."""
    look, write = find_job(job_of(LOOK, owner)), _written_job(project, owner)
    if write:
        _writing(ws, write, owner, project)
    elif look:
        _looking(ws, look, owner)
    else:
        source_form(ws, project, owner)


def _written_job(project: Project | None, owner: str) -> Job | None:
    """The writing of this browser's import. Once its project has been opened it is that project's, and not shown while
    another one is open."""
    write = find_job(job_of(WRITE, owner))
    elsewhere = write and write.request.opened and project and project.name != write.request.project_name
    return None if elsewhere else write


def _looking(ws: Workspace, job: Job, owner: str) -> None:
    if not job.finished:
        _follow(job_of(LOOK, owner), "Looking through the images")
    elif job.error or job.cancelled:
        st.error(plain(job.error)) if job.error else st.info("Stopped. Nothing was written.")
        if job.error:
            columns_view(ws, table_of(ws, job.request), job.request, owner)
        with st.container(horizontal=True):
            again = show_errors()(look_again)
            address = job.request.address
            if address is None or workspace.is_allowed(ws, address):  # else it would be refused again
                st.button("Look again", type="primary", key="import_look_again", on_click=again, args=(ws, owner))
            st.button("Back", key="import_back", on_click=_back, args=(job.request, owner))
    else:
        show_plan(ws, job.result, job.request, owner)


def _back(request: ImportRequest, owner: str) -> None:
    """To the form, with the address as it was typed."""
    forget_job(job_of(LOOK, owner))
    if not request.upload_id:
        st.session_state["import_path"] = request.source


def _writing(ws: Workspace, job: Job, owner: str, project: Project | None) -> None:
    if not job.finished:
        _follow(job_of(WRITE, owner), f"Writing to “{job.request.project_name}”")
        return
    forget_dropped(AREA)
    _open_once(job)
    name = job.request.project_name
    imported = written_import(ws, job.request)
    undone = imported is not None and imported.undone_at is not None
    if undone:
        st.success(plain(f"The import into “{name}” is undone: {state_words(imported)}."))
    elif job.error:
        st.error(plain(f"Writing to “{name}” stopped: {job.error}"))
    elif job.cancelled:
        st.info(plain(f"Stopped. The images written to “{name}” so far stay."))
    else:
        st.success(plain(f"The images are in “{name}”."))
        st.caption(reading_after_import(ws, workspace.find_project(ws, name)))
    with st.container(horizontal=True):
        if undone:
            begin = show_errors()(begin_undoing)
            back = (ws, current_actor(), imported.id, workspace.restore_import)
            st.button("Bring it back", key="import_bring_back", on_click=begin, args=back)
        elif job.cancelled or job.error:
            st.button("Go on", type="primary", key="import_go_on", on_click=show_errors()(go_on), args=(ws, owner, job))
        elif st.button("Start labelling", type="primary", key="import_label", icon=":material/arrow_forward:"):
            forget_job(job_of(WRITE, owner))
            st.switch_page(page("label"), query_params={"project": name})
        if imported and not undone:
            undo_button(ws, imported)
        st.button("Add more images", key="import_done", on_click=_add_more, args=(owner, project))
    if imported:
        undoing(imported)


def _add_more(owner: str, project: Project | None) -> None:
    """The form again, for the project that is open."""
    forget_job(job_of(WRITE, owner))
    if project:
        st.session_state[ADD_TO] = project.id


def _open_once(job: Job) -> None:
    """Open the project that was imported into; whoever goes to another one afterwards stays there."""
    if not job.request.opened and not job.error:
        job.request = replace(job.request, opened=True)
        go_to_project(job.request.project_name)
        st.rerun()


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
