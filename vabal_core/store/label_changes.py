"""Which images the log names from some row on: what was found out about the others still holds."""

import sqlalchemy as sa

from vabal_core.store.database import Database, reading_in_order
from vabal_core.store.tables import label_event

# Without the plus SQLite would walk through all rows of the project: it takes a project to be small.
PROJECT = sa.literal_column("+label_event.project_id", sa.Integer)


def decided_since(database: Database, project_id: int, event_id: int) -> tuple[int, list[int]]:
    """(the number of the project's newest row, the images that rows behind number `event_id` name)."""
    query = sa.select(label_event.c.id, label_event.c.image_id)
    query = query.where(PROJECT.in_([project_id]), label_event.c.id > event_id)
    with reading_in_order(database) as transaction:
        rows = transaction.execute(query).all()
    return max((row.id for row in rows), default=event_id), sorted({row.image_id for row in rows})
