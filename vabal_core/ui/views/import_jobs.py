"""The steps of an import as background work: look through a source, then write what was found.

An import belongs to the browser that started it: nobody else sees it, stops it or writes it.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vabal_core import workspace
from vabal_core.types import (
    Actor,
    DrawnBy,
    ImportPlan,
    LabelChange,
    LabelUse,
    Layout,
    OtherForms,
    Progress,
    TableColumns,
)
from vabal_core.ui.app.background import Job, find_job, forget_job, start_job
from vabal_core.ui.app.person import current_actor
from vabal_core.ui.app.reading import start_reading
from vabal_core.workspace import Import, LayoutChoice, Shape, TablePreview, Workspace

LOOK, WRITE = "import: look", "import: write"
OPTIONS = (
    "labels",
    "holdout",
    "drawn_by",
    "layout",
    "shape",
    "other_forms",
    "columns",
)  # of ImportRequest, that say how a source is read
SOON_SECONDS = 2.0  # what is looked at again is mostly there by then, and the page need not show a bar in between


@dataclass(frozen=True, kw_only=True)
class ImportRequest:
    """What a person asked to import, into which project, and how it is to be read.

    `source` is what the person calls it. It lies at `address` on the server, or came as the upload `upload_id`. A
    `layout` of None is the one that the Studio proposes, a `shape` of None what the project did before; `columns` are
    those of a table that a person named; `settled`: the texts of the doubts that are none, `opened`: its project has
    been opened once it was written; `written_from`: the source that the import is listed with. `apply`: the changes of
    images that are there which are to be made; `from_bin`: images of the source come back out of the bin.
    """

    project_name: str
    source: str
    address: Path | None = None
    upload_id: str = ""
    labels: LabelUse = "use"
    holdout: float = 0.1
    drawn_by: DrawnBy = "random"
    layout: Layout | None = None
    shape: Shape | None = None
    other_forms: OtherForms = "leave"
    columns: TableColumns = TableColumns()
    settled: tuple[str, ...] = ()
    opened: bool = False
    written_from: str = ""
    apply: tuple[LabelChange, ...] = ()
    from_bin: bool = False


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What a look through a source has found: the plan, the other ways in which its paths could be read, and the first
    rows of the table that it is."""

    plan: ImportPlan
    choices: tuple[LayoutChoice, ...]
    table: TablePreview | None = None


def job_of(step: str, owner: str) -> str:
    """The name of the job for a step (LOOK or WRITE) of the import that the browser `owner` started."""
    return f"{step}: {owner}"


def look(ws: Workspace, owner: str, request: ImportRequest) -> None:
    """Begin to look through what is asked for."""
    forget_finished(owner)
    options: dict[str, Any] = {name: getattr(request, name) for name in OPTIONS}
    if request.upload_id:
        steps = workspace.prepare_upload(ws, request.project_name, request.upload_id, **options)
    else:
        roots = workspace.list_import_roots(ws)
        steps = workspace.prepare_import(ws, request.project_name, request.address, roots=roots, **options)
    start_job(job_of(LOOK, owner), _with_choices(ws, steps, request), request)


def forget_finished(owner: str) -> None:
    """What was written before is no more spoken of: the project lists it with its imports."""
    before = find_job(job_of(WRITE, owner))
    if before is not None and before.finished:
        forget_job(job_of(WRITE, owner))


def table_of(ws: Workspace, request: ImportRequest) -> TablePreview | None:
    """The first rows of the table that is asked for; None where it is none."""
    return workspace.preview_source(ws, request.address, request.upload_id, request.columns)


def _with_choices(
    ws: Workspace, steps: Generator[Progress, None, ImportPlan], request: ImportRequest
) -> Generator[Progress, None, Looked]:
    plan = yield from steps
    return Looked(plan=plan, choices=workspace.plan_choices(plan), table=table_of(ws, request))


def look_again(ws: Workspace, owner: str, **changes: Any) -> None:
    """Look through the same source with other options (fields of ImportRequest)."""
    name = job_of(LOOK, owner)
    before = find_job(name)
    if before is not None:
        forget_job(name)
        look(ws, owner, replace(before.request, **changes))
        find_job(name).wait(SOON_SECONDS)


def replace_result(owner: str, looked: Looked) -> None:
    """Put what was changed of a plan in the place of what was found."""
    job = find_job(job_of(LOOK, owner))
    if job is not None:
        job.result = looked


def settle(owner: str, texts: Sequence[str]) -> None:
    """What was done is right, whatever these doubts say."""
    job = find_job(job_of(LOOK, owner))
    if job is not None:
        job.request = replace(job.request, settled=(*job.request.settled, *texts))


def discard(ws: Workspace, owner: str, plan: ImportPlan, request: ImportRequest) -> None:
    """Write nothing, and remove what came to the data folder for it."""
    forget_job(job_of(LOOK, owner))
    workspace.discard_import(ws, request.project_name, plan)
    if request.upload_id:
        workspace.discard_upload(ws, request.upload_id)


def write(ws: Workspace, owner: str, plan: ImportPlan, request: ImportRequest) -> None:
    """Begin to write the plan. It lives on in the writing alone, and goes with it."""
    settled = workspace.settle_upload(ws, request.project_name, request.upload_id, plan) if request.upload_id else plan
    steps = _write_and_read(ws, current_actor(), settled, request)
    if settled.source != plan.source:  # what was uploaded lies with the project now
        request = replace(request, upload_id="", address=Path(settled.source))
    start_job(job_of(WRITE, owner), steps, replace(request, written_from=settled.source))
    forget_job(job_of(LOOK, owner))


def go_on(ws: Workspace, owner: str, job: Job) -> None:
    """Look through the source of an import that was stopped again: what is missing is still to come."""
    forget_job(job_of(WRITE, owner))
    look(ws, owner, replace(job.request, opened=False))


def written_import(ws: Workspace, request: ImportRequest) -> Import | None:
    """The import that was written for the request; None where its project does not exist, or nothing was imported."""
    name = request.project_name
    project = next((listed for listed in workspace.list_projects(ws) if listed.name == name), None)
    imports = workspace.list_imports(ws, project.id) if project else []
    return next((listed for listed in imports if listed.source == request.written_from), None)


def _write_and_read(
    ws: Workspace, actor: Actor, plan: ImportPlan, request: ImportRequest
) -> Generator[Progress, None, dict[str, int]]:
    """Writes the plan, and has what was written read in the background. For a thread."""
    decided = {"apply": request.apply, "from_bin": request.from_bin}
    written = yield from workspace.commit_import(ws, actor, request.project_name, plan, **decided)
    if request.upload_id:
        workspace.discard_upload(ws, request.upload_id)
    start_reading(ws, workspace.find_project(ws, request.project_name))
    return written
