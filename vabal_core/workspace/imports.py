"""What was imported, and the way back: an import undone goes into the bin, with the classes that it alone brought."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from vabal_core.store import bin as rows
from vabal_core.store import imports
from vabal_core.store.classes import classes_brought_by, classes_of, remove_classes, revive_classes
from vabal_core.store.counts import label_counts
from vabal_core.store.database import reading, writing
from vabal_core.store.images import import_states, truth_counts
from vabal_core.types import Actor
from vabal_core.workspace.people import require_right
from vabal_core.workspace.projects import require_project
from vabal_core.workspace.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class Import:
    """One import. `planned`: images it was to write; `images` of them are in use now, `labelled` of those have a label
    now, `removed` lie in the bin. `finished_at` is None where it broke off or is under way: the same import again
    brings what is missing."""

    id: int
    source: str
    annotator: str
    created_at: datetime
    finished_at: datetime | None
    undone_at: datetime | None
    planned: int
    images: int
    labelled: int
    removed: int


def list_imports(ws: Workspace, project_id: int) -> list[Import]:
    """The imports of a project, newest first; those of before imports were remembered are not among them."""
    require_project(ws, project_id)
    with reading(ws.engine) as transaction:
        stored = imports.imports_of(transaction, project_id)
        states = import_states(transaction, [row.id for row in stored])
    return [_import(row, states.get(row.id, Counter())) for row in stored]


def undo_import(ws: Workspace, actor: Actor, import_id: int) -> int:
    """Put the images of an import into the bin, and the classes that it alone brought; returns how many images went.

    A class stays where an image that is still there is labelled so. An import that broke off is undone likewise; one
    that is under way stops at its next step. ValueError for an unknown import.
    """
    require_right(actor, "import")
    project_id = _project_of(ws, import_id)
    with writing(ws.engine) as transaction:
        row = imports.import_by_id(transaction, import_id)
        moment = row.undone_at or datetime.now(UTC)
        gone = rows.remove(transaction, project_id, rows.brought_by(import_id), moment)
        used = {class_id for _, class_id in label_counts(transaction, project_id)}
        used |= set(truth_counts(transaction, project_id))
        brought = set(classes_brought_by(transaction, import_id))
        unused = [listed.id for listed in classes_of(transaction, project_id) if listed.id in brought - used]
        remove_classes(transaction, unused, moment)
        imports.mark_undone(transaction, import_id, moment)
    return gone


def restore_import(ws: Workspace, actor: Actor, import_id: int) -> int:
    """Take back that an import was undone: what went into the bin then comes back; returns how many images did.

    Nothing happens where it was not undone. ValueError for an unknown import.
    """
    require_right(actor, "import")
    project_id = _project_of(ws, import_id)
    with writing(ws.engine) as transaction:
        moment = imports.import_by_id(transaction, import_id).undone_at
        if moment is None:
            return 0
        back = rows.restore(transaction, project_id, rows.brought_by(import_id) & rows.removed_at(moment))
        revive_classes(transaction, classes_brought_by(transaction, import_id, removed_at=moment))
        imports.mark_undone(transaction, import_id, None)
    return back


def _project_of(ws: Workspace, import_id: int) -> int:
    row = imports.import_by_id(ws.engine, import_id)
    if row is None:
        raise ValueError(f"no import has the id {import_id}")
    return require_project(ws, row.project_id).id


def _import(row: imports.ImportRow, states: Counter[str]) -> Import:
    gone = states["removed"] + states["emptied"]
    return Import(
        id=row.id,
        source=row.source,
        annotator=row.annotator,
        created_at=row.created_at,
        finished_at=row.finished_at,
        undone_at=row.undone_at,
        planned=row.images,
        images=states.total() - gone,
        labelled=states["labelled"],
        removed=states["removed"],
    )
