"""Look through the images of a project: any mix of filters, in any order, one page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from vabal_core.store.database import reading
from vabal_core.store.images import rows_in
from vabal_core.store.standing import STATES
from vabal_core.store.tables import held_out, image, label_event, ranking, round_
from vabal_core.types import ImageState, Sort, Split


@dataclass(frozen=True)
class Filter:
    """What to show; None (or "") lets everything through.

    `round` (the number of the round it was given in), `annotator`, `since` and `until` are of the decision that counts.
    """

    class_id: int | None = None
    split: Split | None = None
    round: int | None = None
    predicted_class_id: int | None = None
    min_probability: float | None = None
    max_probability: float | None = None
    labelled: bool | None = None
    text: str = ""
    state: ImageState | None = None
    annotator: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    min_score: float | None = None
    max_score: float | None = None
    disagrees: bool | None = None


@dataclass(frozen=True)
class BrowseRow:
    """One image with its label now (or None) and what a model that had not learned from it said of it.

    The prediction is the newest finished round's, held out or ranked; where that has none, the one that was shown when
    the decision was made. `annotator`, `labelled_at`, `round` and `comment` are of the decision that counts: a label,
    an "unsure" or a "flag"; after an undo, annotator and time are those of the undo.
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
    state: ImageState
    comment: str | None


def browse(
    engine: Engine,
    project_id: int,
    wanted: Filter,
    *,
    sort: Sort = "position",
    descending: bool = False,
    offset: int,
    limit: int,
) -> tuple[list[BrowseRow], int]:
    """(the page that starts at `offset`, how many images pass the filter in all); rows without a value to sort by come
    last, and by position among themselves."""
    view = _View(project_id)
    where = _conditions(project_id, wanted, view)
    query = sa.select(*view.columns()).select_from(view.joined).where(*where).order_by(*view.order(sort, descending))
    with reading(engine) as transaction:
        rows = [BrowseRow(*row) for row in transaction.execute(query.offset(offset).limit(limit))]
        total = transaction.execute(_count(wanted, view, where)).scalar_one()
    return rows, total


def rows_of(engine: Engine, project_id: int, image_ids: Sequence[int]) -> dict[int, BrowseRow]:
    """image id -> its row, for the images of the project among `image_ids`."""
    view = _View(project_id)
    query = sa.select(*view.columns()).select_from(view.joined).where(image.c.project_id == project_id)
    with reading(engine) as transaction:
        return {row.id: BrowseRow(*row) for row in rows_in(transaction, query, image.c.id, image_ids)}


def annotators(engine: Engine, project_id: int) -> list[str]:
    """Everybody in the project's log, by name; one walk through a narrow index."""
    query = sa.select(label_event.c.annotator).where(label_event.c.project_id == project_id).distinct()
    with reading(engine) as transaction:
        return sorted(transaction.execute(query).scalars())


class _View:
    """Images, each beside the decision that counts (`now`), its held-out prediction and its row of the newest ranking,
    where it has them."""

    def __init__(self, project_id: int) -> None:
        self.now, later = label_event.alias("now"), label_event.alias("later")
        self.latest, self.held = ranking.alias("latest"), held_out.alias("held")
        last = sa.select(sa.func.max(later.c.id)).where(later.c.image_id == image.c.id, later.c.kind != "skip")
        # An undo that left nothing is the last row of an image that waits: no decision.
        decided = image.c.state.in_(STATES.values())
        is_now = sa.and_(decided, self.now.c.id == last.correlate(image).scalar_subquery())
        done = sa.select(round_.c.id).where(round_.c.project_id == project_id, round_.c.state == "done")
        newest = done.order_by(round_.c.number.desc()).limit(1).scalar_subquery()
        self.joined = image.outerjoin(self.now, is_now)
        for beside in (self.latest, self.held):
            of_newest = sa.and_(beside.c.round_id == newest, beside.c.image_id == image.c.id)
            self.joined = self.joined.outerjoin(beside, of_newest)
        self.label = self.now.c.class_id
        self.rank = sa.func.coalesce(self.latest.c.rank, self.now.c.rank)
        self.score = sa.func.coalesce(self.latest.c.score, self.now.c.score)
        self.predicted = sa.func.coalesce(
            self.held.c.predicted_class_id, self.latest.c.predicted_class_id, self.now.c.predicted_class_id
        )
        self.probability = sa.func.coalesce(
            self.held.c.probability, self.latest.c.probability, self.now.c.predicted_probability
        )

    def columns(self) -> list[sa.ColumnElement[Any]]:
        """The columns of a BrowseRow, in the order of its fields."""
        mine = {"image_id": image.c.id, "class_id": self.label, "labelled_at": self.now.c.created_at}
        mine |= {"rank": self.rank, "score": self.score}
        mine |= {"predicted_class_id": self.predicted, "probability": self.probability}
        mine |= {name: image.c[name] for name in ("fingerprint", "path", "split", "width", "height", "state")}
        mine |= {name: self.now.c[name] for name in ("annotator", "round", "comment")}
        return [mine[field.name] for field in fields(BrowseRow)]

    def order(self, sort: Sort, descending: bool) -> list[sa.ColumnElement[Any]]:
        by: dict[Sort, sa.ColumnElement[Any]] = {
            "position": image.c.position,
            "rank": self.rank,
            "score": self.score,
            "probability": self.probability,
            "labelled_at": self.now.c.created_at,
            "disagreement": sa.case((self.label != self.predicted, self.probability)),
        }
        first = by[sort].desc() if descending else by[sort].asc()
        return [first] if sort == "position" else [first.nulls_last(), image.c.position]


def _conditions(project_id: int, wanted: Filter, view: _View) -> list[sa.ColumnElement[bool]]:
    now = view.now
    where = [image.c.project_id == project_id]
    if wanted.labelled is not None:
        where.append(image.c.state == "labelled" if wanted.labelled else image.c.state != "labelled")
    for column, value in ((image.c.split, wanted.split), (image.c.state, wanted.state)):
        where += [column == value] if value is not None else []
    # What counts now is among the rows of the log that ever fitted, and the log is shorter than the images.
    for name in ("class_id", "round", "annotator"):
        value = getattr(wanted, name)
        if value is not None:
            where += [now.c[name] == value, _once(project_id, label_event.c[name] == value)]
    if wanted.labelled:
        where.append(_once(project_id, label_event.c.class_id.is_not(None)))
    where += [view.predicted == wanted.predicted_class_id] if wanted.predicted_class_id is not None else []
    spans = (
        (view.probability, wanted.min_probability, wanted.max_probability),
        (view.score, wanted.min_score, wanted.max_score),
    )
    for value, least, most in spans:
        where += [value >= least] if least is not None else []
        where += [value <= most] if most is not None else []
    where += [now.c.created_at >= wanted.since] if wanted.since is not None else []
    where += [now.c.created_at < wanted.until] if wanted.until is not None else []
    if wanted.disagrees is not None:
        where.append(view.label != view.predicted if wanted.disagrees else view.label == view.predicted)
    if wanted.text:
        where.append(image.c.path.icontains(wanted.text, autoescape=True))
    return where


def _once(project_id: int, condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Images with any row of the log that fits."""
    return image.c.id.in_(sa.select(label_event.c.image_id).where(label_event.c.project_id == project_id, condition))


def _count(wanted: Filter, view: _View, where: list[sa.ColumnElement[bool]]) -> sa.Select[tuple[int]]:
    """How many pass. The joins cost a look into three indexes an image, so they are left out where nothing asks."""
    alone = wanted == Filter(split=wanted.split, labelled=wanted.labelled, text=wanted.text, state=wanted.state)
    return sa.select(sa.func.count()).select_from(image if alone else view.joined).where(*where)
