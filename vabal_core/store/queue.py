"""Which image comes next, and which decisions came last."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from vabal_core.store.database import reading
from vabal_core.store.tables import image, label_event, ranking
from vabal_core.types import EventKind, Split

# Where no more images than this wait, they are looked up in the ranking one by one.
FEW = 1_000


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
    """One decision or skip that still stands, as its annotator gave it."""

    event_id: str
    image_id: int
    kind: EventKind
    class_id: int | None
    path: str
    comment: str | None = None


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
    longest aside first. Each step is asked only when the one before has run out, so its cost follows the images that
    wait, `exclude`, and the labels given since `round_id`, never the images labelled before.
    """
    wanted = [image.c.id.not_in(exclude)] if exclude else []
    wanted += [image.c.oracle_class_id.is_not(None)] if with_truth else []
    found: list[Waiting] = []
    with reading(engine) as transaction:
        ranked = [] if round_id is None else [_ranked_few if _few_wait(transaction, project_id, split) else _ranked]
        for step in [*ranked, _others, _skipped]:
            if len(found) < count:
                query = step(project_id, split, round_id).where(*wanted).limit(count - len(found))
                found += _read(transaction, query)
    return found


def decisions(engine: Engine, project_id: int, *, annotator: str, limit: int) -> list[Decision]:
    """The last decisions and skips of `annotator` that nobody took back, newest first."""
    mine, undo = label_event, label_event.alias()
    undone = sa.exists().where(undo.c.image_id == mine.c.image_id, undo.c.undoes == mine.c.event_id)
    query = (
        sa.select(mine.c.event_id, mine.c.image_id, mine.c.kind, mine.c.class_id, image.c.path, mine.c.comment)
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


def _waiting(project_id: int, split: Split) -> tuple[sa.ColumnElement[bool], ...]:
    """No label now, and not put aside."""
    return image.c.project_id == project_id, image.c.split == split, image.c.state == "waiting"


def _few_wait(transaction: Connection, project_id: int, split: Split) -> bool:
    some = sa.select(image.c.id).where(*_waiting(project_id, split)).limit(FEW + 1).subquery()
    return transaction.execute(sa.select(sa.func.count()).select_from(some)).scalar_one() <= FEW


def _ranked(project_id: int, split: Split, round_id: int | None) -> sa.Select[Any]:
    # A ranking holds images of one project and split only. To ask for them again would lead SQLite to walk all images
    # that wait and sort them, where it now walks the ranking in its order and stops after a few rows.
    query = sa.select(*_IMAGE, *_FACTS).join(ranking, ranking.c.image_id == image.c.id)
    return query.where(ranking.c.round_id == round_id, image.c.state == "waiting").order_by(ranking.c.rank)


def _ranked_few(project_id: int, split: Split, round_id: int | None) -> sa.Select[Any]:
    """As `_ranked` where few images wait: those are looked up in the ranking, which is not walked to its end."""
    some = sa.select(image.c.id.label("image_id")).where(*_waiting(project_id, split)).limit(FEW).subquery()
    query = sa.select(*_IMAGE, *_FACTS).join(some, some.c.image_id == image.c.id)
    facts = sa.and_(ranking.c.round_id == round_id, ranking.c.image_id == some.c.image_id)
    # The sum keeps SQLite from taking the index that is sorted by rank: it would walk the whole ranking with it.
    return query.join(ranking, facts).order_by(ranking.c.rank + 0)


def _others(project_id: int, split: Split, round_id: int | None) -> sa.Select[Any]:
    query = sa.select(*_IMAGE).where(*_waiting(project_id, split))
    if round_id is not None:
        query = query.where(~sa.exists().where(ranking.c.round_id == round_id, ranking.c.image_id == image.c.id))
    return query.order_by(image.c.shuffle, image.c.id)


def _skipped(project_id: int, split: Split, round_id: int | None) -> sa.Select[Any]:
    # The last row of an image put aside is the skip itself.
    since = sa.select(sa.func.max(label_event.c.id)).where(label_event.c.image_id == image.c.id).scalar_subquery()
    mine = (image.c.project_id == project_id, image.c.split == split, image.c.state == "skipped")
    query = sa.select(*_IMAGE).where(*mine)
    if round_id is not None:
        facts = sa.and_(ranking.c.image_id == image.c.id, ranking.c.round_id == round_id)
        query = query.outerjoin(ranking, facts).add_columns(*_FACTS)
    return query.order_by(since)


def _read(transaction: Connection, query: sa.Select[Any]) -> list[Waiting]:
    rows = [tuple(row) for row in transaction.execute(query)]
    return [Waiting(*row[:9], *(tuple(json.loads(text)) for text in row[9:] if text)) for row in rows]
