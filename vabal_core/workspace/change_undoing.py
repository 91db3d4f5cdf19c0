"""Undo what imports did to images that were there already, and take that back: a pair of verbs for each kind of change.

What somebody decided since stays in both directions. The log grows with each: nothing in it is taken away.
"""

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Connection

from vabal_core.store.bin import among, removal_moments, remove, restore
from vabal_core.store.image_addresses import ImageAddress, find_addresses, write_addresses
from vabal_core.store.import_changes import ChangeKind, ImportChange, write_changes
from vabal_core.workspace.label_undoing import redo_labels, undo_labels
from vabal_core.workspace.split_undoing import redo_splits, undo_splits

# A piece of changes of one kind -> what has become of them.
Verb = Callable[[Connection, int, Sequence[ImportChange]], list[ImportChange]]


def undo_changes(
    transaction: Connection, project_id: int, changes: Sequence[ImportChange], moment: datetime
) -> list[ImportChange]:
    """Undo changes of one import, given the last one first, as of `moment`; returns what has become of each."""
    after = [replace(change, undone_at=moment) for change in _each(transaction, project_id, changes, UNDO)]
    write_changes(transaction, after)
    return after


def redo_changes(transaction: Connection, project_id: int, changes: Sequence[ImportChange]) -> list[ImportChange]:
    """Make changes again that were undone, given the first one first; returns what has become of each."""
    after = _each(transaction, project_id, changes, REDO)
    write_changes(transaction, [replace(change, undone_at=None, kept=False) for change in after])
    return after


def moved_detail(old: ImageAddress, new: ImageAddress) -> dict[str, Any]:
    """What is remembered of a file that was linked anew."""
    names = ("path", "file", "size", "modified_ns")
    return {side: {name: getattr(address, name) for name in names} for side, address in (("old", old), ("new", new))}


def _each(
    transaction: Connection, project_id: int, changes: Sequence[ImportChange], verbs: Mapping[ChangeKind, Verb]
) -> list[ImportChange]:
    after = []
    for wave in _waves(changes):
        by_kind: dict[ChangeKind, list[ImportChange]] = defaultdict(list)
        for change in wave:
            by_kind[change.kind].append(change)
        for kind, of_kind in by_kind.items():
            after += verbs[kind](transaction, project_id, of_kind)
    return after


def _waves(changes: Sequence[ImportChange]) -> Iterator[list[ImportChange]]:
    """The changes in their order, in lists that hold one of each image and kind at most: they build on each other."""
    waves: list[list[ImportChange]] = []
    count: dict[tuple[int, str], int] = defaultdict(int)
    for change in changes:
        number = count[change.image_id, change.kind]
        count[change.image_id, change.kind] += 1
        waves += [[]] if number == len(waves) else []
        waves[number].append(change)
    yield from waves


def _undo_moves(transaction: Connection, project_id: int, changes: Sequence[ImportChange]) -> list[ImportChange]:
    """A file is linked where it was before, if it lies there again; else its image would be lost: the link stays."""
    return _link(transaction, project_id, changes, "new", "old")


def _redo_moves(transaction: Connection, project_id: int, changes: Sequence[ImportChange]) -> list[ImportChange]:
    return _link(transaction, project_id, changes, "old", "new")


def _link(
    transaction: Connection, project_id: int, changes: Sequence[ImportChange], here: str, there: str
) -> list[ImportChange]:
    """`kept`: those whose link stays."""
    addresses = find_addresses(transaction, project_id, "id", [change.image_id for change in changes])
    details = {change.image_id: change.detail for change in changes}
    linked = [
        address._replace(**details[address.image_id][there])
        for address in addresses
        if address.file == details[address.image_id][here]["file"] and _lies_at(details[address.image_id][there])
    ]
    write_addresses(transaction, linked)
    image_ids = {address.image_id for address in linked}
    return [replace(change, kept=change.image_id not in image_ids) for change in changes]


def _lies_at(place: Mapping[str, Any]) -> bool:
    """Whether the file that was seen there is there. Told by size and time: nothing is read under the write lock."""
    try:
        seen = os.stat(Path(place["file"]))
    except OSError:
        return False
    return (seen.st_size, seen.st_mtime_ns) == (place["size"], place["modified_ns"])


def _into_bin(transaction: Connection, project_id: int, changes: Sequence[ImportChange]) -> list[ImportChange]:
    for moment, image_ids in _by_moment(changes).items():
        for condition in among(image_ids):
            remove(transaction, project_id, condition, moment)
    return list(changes)


def _out_of_bin(transaction: Connection, project_id: int, changes: Sequence[ImportChange]) -> list[ImportChange]:
    """Those that somebody put into the bin at another time stay there."""
    moments = removal_moments(transaction, [change.image_id for change in changes])
    back = [change.image_id for change in changes if moments.get(change.image_id) == _moment(change)]
    for condition in among(back):
        restore(transaction, project_id, condition)
    return list(changes)


def _by_moment(changes: Iterable[ImportChange]) -> dict[datetime, list[int]]:
    by_moment: dict[datetime, list[int]] = defaultdict(list)
    for change in changes:
        by_moment[_moment(change)].append(change.image_id)
    return by_moment


def _moment(change: ImportChange) -> datetime:
    return datetime.fromisoformat(change.detail["removed_at"])


UNDO: dict[ChangeKind, Verb] = {
    "label": undo_labels,
    "split": undo_splits,
    "moved": _undo_moves,
    "content": _out_of_bin,
    "from_bin": _into_bin,
}
REDO: dict[ChangeKind, Verb] = {
    "label": redo_labels,
    "split": redo_splits,
    "moved": _redo_moves,
    "content": _into_bin,
    "from_bin": _out_of_bin,
}
