"""Make what an import changes of images that are there, piece by piece, each remembered so that it can be undone."""

import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import get_args

from sqlalchemy.engine import Connection

from vabal_core.store.bin import among, removal_moments, remove, restore
from vabal_core.store.classes import ClassTable, class_table
from vabal_core.store.database import writing_piece
from vabal_core.store.image_addresses import find_addresses, write_addresses
from vabal_core.store.images import images_by_id
from vabal_core.store.import_changes import ImportChange, label_given, note_changes
from vabal_core.store.labels import IMPORTED, record
from vabal_core.store.search import DECIDED, ImageRow, rows_of
from vabal_core.store.splits import move_to_split
from vabal_core.types import ImportPlan, LabelChange, LabelEvent, Split
from vabal_core.workspace.change_undoing import moved_detail
from vabal_core.workspace.open_import import OpenImport, class_ids_of, require_open
from vabal_core.workspace.workspace import Workspace

PIECE = 150  # changes written while the write lock is held


def apply_changes(ws: Workspace, current: OpenImport, plan: ImportPlan) -> Iterator[dict[str, int]]:
    """Write the plan's changes, piece by piece; yields how many of a kind each piece has made: "labels_changed",
    "splits_changed", "moved", "replaced".

    A label is written to the log as one that came with an import; the image whose file holds a new picture goes into
    the bin, its label with it. What is not as it was when the change was looked up is left: somebody has decided since.
    Each piece is remembered with the import in its own transaction, so that the import can be undone.
    """
    by_kind: dict[str, list[LabelChange]] = {kind: [] for kind in WRITERS}
    for change in plan.changes:
        by_kind[change.kind].append(change)
    for kind, (name, write) in WRITERS.items():
        for start in range(0, len(by_kind[kind]), PIECE):
            with writing_piece(ws.engine) as transaction:
                require_open(transaction, current)
                made = write(transaction, current, plan, by_kind[kind][start : start + PIECE])
                note_changes(transaction, current.id, made)
            yield {name: len(made)}


def restore_with(ws: Workspace, current: OpenImport, image_ids: Sequence[int]) -> int:
    """Take images out of the bin as a part of the import; returns how many came back."""
    with writing_piece(ws.engine) as transaction:
        require_open(transaction, current)
        moments = removal_moments(transaction, image_ids)
        for condition in among(list(moments)):
            restore(transaction, current.project_id, condition)
        details = {image_id: {"removed_at": moment.isoformat()} for image_id, moment in moments.items()}
        back = [ImportChange(image_id=image_id, kind="from_bin", detail=detail) for image_id, detail in details.items()]
        note_changes(transaction, current.id, back)
    return len(back)


def _write_labels(
    transaction: Connection, current: OpenImport, _plan: ImportPlan, changes: Sequence[LabelChange]
) -> list[ImportChange]:
    rows = rows_of(transaction, current.project_id, [change.image_id for change in changes])
    table = class_table(transaction, current.project_id)
    class_ids = class_ids_of(transaction, current, {change.new for change in changes})
    events = [
        LabelEvent(str(uuid.uuid4()), change.image_id, "label", class_ids[change.new], chosen_by="import")
        for change in changes
        if change.image_id in rows and _is_still(change, rows[change.image_id], current, table)
    ]
    record(transaction, current.project_id, events, IMPORTED, page=IMPORTED)
    return list(map(label_given, events))


def _is_still(change: LabelChange, row: ImageRow, current: OpenImport, table: ClassTable) -> bool:
    """Whether the image is decided on as it was when the change was looked up, whatever its class is called now."""
    if row.state not in DECIDED:
        return row.state != "removed" and not change.old
    class_id = current.book.find(change.old)
    same_class = class_id is not None and table.counts_as(class_id) == row.class_id
    return same_class if row.state == "labelled" else change.old == row.state


def _write_splits(
    transaction: Connection, current: OpenImport, _plan: ImportPlan, changes: Sequence[LabelChange]
) -> list[ImportChange]:
    images = images_by_id(transaction, [change.image_id for change in changes])
    changes = [
        change for change in changes if change.image_id in images and images[change.image_id].split == change.old
    ]
    for split in get_args(Split):
        ids = [change.image_id for change in changes if change.new == split]
        move_to_split(transaction, current.project_id, ids, split)
    return [
        ImportChange(image_id=change.image_id, kind="split", detail={"old": change.old, "new": change.new})
        for change in changes
    ]


def _write_addresses(
    transaction: Connection, current: OpenImport, plan: ImportPlan, changes: Sequence[LabelChange]
) -> list[ImportChange]:
    entries = {entry.fingerprint: entry for entry in plan.present}
    before = find_addresses(transaction, current.project_id, "id", [change.image_id for change in changes])
    new = {change.image_id: change.new for change in changes}
    after = [
        address._replace(
            file=new[address.image_id],
            path=entries[address.fingerprint].path,
            size=entries[address.fingerprint].size,
            modified_ns=entries[address.fingerprint].modified_ns,
        )
        for address in before
    ]
    write_addresses(transaction, after)
    moved = zip(before, after, strict=True)
    return [ImportChange(image_id=old.image_id, kind="moved", detail=moved_detail(old, now)) for old, now in moved]


def _replace_contents(
    transaction: Connection, current: OpenImport, _plan: ImportPlan, changes: Sequence[LabelChange]
) -> list[ImportChange]:
    return put_away(transaction, current.project_id, [change.image_id for change in changes])


def put_away(transaction: Connection, project_id: int, image_ids: Sequence[int]) -> list[ImportChange]:
    """Put images into the bin as a part of an import, those in it already left out; what is to be noted of them."""
    images = images_by_id(transaction, image_ids)
    ids = [image_id for image_id, image in images.items() if not image.removed]
    moment = datetime.now(UTC)
    for condition in among(ids):
        remove(transaction, project_id, condition, moment)
    detail = {"removed_at": moment.isoformat()}
    return [ImportChange(image_id=image_id, kind="content", detail=detail) for image_id in ids]


WRITERS = {
    "label": ("labels_changed", _write_labels),
    "split": ("splits_changed", _write_splits),
    "moved": ("moved", _write_addresses),
    "content": ("replaced", _replace_contents),
}
