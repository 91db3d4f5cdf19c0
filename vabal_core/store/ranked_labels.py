"""Which labels were given to images that a ranking had brought: what a ranking is judged by.

Their numbers are kept in the transaction of every label: to ask for them costs the same however many labels there are.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vabal_core.store.classes import class_table
from vabal_core.store.count_tables import ranked_count
from vabal_core.store.counts import add_to, sums, write_anew
from vabal_core.store.database import Database, reading, writing
from vabal_core.store.images import IN_USE, rows_in
from vabal_core.store.provenance import EXCEPTION, Provenance
from vabal_core.store.tables import image, label_event
from vabal_core.types import Split

Key = tuple[int, str, int]  # the round's number, its strategy ("": not remembered), the class as it was labelled
COUNTED: Split = "pool"


@dataclass(frozen=True, kw_only=True)
class RankedLabels:
    """How many images of the pool that the ranking of a round, made by `strategy`, had brought count as a class now."""

    round: int
    strategy: str
    class_id: int
    count: int


def ranked_label_counts(database: Database, project_id: int) -> list[RankedLabels]:
    """One row a round and class, by round. An image counts where the decision that stands was given out of a ranking:
    the last row of its log that is no skip. What was shown because the model was sure of it, no ranking chose."""
    query = sums(ranked_count, ranked_count.c.project_id == project_id)
    with reading(database) as transaction:
        table = class_table(transaction, project_id)
        rows = transaction.execute(query.order_by(ranked_count.c.round)).all()
    return [
        RankedLabels(round=row.round, strategy=row.strategy, class_id=table.counts_as(row.class_id), count=row.count)
        for row in rows
    ]


def ranked_key(class_id: int | None, provenance: Provenance | None) -> Key | None:
    """Where the label of an image counts; None where it has none, or no ranking brought it."""
    if class_id is None or provenance is None or provenance.rank is None or provenance.strategy == EXCEPTION:
        return None
    return provenance.round, provenance.strategy or "", class_id


def count_ranked(transaction: Connection, project_id: int, moves: Iterable[tuple[Key | None, Key | None]]) -> None:
    """Bring the numbers up to date for images of the pool: where each counted before, and where it does now. Call it in
    the transaction that writes their labels."""
    steps: Counter[Key] = Counter()
    for before, after in moves:
        if before is not None:
            steps[before] -= 1
        if after is not None:
            steps[after] += 1
    add_ranked(transaction, project_id, steps)


def add_ranked(transaction: Connection, project_id: int, steps: Mapping[Key, int]) -> None:
    """Add to the numbers; what is to be taken off is below 0."""
    add_to(transaction, ranked_count, project_id, steps)


def ranked_among(transaction: Connection, where: Sequence[sa.ColumnElement[bool]]) -> Counter[Key]:
    """How many of the images that fit `where` the log says of each key; whether they are in use is no matter."""
    counts: Counter[Key] = Counter()
    for _, key, count in _keyed(transaction.execute(_of_log(where))):
        counts[key] += count
    return counts


def ranked_among_ids(transaction: Connection, image_ids: Collection[int]) -> Counter[Key]:
    """The same of these images, of those of them that are in use."""
    counts: Counter[Key] = Counter()
    for _, key, count in _keyed(rows_in(transaction, _of_log([IN_USE]), image.c.id, sorted(image_ids))):
        counts[key] += count
    return counts


def recount_ranked(database: Database) -> bool:
    """Make the numbers anew from the log where it says something else; whether it did (see `counts.recount`)."""
    with reading(database) as transaction:
        kept = {tuple(key): count for *key, count in transaction.execute(sums(ranked_count))}
        if kept == _counted(transaction):
            return False
    with writing(database) as transaction:
        write_anew(transaction, ranked_count, _counted(transaction))
    return True


def _counted(transaction: Connection) -> dict[tuple[int, int, str, int], int]:
    counts: Counter[tuple[int, int, str, int]] = Counter()
    for project_id, key, count in _keyed(transaction.execute(_of_log([IN_USE, image.c.split == COUNTED]))):
        counts[project_id, *key] += count
    return dict(counts)


def _of_log(where: Sequence[sa.ColumnElement[bool]]) -> sa.Select:
    """(project id, round, strategy, class id, images) of those whose last row that is no skip came from a ranking."""
    later = label_event.alias("later")
    last = sa.select(sa.func.max(later.c.id)).where(later.c.image_id == image.c.id, later.c.kind != "skip")
    standing = label_event.c.id == last.correlate(image).scalar_subquery()
    key = image.c.project_id, label_event.c.round, label_event.c.strategy, label_event.c.class_id
    query = sa.select(*key, sa.func.count()).join_from(image, label_event, standing)
    chosen = label_event.c.rank.is_not(None), sa.func.coalesce(label_event.c.strategy, "") != EXCEPTION
    return query.where(*where, *chosen, label_event.c.class_id.is_not(None)).group_by(*key)


def _keyed(rows: Iterable[sa.Row]) -> Iterable[tuple[int, Key, int]]:
    return ((project_id, (number, strategy or "", class_id), n) for project_id, number, strategy, class_id, n in rows)
