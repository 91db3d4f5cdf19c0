"""How many images each class and each state has: kept in the transaction of every label."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import get_args

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from vabal_core.store.classes import merged_classes
from vabal_core.store.count_tables import label_count, state_count
from vabal_core.store.database import Database, reading, writing
from vabal_core.store.snapshot import asked_once
from vabal_core.store.tables import image, label_event
from vabal_core.types import ImageState, Split

LANE = "lane"
MAX_LANES = 64  # rows of one count: reading it adds them up


def sums(table: sa.Table, *where: sa.ColumnElement[bool]) -> sa.Select:
    """What the rows of `table` that fit `where` count together over all lanes, by the rest of its primary key; no
    zeros."""
    key = [column for column in table.primary_key if column.name != LANE]
    total = sa.func.sum(table.c.count)
    return sa.select(*key, total.label("count")).where(*where).group_by(*key).having(total != 0)


_LABELS = sums(label_count, label_count.c.project_id == sa.bindparam("of_project"))
_STATES = sums(state_count, state_count.c.project_id == sa.bindparam("of_project"))


@dataclass(frozen=True, kw_only=True)
class Move:
    """One image of `split` that went from one state and class to another; `before` is None for a new image."""

    split: Split
    before: ImageState | None
    after: ImageState
    class_before: int | None = None
    class_after: int | None = None


def count_moves(transaction: Connection, project_id: int, moves: Iterable[Move]) -> None:
    """Bring the counts up to date. Call it in the transaction that writes what the moves tell."""
    classes: Counter[tuple[str, int]] = Counter()
    states: Counter[tuple[str, str]] = Counter()
    for move in moves:
        states[move.split, move.after] += 1
        if move.before is not None:
            states[move.split, move.before] -= 1
        if move.class_after is not None:
            classes[move.split, move.class_after] += 1
        if move.class_before is not None:
            classes[move.split, move.class_before] -= 1
    add_counts(transaction, project_id, classes, states)


def add_counts(
    transaction: Connection,
    project_id: int,
    classes: Mapping[tuple[Split, int], int],
    states: Mapping[tuple[Split, str], int],
) -> None:
    """Add to the counts by (split, class id) and by (split, state); what is to be taken off is below 0."""
    add_to(transaction, label_count, project_id, classes)
    add_to(transaction, state_count, project_id, states)


def count_split_moves(transaction: Connection, project_id: int, moved: Mapping[ImageState, int]) -> None:
    """Bring the counts up to date for images without a label that went from the pool to evaluation: state -> how many.
    Call it in the transaction that moves them."""
    steps: Counter[tuple[str, str]] = Counter()
    for state, count in moved.items():
        steps["pool", state] -= count
        steps["evaluation", state] += count
    add_to(transaction, state_count, project_id, steps)


@asked_once
def label_counts(database: Database, project_id: int) -> Mapping[tuple[Split, int], int]:
    """(split, class id) -> images labelled so now; classes without a label are absent."""
    with reading(database) as transaction:
        rows = transaction.execute(_LABELS, {"of_project": project_id})
        return {(split, class_id): count for _, split, class_id, count in rows}


@asked_once
def state_counts(database: Database, project_id: int) -> Mapping[tuple[Split, ImageState], int]:
    """(split, state) -> images that are in it now, zeros included."""
    counts = {(split, state): 0 for split in get_args(Split) for state in get_args(ImageState)}
    with reading(database) as transaction:
        rows = transaction.execute(_STATES, {"of_project": project_id})
        return counts | {(split, state): count for _, split, state, count in rows}


def waiting_count(transaction: Connection, project_id: int, split: Split) -> int:
    """How many images of the split have no label now and were not put aside."""
    row = (state_count.c.project_id == project_id, state_count.c.split == split, state_count.c.state == "waiting")
    return transaction.execute(sa.select(sa.func.sum(state_count.c.count)).where(*row)).scalar() or 0


def recount(database: Database) -> bool:
    """Make all counts anew from images and log where they say something else; whether they did.

    A server of the version before, still running while the schema was changed, writes labels and counts none.
    """
    with reading(database) as transaction:
        if _counted(transaction) == _kept(transaction):
            return False
    with writing(database) as transaction:
        for table, counts in zip((label_count, state_count), _counted(transaction), strict=True):
            write_anew(transaction, table, counts)
    return True


def write_anew(transaction: Connection, table: sa.Table, counts: Mapping[tuple[int | str, ...], int]) -> None:
    """The rows of `table` are these from now on: what its primary key says -> its `count`."""
    transaction.execute(sa.delete(table))
    names = [column.name for column in table.columns]
    rows = [dict(zip(names, (*key, 0, count), strict=True)) for key, count in counts.items()]
    if rows:
        transaction.execute(sa.insert(table), rows)


def _counted(transaction: Connection) -> tuple[Counter, Counter]:
    """(project id, split, class id) and (project id, split, state) -> images, as log and images have them.

    What is in the bin is in the log and does not count; a class that was merged into another counts as that.
    """
    merged = merged_classes(transaction)
    gone = label_event.c.image_id.in_(sa.select(image.c.id).where(image.c.removed_at.is_not(None)))
    classes: Counter[tuple[int, str, int]] = Counter()
    for column, step in ((label_event.c.class_id, 1), (label_event.c.replaced_class_id, -1)):
        # The split that an image is in now, which may not be the one in which it was labelled.
        key = label_event.c.project_id, image.c.split, column
        of_image = image.c.id == label_event.c.image_id
        query = sa.select(*key, sa.func.count()).join_from(label_event, image, of_image)
        query = query.where(column.is_not(None)).group_by(*key)
        for sign, rows in ((step, query), (-step, query.where(gone))):
            for project_id, split, class_id, count in transaction.execute(rows):
                classes[project_id, split, merged.get(class_id, class_id)] += sign * count
    key = image.c.project_id, image.c.split, image.c.state
    states = transaction.execute(sa.select(*key, sa.func.count()).group_by(*key))
    return +classes, Counter({tuple(values): count for *values, count in states})


def _kept(transaction: Connection) -> tuple[Counter, Counter]:
    tables = (label_count, state_count)
    kept = ({tuple(values): count for *values, count in transaction.execute(sums(table))} for table in tables)
    first, second = (+Counter(counts) for counts in kept)
    return first, second


def add_to(
    transaction: Connection, table: sa.Table, project_id: int, steps: Mapping[tuple[int | str, ...], int]
) -> None:
    """Add to the `count` of rows of `table`; a key of `steps` is what its primary key says between project and lane.

    Each connection adds to the rows of its own lane: people who label at the same moment do not wait for each other at
    the count of all that wait. Where two have the same lane they go by the order of the keys, and never in a circle.
    """
    names = [column.name for column in table.primary_key if column.name != LANE]
    steps = sorted((key, step) for key, step in steps.items() if step)
    rows = [dict(zip(names, (project_id, *key), strict=True), count=step) for key, step in steps]
    if rows:
        transaction.execute(_upsert(table, transaction.dialect.name), rows)


@cache
def _upsert(table: sa.Table, dialect: str) -> sa.Insert:
    """Add to the count of a row of the connection's lane, which is made where it is not there."""
    lane = sa.func.pg_backend_pid() % MAX_LANES if dialect == "postgresql" else 0
    insert = (postgresql if dialect == "postgresql" else sqlite).insert(table).values({LANE: lane})
    count = table.c.count + insert.excluded.count
    return insert.on_conflict_do_update(index_elements=list(table.primary_key), set_={"count": count})
