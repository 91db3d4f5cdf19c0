"""Rounds as rows: their state, their events, and the ranking that each leaves behind."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from vabal_core.store.database import reading, writing
from vabal_core.store.out_of_sample import insert_held_out, pieces, prune_held_out
from vabal_core.store.tables import ranking as ranking_table
from vabal_core.store.tables import round_, round_event
from vabal_core.types import Event, HeldOut, RankedImage, Round, RoundState, StudioError

# Rows of a ranking written while the write lock is held: a label waits some 20 ms for one such piece, not for all.
PIECE = 2_000


def start_round(
    engine: Engine,
    project_id: int,
    *,
    strategy: str,
    preset: str,
    batch: int,
    seed: int,
    config: Mapping[str, Any],
    class_ids: Sequence[int],
    labelled: int,
    metrics: Mapping[str, Any],
) -> Round:
    """A new running round with the project's next number. StudioError when one is running already."""
    mine = round_.c.project_id == project_id
    values = {"project_id": project_id, "strategy": strategy, "preset": preset, "batch": batch, "seed": seed}
    values |= {"config": dict(config), "class_ids": list(class_ids), "labelled": labelled, "metrics": dict(metrics)}
    values |= {"state": "running", "started_at": datetime.now(UTC), "message": ""}
    with writing(engine) as transaction:
        running = transaction.execute(sa.select(round_.c.number).where(mine, round_.c.state == "running")).scalar()
        if running is not None:
            raise StudioError(
                f"Round {running} is still running; wait until it is done, or cancel it, before starting another."
            )
        last = sa.select(sa.func.coalesce(sa.func.max(round_.c.number), 0)).where(mine)
        values["number"] = transaction.execute(last).scalar_one() + 1
        return _round(transaction.execute(sa.insert(round_).values(**values).returning(round_)).one())


def append_event(engine: Engine, round_id: int, event: Event) -> None:
    """Remember one event of a round."""
    values = {"phase": event.phase, "done": event.done, "total": event.total, "epoch": event.epoch}
    values |= {"epochs": event.epochs, "metrics": dict(event.metrics), "message": event.message}
    with writing(engine) as transaction:
        insert = sa.insert(round_event).values(round_id=round_id, created_at=datetime.now(UTC), **values)
        transaction.execute(insert)


def finish_round(
    engine: Engine,
    round_id: int,
    metrics: Mapping[str, Any],
    ranking: Iterable[RankedImage],
    held_out: Iterable[HeldOut] = (),
) -> Round:
    """Write the ranking, mark the round done with its `metrics`, and remove what is now too old; returns the round.

    `held_out`: predictions of images that are not ranked, by models that had not learned from them.
    The rows go in piece by piece, so that labelling never waits long for the write lock; nobody reads the rows of
    a round that is not done, so the last transaction, which marks it done, shows all of them at once.
    StudioError when the round is no longer running; ValueError when a number is not finite.
    """
    items = iter(ranking)
    while rows := [_ranking_values(round_id, item) for item in islice(items, PIECE)]:
        with writing(engine) as transaction:
            _check_running(transaction, round_id)
            transaction.execute(sa.insert(ranking_table), rows)
    for piece in pieces(round_id, held_out):
        with writing(engine) as transaction:
            _check_running(transaction, round_id)
            insert_held_out(transaction, piece)
    with writing(engine) as transaction:
        _check_running(transaction, round_id)
        done = _close(transaction, round_id, "done", "", metrics=dict(metrics))
    _prune(engine, done.project_id)
    return done


def end_round(engine: Engine, round_id: int, state: RoundState, message: str) -> Round:
    """End a round that leaves no ranking ("failed", "cancelled" or "interrupted"), saying why in words."""
    if state not in ("failed", "cancelled", "interrupted"):
        raise ValueError(f"a round ends as failed, cancelled or interrupted, not as {state!r}")
    with writing(engine) as transaction:
        _check_running(transaction, round_id)
        ended = _close(transaction, round_id, state, message)
    _prune(engine, ended.project_id)
    return ended


def _prune(engine: Engine, project_id: int) -> None:
    prune_rankings(engine, project_id)
    prune_held_out(engine, project_id)


def prune_rankings(engine: Engine, project_id: int, keep: int = 2) -> None:
    """Remove the rankings that nobody reads: all but those of the newest `keep` finished rounds and of a running one.

    Two, because a page opened before the newest round was done still shows images of the one before, and a label given
    there copies its facts. Rows go piece by piece, so that labelling never waits; what a crash leaves goes next time.
    """
    mine = round_.c.project_id == project_id
    newest = sa.select(round_.c.id).where(mine, round_.c.state == "done").order_by(round_.c.number.desc()).limit(keep)
    old = sa.select(round_.c.id).where(mine, round_.c.state != "running", round_.c.id.not_in(newest))
    table = ranking_table
    with reading(engine) as transaction:
        ids = list(transaction.execute(old.where(sa.exists().where(table.c.round_id == round_.c.id))).scalars())
    for round_id in ids:
        while _delete_piece(engine, round_id):
            pass


def _delete_piece(engine: Engine, round_id: int) -> int:
    """Remove the best `PIECE` ranks that are left of a ranking; returns how many rows went."""
    mine, rank = ranking_table.c.round_id == round_id, ranking_table.c.rank
    with writing(engine) as transaction:
        # A range of ranks is cut off the index in one go; a list of images would be looked for in the whole ranking.
        first = transaction.execute(sa.select(sa.func.min(rank)).where(mine)).scalar() or 0
        return transaction.execute(sa.delete(ranking_table).where(mine, rank < first + PIECE)).rowcount


def rounds(engine: Engine, project_id: int) -> list[Round]:
    """The project's rounds, oldest first."""
    query = sa.select(round_).where(round_.c.project_id == project_id).order_by(round_.c.number)
    with reading(engine) as transaction:
        return [_round(row) for row in transaction.execute(query)]


def last_done(engine: Engine, project_id: int) -> Round | None:
    """The newest round whose ranking is complete: the one in use. None before the first."""
    query = sa.select(round_).where(round_.c.project_id == project_id, round_.c.state == "done")
    with reading(engine) as transaction:
        row = transaction.execute(query.order_by(round_.c.number.desc()).limit(1)).first()
    return _round(row) if row else None


def round_events(engine: Engine, round_id: int) -> list[Event]:
    """What the round reported, oldest first."""
    columns = [round_event.c[name] for name in ("phase", "done", "total", "epoch", "epochs", "metrics", "message")]
    query = sa.select(*columns).where(round_event.c.round_id == round_id).order_by(round_event.c.id)
    with reading(engine) as transaction:
        return [Event(*row) for row in transaction.execute(query)]


def _check_running(transaction: Connection, round_id: int) -> None:
    query = sa.select(round_.c.number, round_.c.state).where(round_.c.id == round_id).with_for_update()
    row = transaction.execute(query).first()
    if row is None:
        raise ValueError(f"no round has the id {round_id}")
    if row.state != "running":
        raise StudioError(f"Round {row.number} is {row.state}, not running: its result was not stored.")


def _close(transaction: Connection, round_id: int, state: RoundState, message: str, **values: Any) -> Round:
    values |= {"state": state, "message": message, "finished_at": datetime.now(UTC)}
    update = sa.update(round_).where(round_.c.id == round_id).values(**values).returning(round_)
    return _round(transaction.execute(update).one())


def _ranking_values(round_id: int, item: RankedImage) -> dict[str, Any]:
    try:
        terms = json.dumps([float(value) for value in item.log_likelihood], allow_nan=False)
        json.dumps([float(item.score), float(item.probability)], allow_nan=False)
    except ValueError as error:
        raise ValueError(f"the ranking of image {item.image_id} holds a number that is not finite: {item}") from error
    return {
        "round_id": round_id,
        "image_id": int(item.image_id),
        "rank": int(item.rank),
        "score": float(item.score),
        "predicted_class_id": int(item.predicted_class_id),
        "probability": float(item.probability),
        "log_likelihood": terms,
    }


def _round(row: sa.Row[Any]) -> Round:
    values = row._asdict()
    values["class_ids"] = tuple(values["class_ids"])
    return Round(**values)
