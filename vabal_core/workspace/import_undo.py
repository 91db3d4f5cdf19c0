"""Undo an import whole, and take that back: piece by piece, so that labelling goes on and a crash loses no step.

What is undone carries the moment of the undoing. Whoever begins again after a crash goes on with what is left.
"""

from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import chain

from sqlalchemy.engine import Connection

from vabal_core.store import bin as rows
from vabal_core.store.change_log import log_change
from vabal_core.store.classes import class_table, classes_brought_by, classes_removed_at, remove_classes, revive_classes
from vabal_core.store.counts import label_counts
from vabal_core.store.database import reading, writing, writing_piece
from vabal_core.store.images import truth_counts
from vabal_core.store.import_changes import (
    ChangeKind,
    ImportChange,
    count_standing,
    count_undone,
    standing_changes,
    undone_changes,
)
from vabal_core.store.imports import import_by_id, imports_of, mark_undone
from vabal_core.types import Actor, Progress, UnknownId
from vabal_core.workspace.change_undoing import redo_changes, undo_changes
from vabal_core.workspace.import_holdings import comes_back_with, goes_with, held_elsewhere
from vabal_core.workspace.people import require_right
from vabal_core.workspace.projects import require_project
from vabal_core.workspace.workspace import Workspace

PIECE = 500  # images while the write lock is held: a label given meanwhile is hardly felt to wait
CHANGES = 150  # and changes, each of which is read from the log and written to it

Place = tuple[int | None, Counter[str]]  # where the next piece begins (None: there is none), and what was done
Step = Callable[[Connection, int], Place]

# What a change is counted as.
NAMES: Mapping[ChangeKind, str] = {
    "label": "labels",
    "split": "splits",
    "moved": "files",
    "content": "replaced",
    "from_bin": "images",
}


@dataclass(frozen=True, kw_only=True)
class UndoneImport:
    """What undoing an import did, or bringing it back: `images` that it had brought went into the bin or came out,
    `labels` and `splits` of others are as before, `files` are linked as before, `replaced` images whose file got a new
    picture came back or went. `kept`: labels and splits that somebody decided since, which stay; `held`: images that it
    had brought and that stay, for the imports `holders` (ids), which are not undone, brought them, too."""

    images: int = 0
    labels: int = 0
    splits: int = 0
    files: int = 0
    replaced: int = 0
    kept: int = 0
    held: int = 0
    holders: tuple[int, ...] = ()


def undo_import(ws: Workspace, actor: Actor, import_id: int) -> Generator[Progress, None, UndoneImport]:
    """Put the images that an import brought into the bin, make undone what it changed of others, and remove the classes
    that it alone brought.

    A class stays where an image that is still there is labelled so; a label that somebody gave after the import stays.
    An image that another import in force held, too, stays as it is, and goes when that one is undone.
    An import that broke off is undone likewise; one that is under way stops at its next step. Done twice, the second
    time does what is left, mostly nothing. ValueError for an unknown import.
    """
    require_right(actor, "import")
    project_id = _project_of(ws, import_id)
    with writing(ws.engine) as transaction:
        listed = import_by_id(transaction, import_id)
        moment = listed.undone_at or datetime.now(UTC)
        mark_undone(transaction, import_id, moment)
        log_change(transaction, actor, project_id, "import undone", listed.source)
    with reading(ws.engine) as transaction:
        image_ids = rows.ids_of(transaction, goes_with(transaction, project_id, import_id))
        held, holders = held_elsewhere(transaction, project_id, import_id)
        total = len(image_ids) + count_standing(transaction, import_id)
    go = partial(_walk, ws, import_id, moment)
    yield Progress("undo", 0, total)
    counts: Counter[str] = Counter()
    for of_piece in chain(
        go(partial(_undo_changes, project_id, import_id, moment)),
        go(partial(_remove_images, project_id, moment, image_ids)),
        go(partial(_remove_classes, project_id, moment)),
    ):
        counts += of_piece
        yield Progress("undo", min(counts.total(), total), total)
    return UndoneImport(**counts, held=held, holders=tuple(holders))


def restore_import(ws: Workspace, actor: Actor, import_id: int) -> Generator[Progress, None, UndoneImport]:
    """Take back that an import was undone: what went into the bin then comes back, and what it had changed of others is
    so again, but where somebody has decided since.

    Nothing happens where it was not undone. ValueError for an unknown import.
    """
    require_right(actor, "import")
    project_id = _project_of(ws, import_id)
    with writing(ws.engine) as transaction:
        listed = import_by_id(transaction, import_id)
        moment = listed.undone_at
        if moment is not None:
            log_change(transaction, actor, project_id, "import restored", listed.source)
    counts: Counter[str] = Counter()
    while moment is not None:  # until nothing is left: somebody may be undoing it at the same time
        with reading(ws.engine) as transaction:
            image_ids = rows.ids_of(transaction, comes_back_with(transaction, project_id, import_id))
            total = counts.total() + len(image_ids) + count_undone(transaction, import_id)
        go = partial(_walk, ws, import_id, moment)
        yield Progress("restore", counts.total(), total)
        for of_piece in chain(
            go(partial(_restore_images, project_id, image_ids)), go(partial(_redo_changes, project_id, import_id))
        ):
            counts += of_piece
            yield Progress("restore", min(counts.total(), total), total)
        moment = _end_restoring(ws, project_id, import_id, moment)
    return UndoneImport(**counts)


def _walk(ws: Workspace, import_id: int, moment: datetime, step: Step) -> Iterator[Counter[str]]:
    """Piece by piece, each in a transaction of its own, until nothing is left, or the import is no longer undone as of
    `moment`: somebody has brought it back."""
    cursor: int | None = 0
    while cursor is not None:
        with writing_piece(ws.engine) as transaction:
            if import_by_id(transaction, import_id).undone_at != moment:
                return
            cursor, counts = step(transaction, cursor)
        yield counts


def _undo_changes(project_id: int, import_id: int, moment: datetime, transaction: Connection, cursor: int) -> Place:
    changes = standing_changes(transaction, import_id, before=cursor or None, limit=CHANGES)
    after = undo_changes(transaction, project_id, changes, moment)
    return (changes[-1].id if changes else None), _counts(after)


def _redo_changes(project_id: int, import_id: int, transaction: Connection, cursor: int) -> Place:
    changes = undone_changes(transaction, import_id, after=cursor, limit=CHANGES)
    after = redo_changes(transaction, project_id, changes)
    return (changes[-1].id if changes else None), _counts(after)


def _remove_images(
    project_id: int, moment: datetime, image_ids: Sequence[int], transaction: Connection, cursor: int
) -> Place:
    pieces = rows.among(image_ids[cursor : cursor + PIECE])
    count = sum(rows.remove(transaction, project_id, piece, moment) for piece in pieces)
    return (cursor + PIECE if pieces else None), Counter(images=count)


def _restore_images(project_id: int, image_ids: Sequence[int], transaction: Connection, cursor: int) -> Place:
    pieces = rows.among(image_ids[cursor : cursor + PIECE])
    count = sum(rows.restore(transaction, project_id, piece) for piece in pieces)
    return (cursor + PIECE if pieces else None), Counter(images=count)


def _remove_classes(project_id: int, moment: datetime, transaction: Connection, _cursor: int) -> Place:
    """The classes that the import brought, or others that are undone, and that nothing uses go into the bin."""
    table = class_table(transaction, project_id)
    undone = [row.id for row in imports_of(transaction, project_id) if row.undone_at is not None]
    brought = set(classes_brought_by(transaction, undone))
    used = {class_id for _, class_id in label_counts(transaction, project_id)}
    used |= set(truth_counts(transaction, project_id))
    used |= {into for class_id, into in table.merged.items() if class_id not in brought}
    unused = [listed.id for listed in table.current if listed.id in brought - used]
    remove_classes(transaction, unused, moment)
    return None, Counter()


def _end_restoring(ws: Workspace, project_id: int, import_id: int, moment: datetime) -> datetime | None:
    """None where all of it is back, which is stored then; else since when it is undone."""
    with writing(ws.engine) as transaction:
        undone_at = import_by_id(transaction, import_id).undone_at
        in_bin = rows.ids_of(transaction, comes_back_with(transaction, project_id, import_id))
        if undone_at != moment or in_bin or count_undone(transaction, import_id):
            return undone_at
        revive_classes(transaction, classes_removed_at(transaction, project_id, moment))
        mark_undone(transaction, import_id, None)
    return None


def _counts(changes: Sequence[ImportChange]) -> Counter[str]:
    counts = Counter(NAMES[change.kind] for change in changes if not change.kept)
    counts["kept"] = sum(change.kept for change in changes if change.kind != "moved")
    return counts


def _project_of(ws: Workspace, import_id: int) -> int:
    row = import_by_id(ws.engine, import_id)
    if row is None:
        raise UnknownId(f"no import has the id {import_id}")
    return require_project(ws, row.project_id).id
