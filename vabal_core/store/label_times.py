"""When people gave labels, and how long they looked: what the pace of labelling is read from."""

from datetime import datetime
from statistics import median

import sqlalchemy as sa

from vabal_core.store.database import Database, reading
from vabal_core.store.label_state import STATES
from vabal_core.store.tables import label_event

RECENT = 100  # decisions whose usual time is told
NEWEST = 20_000  # rows of the log, of all projects, among which they are looked for


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


def recent_median_seconds(database: Database, project_id: int) -> float:
    """How long people looked at an image before they decided, of the last RECENT decisions that were timed; 0 where
    there is none among the NEWEST rows."""
    behind = sa.select(sa.func.max(label_event.c.id)).scalar_subquery() - NEWEST
    timed = label_event.c.milliseconds.is_not(None), label_event.c.kind.in_(list(STATES)), label_event.c.id > behind
    query = sa.select(label_event.c.milliseconds).where(label_event.c.project_id == project_id, *timed)
    with reading(database) as transaction:
        times = transaction.execute(query.order_by(label_event.c.id.desc()).limit(RECENT)).scalars().all()
    return median(times) / 1000 if times else 0.0
