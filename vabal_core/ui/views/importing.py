"""Adding images: look through a source, show what it holds, and only then write it. Long steps run in a thread.

An import belongs to the browser that started it: nobody else sees it, stops it or writes it.
"""

from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from vabal_core import workspace
from vabal_core.types import Actor, ImportPlan, LabelUse, Progress, Project, StudioError
from vabal_core.ui.app.background import Job, find_job, forget_job, jobs_under_way, start_job
from vabal_core.ui.app.context import current_actor
from vabal_core.ui.app.errors import show_errors
from vabal_core.ui.app.format import plain
from vabal_core.ui.app.navigation import link
from vabal_core.ui.app.reading import start_reading
from vabal_core.ui.views.features import reading_after_import
from vabal_core.workspace import Workspace

LOOK, WRITE = "import: look", "import: write"
NEW = "A new project"
LABELS: dict[LabelUse, tuple[str, str]] = {
    "use": ("Use them", "The labels count as given; labelling goes on from there."),
    "hide": ("Hide them", "For a trial: you label as if nothing were known, and the answers serve to check."),
    "evaluate": ("Only for evaluation", "Labelled images measure how good the model is; it never learns from them."),
}
MAX_PROBLEMS_SHOWN = 1_000


@dataclass(frozen=True, kw_only=True)
class ImportRequest:
    """What a person asked to import, and into which project."""

    project_name: str
    source: str


def job_of(step: str, owner: str) -> str:
    """The name of the job for a step (LOOK or WRITE) of the import that the browser `owner` started."""
    return f"{step}: {owner}"


def import_view(ws: Workspace, project: Project | None, owner: str) -> None:
    """The form, or whatever this browser's import has come to: one at a time, found again after a reload."""
    look, write = find_job(job_of(LOOK, owner)), find_job(job_of(WRITE, owner))
    if write:
        _writing(ws, write, owner)
    elif look:
        _looking(ws, look, owner)
    else:
        _form(ws, project, owner)


def _form(ws: Workspace, project: Project | None, owner: str) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        path, upload = _source()
        name = _target(ws, project)
    with right:
        labels = st.radio(
            "Where images have a label already",
            list(LABELS),
            format_func=lambda use: LABELS[use][0],
            captions=[LABELS[use][1] for use in LABELS],
            key="import_labels",
        )
        share = st.slider(
            "Set aside for evaluation",
            0,
            50,
            10,
            format="%d %%",
            key="import_holdout",
            help="These images are drawn at random and never used for learning, so that accuracy is measured honestly.",
        )
    if st.button("Look through the images", type="primary", key="import_look", icon=":material/search:"):
        request = ImportRequest(project_name=name.strip(), source=upload.name if upload else path.strip())
        _start_look(ws, owner, request, upload, labels, share / 100)
    st.caption("Nothing is written before you have seen what the source holds. JPEG, PNG, BMP and TIFF are read.")
    if any(name.startswith((LOOK, WRITE)) for name in jobs_under_way()):
        st.caption("Somebody else is importing just now; yours may take longer.")


def _source() -> tuple[str, UploadedFile | None]:
    """Where the images are: an address on the server's computer, or an uploaded file."""
    where = st.radio("Where are the images?", ["On this computer", "In a file I upload"], key="where", horizontal=True)
    if where != "On this computer":
        return "", st.file_uploader(
            "ZIP or CSV file",
            type=["zip", "csv"],
            key="import_upload",
            help="A ZIP brings its images along. A CSV only names them: it must give whole addresses on the computer "
            "that runs the Studio, such as /data/steel/1.png, because the folder it came from is not uploaded.",
        )
    path = st.text_input(
        "Folder, ZIP file or CSV file",
        key="import_path",
        placeholder="/data/steel/line-2",
        help="The address of the folder on the computer that runs the Studio. Folders named after classes give "
        "labels; so does a CSV with the columns path, label and split.",
    )
    return path, None


def _target(ws: Workspace, project: Project | None) -> str:
    names = [NEW, *(existing.name for existing in workspace.list_projects(ws))]
    key = f"import_into-{project.id if project else 0}"
    chosen = st.selectbox("Into which project?", names, index=names.index(project.name if project else NEW), key=key)
    return st.text_input("Name of the new project", key="import_name") if chosen == NEW else chosen


@show_errors()
def _start_look(
    ws: Workspace, owner: str, request: ImportRequest, upload: UploadedFile | None, labels: LabelUse, holdout: float
) -> None:
    if not request.project_name:
        st.error("Give the new project a name.")
    elif not request.source:
        st.error("Say where the images are: the address of a folder or file, or a file to upload.")
    else:
        options = {"labels": labels, "holdout": holdout}
        if upload:
            steps = workspace.prepare_upload(ws, request.project_name, upload, **options)
        else:
            roots = workspace.list_import_roots(ws)
            steps = workspace.prepare_import(ws, request.project_name, _address(request.source), roots=roots, **options)
        start_job(job_of(LOOK, owner), steps, request)
        st.rerun()


def _address(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError as problem:  # "~name" of nobody on this computer
        raise StudioError(f"{text} names nobody's folder here. Write the address in full.") from problem


def _looking(ws: Workspace, job: Job, owner: str) -> None:
    if not job.finished:
        _follow(job_of(LOOK, owner), "Looking through the images")
    elif job.error or job.cancelled:
        st.error(plain(job.error)) if job.error else st.info("Stopped. Nothing was written.")
        st.button("Back", key="import_back", on_click=forget_job, args=(job_of(LOOK, owner),))
    else:
        _show_plan(ws, job.result, job.request, owner)


def _show_plan(ws: Workspace, plan: ImportPlan, request: ImportRequest, owner: str) -> None:
    st.subheader(plain(f"{len(plan.entries):,} images for “{request.project_name}”"), anchor=False)
    st.caption(plain(request.source))
    if plan.already_present:
        st.info(f"{plan.already_present:,} images are in the project already and stay as they are.")
    if plan.entries:
        st.dataframe(plan_table(plan), width="content")
    if plan.problems:
        with st.expander(
            f"Left out: {len(plan.problems):,} files" if len(plan.problems) > 1 else "Left out: 1 file",
            expanded=not plan.entries,
        ):
            rows = [(problem.path, problem.reason) for problem in plan.problems[:MAX_PROBLEMS_SHOWN]]
            st.dataframe(pd.DataFrame(rows, columns=["File", "Why"]), hide_index=True)
    with st.container(horizontal=True):
        if plan.entries:
            st.button(
                f"Import {len(plan.entries):,} images",
                type="primary",
                key="import_write",
                on_click=_write,
                args=(ws, plan, request, owner),
            )
        st.button("Discard", key="import_discard", on_click=_discard, args=(ws, plan, request, owner))


@show_errors()
def _discard(ws: Workspace, plan: ImportPlan, request: ImportRequest, owner: str) -> None:
    forget_job(job_of(LOOK, owner))
    workspace.discard_import(ws, request.project_name, plan)


@show_errors()
def _write(ws: Workspace, plan: ImportPlan, request: ImportRequest, owner: str) -> None:
    start_job(job_of(WRITE, owner), _import_and_read(ws, current_actor(), request.project_name, plan), request)
    forget_job(job_of(LOOK, owner))  # the plan lives on in the writing alone, and goes with it


def _import_and_read(
    ws: Workspace, actor: Actor, project_name: str, plan: ImportPlan
) -> Generator[Progress, None, dict[str, int]]:
    """Writes the plan, and has what was written read in the background. For a thread."""
    written = yield from workspace.commit_import(ws, actor, project_name, plan)
    start_reading(ws, workspace.find_project(ws, project_name))
    return written


def plan_table(plan: ImportPlan) -> pd.DataFrame:
    """Images by label (rows, most frequent first) and by use (columns)."""
    uses = {"pool": "To learn from", "evaluation": "Set aside for evaluation"}
    names = Counter(entry.label or "no label" for entry in plan.entries)
    counts = Counter((entry.label or "no label", entry.split) for entry in plan.entries)
    rows = {name: [counts[name, split] for split in uses] for name, _ in names.most_common()}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=list(uses.values()))
    table.loc["all"] = table.sum()
    return table


def _writing(ws: Workspace, job: Job, owner: str) -> None:
    request: ImportRequest = job.request
    if not job.finished:
        _follow(job_of(WRITE, owner), f"Writing to “{request.project_name}”")
        return
    if job.error:
        st.error(plain(job.error))
    elif job.cancelled:
        st.info("Stopped. The images written so far stay; importing the same source again adds the rest.")
    else:
        st.success(plain(f"The images are in “{request.project_name}”."))
        link("label", "Start labelling", request.project_name)
        st.caption(reading_after_import(ws, workspace.find_project(ws, request.project_name)))
    st.button("Add more images", key="import_done", on_click=forget_job, args=(job_of(WRITE, owner),))


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
