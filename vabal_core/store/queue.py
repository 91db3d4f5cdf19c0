"""Which image comes next, and which decisions came last."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from vabal_core.store.database import reading
from vabal_core.store.standing import class_now, last_kind
from vabal_core.store.tables import image, label_event, ranking
from vabal_core.types import EventKind, Split


@dataclass(frozen=True)
class Waiting:
    """One image without a label. The facts of the ranking are None, and `log_likelihood` empty, where it has none."""

    image_id: int
    fingerprint: str
    path: str
    width: int
    height: int
    rank: int | None = None
    score: float | None = None
    predicted_class_id: int | None = None
    probability: float | None = None
    log_likelihood: tuple[float, ...] = ()


@dataclass(frozen=True)
class Decision:
    """One label or skip that still stands, as its annotator gave it."""

    event_id: str
    image_id: int
    kind: EventKind
    class_id: int | None
    path: str


def waiting(
    engine: Engine,
    project_id: int,
    split: Split,
    *,
    round_id: int | None,
    count: int,
    exclude: Collection[int] = (),
    with_truth: bool = False,
) -> list[Waiting]:
    """The next `count` images of `split` without a label, `exclude` left out; `with_truth`: only with hidden truth.

    First those that `round_id` ranked, best first; then the others in their fixed random order; then those put aside,
    longest aside first. Each step is asked only when the one before has run out.
    """
    steps = [_others, _skipped] if round_id is None else [_ranked, _others, _skipped]
    wanted = [image.c.id.not_in(exclude)] if exclude else []
    wanted += [image.c.oracle_class_id.is_not(None)] if with_truth else []
    found: list[Waiting] = []
    with reading(engine) as transaction:
        for step in steps:
            if len(found) < count:
                query = step(project_id, split, round_id).where(*wanted).limit(count - len(found))
                found += _read(transaction, query)
    return found


def decisions(engine: Engine, project_id: int, *, annotator: str, limit: int) -> list[Decision]:
    """The last labels and skips of `annotator` that nobody took back, newest first."""
    mine, undo = label_event, label_event.alias()
    undone = sa.exists().where(undo.c.image_id == mine.c.image_id, undo.c.undoes == mine.c.event_id)
    query = (
        sa.select(mine.c.event_id, mine.c.image_id, mine.c.kind, mine.c.class_id, image.c.path)
        .join(image, image.c.id == mine.c.image_id)
        .where(mine.c.project_id == project_id, mine.c.annotator == annotator, mine.c.kind != "undo", ~undone)
        .order_by(mine.c.id.desc())
        .limit(limit)
    )
    with reading(engine) as transaction:
        return [Decision(*row) for row in transaction.execute(query)]


_IMAGE = (image.c.id, image.c.fingerprint, image.c.path, image.c.width, image.c.height)
_FACTS = (
    ranking.c.rank,
    ranking.c.score,
    ranking.c.predicted_class_id,
    ranking.c.probability,
    ranking.c.log_likelihood,
)


def _queued() -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    """No label now, and not put aside."""
    return class_now(image.c.id).is_(None), last_kind(image.c.id).is_distinct_from("skip")


def _ranked(project_id: int, split: Split, round_id: int | None) -> sa.Select[Any]:
    # A ranking holds images of one project and split only. To ask for them again would lead SQLite to walk all images
    # of the project and sort them, where it now walks the ranking in its order and stops after a few rows.
    query = sa.select(*_IMAGE, *_FACTS).join(ranking, ranking.c.image_id == image.c.id)
    return query.where(ranking.c.round_id == round_id, *_queued()).order_by(ranking.c.rank)


def _others(project_id: int, split: Split, round_id: int | None) -> sa.Select[Any]:
    query = sa.select(*_IMAGE).where(image.c.project_id == project_id, image.c.split == split, *_queued())
    if round_id is not None:
        query = query.where(~sa.exists().where(ranking.c.round_id == round_id, ranking.c.image_id == image.c.id))
    return query.order_by(image.c.shuffle, image.c.id)


def _skipped(project_id: int, split: Split, round_id: int | None) -> sa.Select[Any]:
    mine = (label_event.c.project_id == project_id, label_event.c.split == split, label_event.c.kind == "skip")
    aside = sa.select(label_event.c.image_id, sa.func.max(label_event.c.id).label("since"))
    aside = aside.where(*mine).group_by(label_event.c.image_id).subquery()
    put_aside = (class_now(image.c.id).is_(None), last_kind(image.c.id) == "skip")
    query = sa.select(*_IMAGE).join(aside, aside.c.image_id == image.c.id).where(*put_aside)
    if round_id is not None:
        facts = sa.and_(ranking.c.image_id == image.c.id, ranking.c.round_id == round_id)
        query = query.outerjoin(ranking, facts).add_columns(*_FACTS)
    return query.order_by(aside.c.since)


def _read(transaction: Connection, query: sa.Select[Any]) -> list[Waiting]:
    rows = [tuple(row) for row in transaction.execute(query)]
    return [Waiting(*row[:9], *(tuple(json.loads(text)) for text in row[9:] if text)) for row in rows]
