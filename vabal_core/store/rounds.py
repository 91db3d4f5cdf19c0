"""Rounds as rows: their state; what each reported stands in round_events.py, what it predicted in predictions.py."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import chain
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vabal_core.store.column_types import UtcDateTime
from vabal_core.store.database import Database, reading, writing
from vabal_core.store.label_issues import LabelIssue, issue_pieces, prune_label_issues
from vabal_core.store.predictions import (
    drop_evaluation_ranks,
    insert_piece,
    prediction_pieces,
    prune_out_of_sample,
    prune_rankings,
)
from vabal_core.store.round_events import prune_events
from vabal_core.store.snapshot import asked_once
from vabal_core.store.tables import round_
from vabal_core.types import Busy, OutOfSample, RankedImage, Round, RoundState, StudioError, UnknownId

# A page opened before the newest round was done still shows images of the one before, and a label given there copies
# what that ranking says.
KEPT_RANKINGS = 2

# The database's clock tells how old a heartbeat is: the clocks of two computers may differ.
NOW = sa.func.now(type_=UtcDateTime())

_OF_PROJECT = round_.c.project_id == sa.bindparam("of_project")


def _last_done(*columns: Any) -> sa.Select[Any]:
    return sa.select(*columns).where(_OF_PROJECT, round_.c.state == "done").order_by(round_.c.number.desc()).limit(1)


_LAST_DONE = _last_done(round_)
_NEWEST = sa.select(round_).where(_OF_PROJECT).order_by(round_.c.number.desc()).limit(1)
_NUMBERED = sa.select(*(round_.c[name] for name in ("id", "number", "strategy", "state"))).where(
    _OF_PROJECT,
    round_.c.number.in_(sa.bindparam("numbers", expanding=True))
    | (round_.c.number == _last_done(round_.c.number).scalar_subquery()),
)


def start_round(
    database: Database,
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
    driver: str | None = None,
) -> Round:
    """A new running round with the project's next number, `driver` being who runs it. Busy when one runs already."""
    of_project = round_.c.project_id == project_id
    values = {"project_id": project_id, "strategy": strategy, "preset": preset, "batch": batch, "seed": seed}
    values |= {"config": dict(config), "class_ids": list(class_ids), "labelled": labelled, "metrics": dict(metrics)}
    values |= {"state": "running", "started_at": datetime.now(UTC), "message": ""}
    values |= {"driver": driver, "heartbeat_at": NOW}
    with writing(database) as transaction:
        running = transaction.execute(
            sa.select(round_.c.number).where(of_project, round_.c.state == "running")
        ).scalar()
        if running is not None:
            raise Busy(
                f"Round {running} is still running; wait until it is done, or cancel it, before starting another."
            )
        last = sa.select(sa.func.coalesce(sa.func.max(round_.c.number), 0)).where(of_project)
        values["number"] = transaction.execute(last).scalar_one() + 1
        return _round(transaction.execute(sa.insert(round_).values(**values).returning(round_)).one())


@contextmanager
def while_running(database: Database, round_id: int) -> Iterator[Connection]:
    """A transaction for what the driver of this round writes. StudioError, with nothing written, where the round has
    ended: a driver that was taken for dead has it no more."""
    with writing(database) as transaction:
        query = sa.select(round_.c.number, round_.c.state).where(round_.c.id == round_id)
        row = transaction.execute(query).first()
        if row is None:
            raise UnknownId(f"no round has the id {round_id}")
        if row.state != "running":
            raise StudioError(f"Round {row.number} is {row.state}, not running: its result was not stored.")
        yield transaction


def replace_labels(
    database: Database, round_id: int, *, class_ids: Sequence[int], labelled: int, metrics: Mapping[str, Any]
) -> Round:
    """What a running round learns from, where that is not what it was started with; StudioError where it has ended."""
    values = {"class_ids": list(class_ids), "labelled": labelled, "metrics": dict(metrics)}
    with while_running(database, round_id) as transaction:
        update = sa.update(round_).where(round_.c.id == round_id).values(**values).returning(round_)
        return _round(transaction.execute(update).one())


def finish_round(
    database: Database,
    round_id: int,
    metrics: Mapping[str, Any],
    ranking: Iterable[RankedImage],
    out_of_sample: Iterable[OutOfSample] = (),
    label_issues: Iterable[LabelIssue] = (),
) -> Round:
    """Write the ranking, mark the round done with its `metrics`, and remove what is now too old; returns the round.

    `out_of_sample`: predictions of images that are not ranked, by models that had not learned from them;
    `label_issues`: labels that look wrong, held against those, the likeliest error first.
    The rows go in piece by piece, so that labelling never waits long for the write lock; nobody reads the rows of
    a round that is not done, so the last transaction, which marks it done, shows all of them at once.
    StudioError when the round is no longer running; ValueError when a number is not finite.
    """
    pieces = prediction_pieces(round_id, ranking, out_of_sample), issue_pieces(round_id, label_issues)
    for piece in chain(*pieces):
        with while_running(database, round_id) as transaction:
            write_heartbeat(transaction, round_id)
            insert_piece(transaction, piece)
    with while_running(database, round_id) as transaction:
        done = _close(transaction, round_id, "done", "", metrics=dict(metrics))
        drop_evaluation_ranks(transaction, done.project_id, round_id)
    prune(database, done.project_id)
    return done


def end_round(database: Database, round_id: int, state: RoundState, message: str) -> Round:
    """End a round that leaves no ranking ("failed", "cancelled" or "interrupted"), saying why in words."""
    if state not in ("failed", "cancelled", "interrupted"):
        raise ValueError(f"a round ends as failed, cancelled or interrupted, not as {state!r}")
    with while_running(database, round_id) as transaction:
        ended = _close(transaction, round_id, state, message)
    prune(database, ended.project_id)
    return ended


def interrupt_round(database: Database, as_read: Round, message: str) -> bool:
    """End a round whose driver is gone; False where it has ended, or was heard of, since it was read."""
    with writing(database) as transaction:
        query = sa.select(round_.c.state, round_.c.heartbeat_at).where(round_.c.id == as_read.id)
        row = transaction.execute(query).one()
        if (row.state, row.heartbeat_at) != ("running", as_read.heartbeat_at):
            return False
        _close(transaction, as_read.id, "interrupted", message)
    prune(database, as_read.project_id)
    return True


def prune(database: Database, project_id: int) -> None:
    """Remove what nobody reads. All of a running round stays; of the newest finished ones the rankings of KEPT_RANKINGS
    and the out-of-sample predictions of one, with what they say of its labels; of the newest ended one the events,
    which tell what it was at when it failed. Rows go piece by piece, so that labelling never waits."""
    ended = round_.c.project_id == project_id, round_.c.state != "running"
    query = sa.select(round_.c.id, round_.c.state).where(*ended).order_by(round_.c.number.desc())
    with reading(database) as transaction:
        rows = list(transaction.execute(query))
    done = [row.id for row in rows if row.state == "done"]
    prune_rankings(database, [row.id for row in rows if row.id not in done[:KEPT_RANKINGS]])
    prune_out_of_sample(database, [row.id for row in rows if row.id not in done[:1]])
    prune_label_issues(database, [row.id for row in rows if row.id not in done[:1]])
    prune_events(database, [row.id for row in rows[1:]])


@asked_once
def rounds(database: Database, project_id: int) -> Sequence[Round]:
    """The project's rounds, oldest first."""
    query = sa.select(round_).where(round_.c.project_id == project_id).order_by(round_.c.number)
    with reading(database) as transaction:
        return [_round(row) for row in transaction.execute(query)]


def running_rounds(database: Database) -> list[Round]:
    """Those of all projects, one of each at most, whichever servers drive them."""
    query = sa.select(round_).where(round_.c.state == "running").order_by(round_.c.id)
    with reading(database) as transaction:
        return [_round(row) for row in transaction.execute(query)]


def round_by_id(database: Database, round_id: int) -> Round:
    """ValueError where there is none."""
    with reading(database) as transaction:
        row = transaction.execute(sa.select(round_).where(round_.c.id == round_id)).first()
    if row is None:
        raise UnknownId(f"no round has the id {round_id}")
    return _round(row)


@asked_once
def newest_round(database: Database, project_id: int) -> Round | None:
    """The round that was started last, however it stands. None before the first."""
    with reading(database) as transaction:
        row = transaction.execute(_NEWEST, {"of_project": project_id}).first()
    return _round(row) if row else None


@asked_once
def last_done(database: Database, project_id: int, *, preset: str | None = None) -> Round | None:
    """The newest round whose ranking is complete: the one in use, or the newest with this preset. None before it."""
    query = _LAST_DONE if preset is None else _LAST_DONE.where(round_.c.preset == preset)
    with reading(database) as transaction:
        row = transaction.execute(query, {"of_project": project_id}).first()
    return _round(row) if row else None


@asked_once
def last_done_id(transaction: Connection, project_id: int) -> int | None:
    """The id of that round, without all that it measured."""
    return transaction.execute(_last_done(round_.c.id), {"of_project": project_id}).scalar()


def round_numbers(transaction: Connection, project_id: int, numbers: Collection[int]) -> tuple[int, list[sa.Row[Any]]]:
    """(the newest finished round's number or 0; id, number and strategy of that round and of those in `numbers`)."""
    rows = list(transaction.execute(_NUMBERED, {"of_project": project_id, "numbers": sorted(numbers)}))
    return max((row.number for row in rows if row.state == "done"), default=0), rows


def is_running(database: Database, round_id: int) -> bool:
    query = sa.select(round_.c.id).where(round_.c.id == round_id, round_.c.state == "running")
    with reading(database) as transaction:
        return transaction.execute(query).first() is not None


def write_heartbeat(database: Database, round_id: int) -> None:
    """The driver of this round lives; nothing where the round has ended."""
    running = round_.c.id == round_id, round_.c.state == "running"
    with writing(database) as transaction:
        transaction.execute(sa.update(round_).where(*running).values(heartbeat_at=NOW))


def seconds_since_heartbeat(database: Database, round_id: int) -> float:
    """How long ago, by the database's clock, the driver of this round last wrote its heartbeat."""
    query = sa.select(round_.c.heartbeat_at, NOW).where(round_.c.id == round_id)
    with reading(database) as transaction:
        heartbeat_at, now = transaction.execute(query).one()
    return (now - heartbeat_at).total_seconds()


def _close(transaction: Connection, round_id: int, state: RoundState, message: str, **values: Any) -> Round:
    values |= {"state": state, "message": message, "finished_at": datetime.now(UTC)}
    update = sa.update(round_).where(round_.c.id == round_id).values(**values).returning(round_)
    return _round(transaction.execute(update).one())


def _round(row: sa.Row[Any]) -> Round:
    values = row._asdict()
    values["class_ids"] = tuple(values["class_ids"])
    return Round(**values)
