"""An import while it is written: which one it is, and what the names of its classes meant when it began."""

import time
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass

from sqlalchemy.engine import Connection

from vabal_core.store.change_log import log_change
from vabal_core.store.classes import class_book, classes_of, insert_classes
from vabal_core.store.database import writing
from vabal_core.store.imports import begin_import, import_by_id
from vabal_core.types import Actor, ImportPlan, LabelChange, StudioError
from vabal_core.types.names import NameBook
from vabal_core.workspace.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class OpenImport:
    """An import under way. `book`: class ids by name, as of its beginning: what its source calls by a name goes into
    the log as that class, whatever the class is called or merged into while the import runs; `began`: when it did
    (time.monotonic())."""

    id: int
    project_id: int
    book: NameBook[int]
    began: float


def open_import(
    ws: Workspace,
    actor: Actor,
    project_id: int,
    plan: ImportPlan,
    changes: Collection[LabelChange],
    *,
    from_bin: bool,
) -> OpenImport | None:
    """The import that the plan is, or goes on with, and its classes made; None where it would change nothing.

    `changes`: those of the plan's that are to be made; `from_bin`: what it found in the bin comes out.
    """
    names = {entry.label for entry in plan.entries if entry.label is not None}
    names |= {change.new for change in changes if change.kind == "label"}
    facts = {"layout": asdict(plan.layout), "images": len(plan.entries), "annotator": actor.name}
    facts["anything"] = bool(plan.entries or changes or (from_bin and plan.in_bin))
    with writing(ws.engine) as transaction:
        import_id = begin_import(transaction, project_id, plan.source, **facts)
        ordered = sorted(names)
        if not classes_of(transaction, project_id):  # a project that has none yet takes over all of a Studio's export
            ordered = list(dict.fromkeys((*plan.classes, *ordered)))
        insert_classes(transaction, project_id, ordered, import_id)
        if import_id is None:
            return None
        log_change(transaction, actor, project_id, "import begun", plan.source, new=f"{len(plan.entries)} images")
        book = class_book(transaction, project_id)
        return OpenImport(id=import_id, project_id=project_id, book=book, began=time.monotonic())


def begin_change(
    transaction: Connection, actor: Actor, project_id: int, source: str, *, images: int = 0, anything: bool
) -> int | None:
    """The id under which something other than an import changes a project as one does, from the `source` that it is
    listed with; it goes on where it broke off. None where there is not `anything` to change."""
    facts = {"layout": {}, "images": images, "annotator": actor.name, "anything": anything}
    import_id = begin_import(transaction, project_id, source, **facts)
    if import_id is not None:
        log_change(transaction, actor, project_id, "import begun", source)
    return import_id


def require_open(transaction: Connection, current: OpenImport) -> None:
    """StudioError where the import was undone meanwhile: it writes no more."""
    require_not_undone(transaction, current.id)


def require_not_undone(transaction: Connection, import_id: int) -> None:
    """StudioError where the import, or what is listed like one, was undone meanwhile: it writes no more."""
    if import_by_id(transaction, import_id).undone_at is not None:
        raise StudioError("This import was undone while it was under way: what it had brought lies in the bin.")


def class_ids_of(transaction: Connection, current: OpenImport, names: Iterable[str]) -> dict[str, int]:
    """Class ids by name, as they were when the import began; a class that was not there then is made with it."""
    ids = {name: current.book.find(name) for name in names}
    missing = [name for name, class_id in ids.items() if class_id is None]
    made = insert_classes(transaction, current.project_id, sorted(missing), current.id)
    return {name: class_id for name, class_id in {**ids, **made}.items() if class_id is not None}
