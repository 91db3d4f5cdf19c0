"""Which labels were given to images that a ranking had brought: what a ranking is judged by."""

from dataclasses import dataclass

import sqlalchemy as sa

from vabal_core.store.classes import class_table
from vabal_core.store.database import Database, reading
from vabal_core.store.provenance import EXCEPTION
from vabal_core.store.tables import image, label_event


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
    rows = label_event.alias("later")
    last = sa.select(sa.func.max(rows.c.id)).where(rows.c.image_id == image.c.id, rows.c.kind != "skip")
    standing = label_event.c.id == last.correlate(image).scalar_subquery()
    labelled = image.c.project_id == project_id, image.c.split == "pool", image.c.state == "labelled"
    key = label_event.c.round, label_event.c.strategy, label_event.c.class_id
    query = sa.select(*key, sa.func.count().label("images")).join_from(image, label_event, standing)
    chosen = label_event.c.rank.is_not(None), sa.func.coalesce(label_event.c.strategy, "") != EXCEPTION
    query = query.where(*labelled, *chosen).group_by(*key).order_by(label_event.c.round)
    with reading(database) as transaction:
        table = class_table(transaction, project_id)
        rows_now = transaction.execute(query).all()
    return [
        RankedLabels(
            round=row.round, strategy=row.strategy or "", class_id=table.counts_as(row.class_id), count=row.images
        )
        for row in rows_now
    ]
