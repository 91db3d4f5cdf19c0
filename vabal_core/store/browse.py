"""Look through the images of a project: any mix of filters, one page at a time, by position."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from vabal_core.store.database import reading
from vabal_core.store.tables import image, label_event, ranking, round_
from vabal_core.types import Split


@dataclass(frozen=True)
class Filter:
    """What to show; None (or "") lets everything through. `round` is the number of the round a label was given in."""

    class_id: int | None = None
    split: Split | None = None
    round: int | None = None
    predicted_class_id: int | None = None
    min_probability: float | None = None
    max_probability: float | None = None
    labelled: bool | None = None
    text: str = ""


@dataclass(frozen=True)
class BrowseRow:
    """One image with its label now (or None) and what the model thought of it.

    The prediction is the newest ranking's; where it has none, the one that was shown when the label was given.
    """

    image_id: int
    fingerprint: str
    path: str
    split: Split
    width: int
    height: int
    class_id: int | None
    annotator: str | None
    labelled_at: datetime | None
    round: int | None
    rank: int | None
    score: float | None
    predicted_class_id: int | None
    probability: float | None


def browse(engine: Engine, project_id: int, wanted: Filter, *, offset: int, limit: int) -> tuple[list[BrowseRow], int]:
    """(the page that starts at `offset`, how many images pass the filter in all)."""
    joined, now, latest = _joined(project_id)
    where = _conditions(project_id, wanted, now, latest)
    columns = _columns(now, latest)
    query = sa.select(*columns).select_from(joined).where(*where).order_by(image.c.position)
    with reading(engine) as transaction:
        rows = [BrowseRow(*row) for row in transaction.execute(query.offset(offset).limit(limit))]
        total = transaction.execute(_count(project_id, wanted, joined, where)).scalar_one()
    return rows, total


def _joined(project_id: int) -> tuple[sa.FromClause, sa.FromClause, sa.FromClause]:
    """Images, each beside its label now and beside its row of the newest finished ranking, where it has them."""
    now, latest, later = label_event.alias("now"), ranking.alias("latest"), label_event.alias("later")
    last = sa.select(sa.func.max(later.c.id)).where(later.c.image_id == image.c.id, later.c.kind != "skip")
    done = sa.select(round_.c.id).where(round_.c.project_id == project_id, round_.c.state == "done")
    newest = done.order_by(round_.c.number.desc()).limit(1).scalar_subquery()
    # An undo that left no class is a row of the log, but no label.
    is_now = sa.and_(now.c.id == last.correlate(image).scalar_subquery(), now.c.class_id.is_not(None))
    joined = image.outerjoin(now, is_now)
    joined = joined.outerjoin(latest, sa.and_(latest.c.round_id == newest, latest.c.image_id == image.c.id))
    return joined, now, latest


def _columns(now: sa.FromClause, latest: sa.FromClause) -> list[sa.ColumnElement[Any]]:
    names = [field.name for field in fields(BrowseRow)]
    mine = {"image_id": image.c.id, "labelled_at": now.c.created_at} | _prediction(now, latest)
    mine |= {name: image.c[name] for name in ("fingerprint", "path", "split", "width", "height")}
    mine |= {name: now.c[name] for name in ("class_id", "annotator", "round")}
    return [mine[name] for name in names]


def _prediction(now: sa.FromClause, latest: sa.FromClause) -> dict[str, sa.ColumnElement[Any]]:
    pairs = {"rank": "rank", "score": "score", "predicted_class_id": "predicted_class_id"}
    pairs |= {"probability": "predicted_probability"}
    return {name: sa.func.coalesce(latest.c[name], now.c[shown]) for name, shown in pairs.items()}


def _conditions(
    project_id: int, wanted: Filter, now: sa.FromClause, latest: sa.FromClause
) -> list[sa.ColumnElement[bool]]:
    prediction = _prediction(now, latest)
    where = [image.c.project_id == project_id]
    if wanted.split is not None:
        where.append(image.c.split == wanted.split)
    if wanted.class_id is not None:
        where += [now.c.class_id == wanted.class_id, _once(project_id, label_event.c.class_id == wanted.class_id)]
    if wanted.round is not None:
        where += [now.c.round == wanted.round, _once(project_id, label_event.c.round == wanted.round)]
    if wanted.labelled:
        where.append(_once(project_id, label_event.c.class_id.is_not(None)))
    if wanted.labelled is not None:
        where.append(image.c.state == "labelled" if wanted.labelled else image.c.state != "labelled")
    if wanted.predicted_class_id is not None:
        where.append(prediction["predicted_class_id"] == wanted.predicted_class_id)
    if wanted.min_probability is not None:
        where.append(prediction["probability"] >= wanted.min_probability)
    if wanted.max_probability is not None:
        where.append(prediction["probability"] <= wanted.max_probability)
    if wanted.text:
        where.append(image.c.path.icontains(wanted.text, autoescape=True))
    return where


def _once(project_id: int, condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Images with any row of the log that fits: what fits now is among them, and the log is shorter than the images."""
    return image.c.id.in_(sa.select(label_event.c.image_id).where(label_event.c.project_id == project_id, condition))


def _count(
    project_id: int, wanted: Filter, joined: sa.FromClause, where: list[sa.ColumnElement[bool]]
) -> sa.Select[tuple[int]]:
    """How many pass. The two joins cost a look into two indexes an image, so they are left out where nothing asks."""
    alone = wanted == Filter(split=wanted.split, labelled=wanted.labelled, text=wanted.text)
    return sa.select(sa.func.count()).select_from(image if alone else joined).where(*where)
