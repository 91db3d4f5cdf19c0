"""Adding images: look through a source, show what it holds, and only then write it. Long steps run in a thread."""

from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfileobj
from uuid import uuid4

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from vabal_core import workspace
from vabal_core.types import Event, ImportPlan, LabelUse
from vabal_core.ui.frame import go_to_project
from vabal_core.ui.jobs import Job, find_job, forget_job, start_job
from vabal_core.ui.pages import link
from vabal_core.workspace import Workspace

LOOK, WRITE = "import: look", "import: write"
NEW = "A new project"
LABELS: dict[LabelUse, tuple[str, str]] = {
    "use": ("Use them", "The labels count as given; labelling goes on from there."),
    "hide": ("Hide them", "For a trial: you label as if nothing were known, and the answers serve to check."),
    "evaluate": ("Only for evaluation", "Labelled images measure how good the model is; it never learns from them."),
}
MOST_PROBLEMS = 1_000


@dataclass(frozen=True)
class Asked:
    """What the person asked to import."""

    project_name: str
    source: str


def import_running() -> bool:
    """Whether an import is under way or waits for an answer."""
    return bool(find_job(LOOK) or find_job(WRITE))


def import_view(ws: Workspace, project_name: str | None) -> None:
    """The form, or whatever the import under way has come to: one at a time, found again after a reload."""
    look, write = find_job(LOOK), find_job(WRITE)
    if write:
        _writing(write)
    elif look:
        _looking(ws, look)
    else:
        _form(ws, project_name)


def _form(ws: Workspace, project_name: str | None) -> None:
    names = [NEW, *(project.name for project in workspace.projects(ws))]
    left, right = st.columns(2, gap="large")
    with left:
        where = st.radio(
            "Where are the images?", ["On this computer", "In a file I upload"], key="where", horizontal=True
        )
        upload, path = None, ""
        if where == "On this computer":
            path = st.text_input(
                "Folder, ZIP file or CSV file",
                key="import_path",
                placeholder="/data/steel/line-2",
                help="The address of the folder on the computer that runs the Studio. Folders named after classes give "
                "labels; so does a CSV with the columns path, label and split.",
            )
        else:
            upload = st.file_uploader("ZIP or CSV file", type=["zip", "csv"], key="import_upload")
        chosen = st.selectbox("Into which project?", names, index=names.index(project_name or NEW), key="import_into")
        name = st.text_input("Name of the new project", key="import_name") if chosen == NEW else chosen
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
        _start_look(ws, name.strip(), path.strip(), upload, labels, share / 100)
    st.caption("Nothing is written before you have seen what the source holds. JPEG, PNG, BMP and TIFF are read.")


def _start_look(
    ws: Workspace, name: str, path: str, upload: UploadedFile | None, labels: LabelUse, holdout: float
) -> None:
    if not name:
        st.error("Give the new project a name.")
    elif upload is None and not path:
        st.error("Say where the images are: the address of a folder or file, or a file to upload.")
    else:
        source = _keep_upload(ws, upload) if upload else Path(path).expanduser()
        steps = workspace.prepare_import(ws, name, source, labels=labels, holdout=holdout)
        start_job(LOOK, _then_delete(steps, source) if upload else steps, Asked(name, upload.name if upload else path))
        st.rerun()


def _keep_upload(ws: Workspace, upload: UploadedFile) -> Path:
    """Write the upload to the data folder under a name of our own: the browser's file name is not to be trusted."""
    folder = ws.data_dir / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{uuid4().hex}{Path(upload.name).suffix.lower()}"
    with path.open("wb") as file:
        copyfileobj(upload, file)
    return path


def _then_delete(steps: Generator[Event, None, ImportPlan], upload: Path) -> Generator[Event, None, ImportPlan]:
    """The same steps; the copy of the upload goes when they end, because a ZIP has been unpacked by then."""
    try:
        return (yield from steps)
    finally:
        upload.unlink(missing_ok=True)


def _looking(ws: Workspace, job: Job) -> None:
    asked: Asked = job.about
    if not job.finished:
        _follow(LOOK, "Looking through the images")
    elif job.error or job.cancelled:
        st.error(job.error) if job.error else st.info("Stopped. Nothing was written.")
        st.button("Back", key="import_back", on_click=forget_job, args=(LOOK,))
    else:
        _show_plan(ws, job.result, asked)


def _show_plan(ws: Workspace, plan: ImportPlan, asked: Asked) -> None:
    st.subheader(f"{len(plan.entries):,} images for “{asked.project_name}”", anchor=False)
    st.caption(asked.source)
    if plan.already_present:
        st.info(f"{plan.already_present:,} images are in the project already and stay as they are.")
    if plan.entries:
        st.dataframe(plan_table(plan), width="content")
    if plan.problems:
        with st.expander(
            f"Left out: {len(plan.problems):,} files" if len(plan.problems) > 1 else "Left out: 1 file",
            expanded=not plan.entries,
        ):
            rows = [(problem.path, problem.reason) for problem in plan.problems[:MOST_PROBLEMS]]
            st.dataframe(pd.DataFrame(rows, columns=["File", "Why"]), hide_index=True)
    with st.container(horizontal=True):
        if plan.entries:
            st.button(
                f"Import {len(plan.entries):,} images",
                type="primary",
                key="import_write",
                on_click=lambda: start_job(WRITE, workspace.commit_import(ws, asked.project_name, plan), asked),
            )
        st.button("Discard", key="import_discard", on_click=forget_job, args=(LOOK,))


def plan_table(plan: ImportPlan) -> pd.DataFrame:
    """Images by label (rows, most frequent first) and by use (columns)."""
    uses = {"pool": "To learn from", "evaluation": "Set aside for evaluation"}
    names = Counter(entry.label or "no label" for entry in plan.entries)
    counts = Counter((entry.label or "no label", entry.split) for entry in plan.entries)
    rows = {name: [counts[name, split] for split in uses] for name, _ in names.most_common()}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=list(uses.values()))
    table.loc["all"] = table.sum()
    return table


def _writing(job: Job) -> None:
    asked: Asked = job.about
    if not job.finished:
        _follow(WRITE, f"Writing to “{asked.project_name}”")
        return
    if job.error:
        st.error(job.error)
    elif job.cancelled:
        st.info("Stopped. The images written so far stay; importing the same source again adds the rest.")
    else:
        st.success(f"The images are in “{asked.project_name}”.")
        go_to_project(asked.project_name)
        link("label", "Start labelling")
    st.button("Add more images", key="import_done", on_click=_forget)


def _forget() -> None:
    forget_job(LOOK)
    forget_job(WRITE)


@st.fragment(run_every="1s")
def _follow(name: str, text: str) -> None:
    job = find_job(name)
    if job is None or job.finished:
        st.rerun(scope="app")
    event = job.event
    share = min(1.0, event.done / event.total) if event.total else 0.0
    count = f"{event.done:,} of {event.total:,}" if event.total else event.message
    st.progress(share, text=f"{text}: {count}" if count else f"{text} …")
    st.button("Stop", key="import_stop", on_click=job.cancel)
