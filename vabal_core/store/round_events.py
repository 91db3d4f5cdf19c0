"""What a running round has reported, as rows: read each second while it runs, and of no use once it has ended."""

from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa

from vabal_core.store.database import Database, reading, writing
from vabal_core.store.tables import round_event
from vabal_core.types import Progress

PROCESSOR = "processor"  # the phase of what is noted beside the round's own events: its share of the processor
# Rows removed while the write lock is held, so that a label given meanwhile is not felt to wait.
PIECE = 2_000

_EVENT = [round_event.c[name] for name in ("phase", "done", "total", "epoch", "epochs", "metrics", "message")]


def append_event(database: Database, round_id: int, event: Progress) -> None:
    """Remember one event of a round."""
    values = {"phase": event.phase, "done": event.done, "total": event.total, "epoch": event.epoch}
    values |= {"epochs": event.epochs, "metrics": dict(event.metrics), "message": event.message}
    with writing(database) as transaction:
        insert = sa.insert(round_event).values(round_id=round_id, created_at=datetime.now(UTC), **values)
        transaction.execute(insert)


def append_processor_share(database: Database, round_id: int, share: float) -> None:
    """Remember which share of the processor the round's learner got of what it asked for."""
    append_event(database, round_id, Progress(PROCESSOR, metrics={"share": share}))


def last_event(database: Database, round_id: int) -> Progress | None:
    """The newest of the events that the round itself reported; None before the first."""
    return _last(database, round_id, round_event.c.phase != PROCESSOR)


def last_processor_share(database: Database, round_id: int) -> float:
    """The newest share noted; 1 before the first."""
    event = _last(database, round_id, round_event.c.phase == PROCESSOR)
    return event.metrics["share"] if event else 1.0


def phase_began(database: Database, round_id: int, phase: str) -> datetime | None:
    """When the round reported the first counted step of the phase; None before it."""
    of_phase = round_event.c.round_id == round_id, round_event.c.phase == phase, round_event.c.total > 0
    query = sa.select(round_event.c.created_at).where(*of_phase).order_by(round_event.c.id).limit(1)
    with reading(database) as transaction:
        return transaction.execute(query).scalar()


def phase_losses(database: Database, round_id: int, phase: str) -> tuple[float, ...]:
    """The losses that the round reported in the phase, oldest first."""
    loss = round_event.c.metrics["loss"].as_float()
    of_phase = sa.and_(round_event.c.round_id == round_id, round_event.c.phase == phase, loss.is_not(None))
    with reading(database) as transaction:
        return tuple(transaction.execute(sa.select(loss).where(of_phase).order_by(round_event.c.id)).scalars())


def prune_events(database: Database, round_ids: Sequence[int]) -> None:
    """Remove the events of these rounds; what a crash leaves goes the next time."""
    with reading(database) as transaction:
        query = sa.select(round_event.c.round_id).where(round_event.c.round_id.in_(round_ids)).distinct()
        left = list(transaction.execute(query).scalars())
    for round_id in left:
        while _delete_piece(database, round_id):
            pass


def _last(database: Database, round_id: int, condition: sa.ColumnElement[bool]) -> Progress | None:
    query = sa.select(*_EVENT).where(round_event.c.round_id == round_id, condition)
    with reading(database) as transaction:
        row = transaction.execute(query.order_by(round_event.c.id.desc()).limit(1)).first()
    return Progress(**row._asdict()) if row else None


def _delete_piece(database: Database, round_id: int) -> int:
    """Remove `PIECE` events of a round; returns how many went."""
    piece = (
        sa.select(round_event.c.id).where(round_event.c.round_id == round_id).order_by(round_event.c.id).limit(PIECE)
    )
    with writing(database) as transaction:
        return transaction.execute(sa.delete(round_event).where(round_event.c.id.in_(piece))).rowcount
