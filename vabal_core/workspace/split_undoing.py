"""Undo that imports took images to the pool or to evaluation, and do it again."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy.engine import Connection

from vabal_core.store.images import images_by_id
from vabal_core.store.import_changes import ImportChange, later_splits, write_changes
from vabal_core.store.splits import move_to_split


def undo_splits(transaction: Connection, project_id: int, changes: Sequence[ImportChange]) -> list[ImportChange]:
    """An image goes back where it was; where a later import moved it again, that one is to take it there instead."""
    later = later_splits(transaction, changes)
    images = images_by_id(transaction, [change.image_id for change in changes])
    back: dict[str, list[int]] = defaultdict(list)
    after = []
    for change in changes:
        image, under = images.get(change.image_id), _is_under(later[change.id])
        is_as_written = image is not None and image.split == change.detail["new"]
        if is_as_written and not under:
            back[change.detail["old"]].append(change.image_id)
        kept = image is not None and (under or not is_as_written)
        after.append(replace(change, kept=kept, detail={**change.detail, "under": under}))
    _relink(transaction, changes, later, "old")
    _move(transaction, project_id, back)
    return after


def redo_splits(transaction: Connection, project_id: int, changes: Sequence[ImportChange]) -> list[ImportChange]:
    """An image goes again where the import took it, but where somebody moved it otherwise."""
    later = later_splits(transaction, changes)
    images = images_by_id(transaction, [change.image_id for change in changes])
    again: dict[str, list[int]] = defaultdict(list)
    after = []
    for change in changes:
        image, under = images.get(change.image_id), _is_under(later[change.id])
        stays = image is not None and (
            image.split != change.detail["old"] or (change.kept and not change.detail["under"])
        )
        if image is not None and not under and not stays:
            again[change.detail["new"]].append(change.image_id)
        after.append(replace(change, kept=stays or under))
    _relink(transaction, changes, later, "new")
    _move(transaction, project_id, again)
    return after


def _is_under(later: Sequence[ImportChange]) -> bool:
    """Whether a later change is in force: it says where the image is."""
    return bool(later) and later[-1].undone_at is None


def _relink(
    transaction: Connection, changes: Sequence[ImportChange], later: Mapping[int, Sequence[ImportChange]], side: str
) -> None:
    """The later changes of an image go back to what this one says on this `side`."""
    pairs = [(change.detail[side], other) for change in changes for other in later[change.id]]
    write_changes(transaction, [replace(other, detail={**other.detail, "old": split}) for split, other in pairs])


def _move(transaction: Connection, project_id: int, by_split: Mapping[str, Sequence[int]]) -> None:
    for split, image_ids in by_split.items():
        move_to_split(transaction, project_id, image_ids, split)
