"""When people gave labels: what the pace of labelling is read from."""

from datetime import datetime

import sqlalchemy as sa

from vabal_core.store.database import Database, reading
from vabal_core.store.tables import label_event


def label_times(database: Database, project_id: int, *, without: tuple[str, ...], limit: int = 5_000) -> list[datetime]:
    """The times (UTC) of the last `limit` labels, oldest first, those by the annotators in `without` left out."""
    query = (
        sa.select(label_event.c.created_at)
        .where(label_event.c.project_id == project_id, label_event.c.kind == "label")
        .where(label_event.c.annotator.not_in(without))
        .order_by(label_event.c.id.desc())
        .limit(limit)
    )
    with reading(database) as transaction:
        return list(transaction.execute(query).scalars())[::-1]
