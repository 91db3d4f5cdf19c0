"""Look through the images of a project: any mix of filters, in any order, one page at a time."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from math import inf
from typing import Any, get_args

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vabal_core.store.classes import ClassTable, class_table
from vabal_core.store.counts import state_counts
from vabal_core.store.database import Database, reading
from vabal_core.store.gold import gold_images
from vabal_core.store.images import IN_USE, rows_in
from vabal_core.store.label_state import CERTAIN, STATES
from vabal_core.store.predictions import out_of_sample_value, ranked_value
from vabal_core.store.rounds import last_done_id
from vabal_core.store.second_looks import differing_images
from vabal_core.store.tables import image, label_event
from vabal_core.types import ImageState, Sort, Split

DECIDED = tuple(STATES.values())
FEW: set[ImageState] = {"skipped", "unsure", "flagged"}  # states that few images are in

View = dict[str, sa.ColumnElement[Any]]


@dataclass(frozen=True, kw_only=True)
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
    disagreeing: tuple[int, ...] | None = None  # the ids of all those, in the order of `disagreeing_keys`: found before
    people_differ: bool | None = None
    gold: bool | None = None


@dataclass(frozen=True, kw_only=True)
class ImageRow:
    """One image with its label now (or None) and what a model that had not learned from it said of it.

    The prediction is the newest finished round's, out of sample or ranked; where that has none, the one that was shown
    when the decision was made. `annotator`, `labelled_at`, `round` and `comment` are of the decision that counts: a
    label, an "unsure" or a "flag"; after an undo, annotator and time are those of the undo.
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


def search_images(
    database: Database,
    project_id: int,
    criteria: Filter,
    *,
    sort: Sort = "position",
    descending: bool = False,
    offset: int,
    limit: int,
) -> tuple[list[ImageRow], int]:
    """(the page that starts at `offset`, how many images pass the filter in all); rows without a value to sort by come
    last, and by position among themselves."""
    with reading(database) as transaction:
        table = class_table(transaction, project_id)
        criteria = _read_through(criteria, table)
        view = _view(transaction, project_id, table)
        where = _conditions(project_id, criteria, view, table)
        # Ids alone are sorted and cut; then one page is read whole.
        every = sa.select(image.c.id).where(*where).order_by(*_order(view, sort, descending, criteria))
        if _is_found(criteria) and sort == "disagreement" and descending:
            ids, total = list(criteria.disagreeing[offset : offset + limit]), len(criteria.disagreeing)
        elif criteria.disagreeing is not None:  # they are few: named in one statement, not in two
            listed = list(transaction.execute(every).scalars())
            ids, total = listed[offset : offset + limit], len(listed)
        else:
            ids = list(transaction.execute(every.offset(offset).limit(limit)).scalars())
            total = _total(transaction, project_id, criteria, where)
        rows = _read(transaction, view, ids)
    return [rows[image_id] for image_id in ids], total


def _is_found(criteria: Filter) -> bool:
    """Whether no more is asked than what was found before."""
    found = criteria.disagreeing
    return found is not None and criteria == Filter(disagrees=True, disagreeing=found)


def _total(transaction: Connection, project_id: int, criteria: Filter, where: list[sa.ColumnElement[bool]]) -> int:
    """How many images pass; where no more is asked than state and split, from the counts that labels keep."""
    if criteria == Filter(split=criteria.split, state=criteria.state, labelled=criteria.labelled):
        states, splits = _states(criteria), (criteria.split,) if criteria.split else get_args(Split)
        counts = state_counts(transaction, project_id)
        return sum(counts[split, state] for split in splits for state in states)
    return transaction.execute(sa.select(sa.func.count()).select_from(image).where(*where)).scalar_one()


def image_ids(database: Database, project_id: int, criteria: Filter) -> list[int]:
    """Every image that passes the filter, in no order."""
    with reading(database) as transaction:
        table = class_table(transaction, project_id)
        where = _conditions(project_id, _read_through(criteria, table), _view(transaction, project_id, table), table)
        return list(transaction.execute(sa.select(image.c.id).where(*where)).scalars())


def disagreeing_keys(
    database: Database, project_id: int, image_ids: Sequence[int] | None = None
) -> dict[int, tuple[float, int]]:
    """The labelled images whose label is another class than a model says that had not learned from them, of `image_ids`
    alone where these are given -> what they are sorted by: where the model is most sure first, then by position."""
    with reading(database) as transaction:
        table = class_table(transaction, project_id)
        view = _view(transaction, project_id, table)
        where = _conditions(project_id, Filter(disagrees=True), view, table)
        query = sa.select(image.c.id, view["probability"].label("probability"), image.c.position).where(*where)
        rows = transaction.execute(query) if image_ids is None else rows_in(transaction, query, image.c.id, image_ids)
        return {row.id: (inf if row.probability is None else -row.probability, row.position) for row in rows}


def rows_of(database: Database, project_id: int, image_ids: Sequence[int]) -> dict[int, ImageRow]:
    """image id -> its row, for images of the project."""
    with reading(database) as transaction:
        return _read(transaction, _view(transaction, project_id, class_table(transaction, project_id)), image_ids)


def annotators(database: Database, project_id: int) -> list[str]:
    """Everybody who has said of an image of the project what it shows, by name; whoever only called labels of others
    certain is none of them."""
    of_project = label_event.c.project_id == project_id
    names = sa.select(label_event.c.annotator).where(of_project).distinct().subquery()  # by a narrow index
    own = of_project, label_event.c.annotator == names.c.annotator, label_event.c.kind != CERTAIN
    with reading(database) as transaction:
        return sorted(transaction.execute(sa.select(names.c.annotator).where(sa.exists().where(*own))).scalars())


def _view(transaction: Connection, project_id: int, table: ClassTable) -> View:
    """A column for each field of a ImageRow, for a query of the table `image`.

    Each is looked up an image, where and when it is asked for: a query pays for no other, and where the prediction was
    out of sample, nobody looks into ranking and log. Joins would look into all of them for every image.
    """
    newest = last_done_id(transaction, project_id)
    ranked = {name: ranked_value(newest, name) for name in ("rank", "score", "predicted_class_id", "probability")}
    unseen = {name: out_of_sample_value(newest, name) for name in ("predicted_class_id", "probability")}
    shown = {name: _now(name) for name in ("rank", "score", "predicted_class_id")}
    shown["probability"] = _now("predicted_probability")
    predicted = {name: [source[name] for source in (unseen, ranked, shown) if name in source] for name in shown}
    names = ("fingerprint", "path", "split", "width", "height", "state")
    view = (
        {"image_id": image.c.id, "annotator": _given("annotator"), "labelled_at": _given("created_at")}
        | {name: image.c[name] for name in names}
        | {name: _now(name) for name in ("class_id", "round", "comment")}
        | {name: sa.func.coalesce(*columns) for name, columns in predicted.items()}
    )
    return view | {name: table.counted(view[name]) for name in ("class_id", "predicted_class_id")}


def _now(name: str) -> sa.ColumnElement[Any]:
    """A column of the decision that counts: the last row that is no skip. An undo that left nothing is such a row too,
    of an image that waits."""
    rows = sa.select(label_event.c[name]).where(label_event.c.image_id == image.c.id, label_event.c.kind != "skip")
    return sa.case((image.c.state.in_(DECIDED), rows.order_by(label_event.c.id.desc()).limit(1).scalar_subquery()))


def _given(name: str) -> sa.ColumnElement[Any]:
    """A column of the decision that counts, as it was given. The row of an undo tells what it brought back, but not who
    had given that, and when."""
    rows = sa.select(label_event.c[name]).where(label_event.c.image_id == image.c.id, *_standing(label_event))
    return sa.case((image.c.state.in_(DECIDED), rows.order_by(label_event.c.id.desc()).limit(1).scalar_subquery()))


def _standing(log: sa.FromClause) -> tuple[sa.ColumnElement[bool], ...]:
    """Of a row of the log: it is a decision that nobody took back."""
    later = label_event.alias("undo")
    taken_back = later.c.image_id == log.c.image_id, later.c.kind == "undo", later.c.undoes == log.c.event_id
    return log.c.kind.in_(list(STATES)), ~sa.exists().where(*taken_back)


def _read(transaction: Connection, view: View, image_ids: Sequence[int]) -> dict[int, ImageRow]:
    query = sa.select(*(view[field.name].label(field.name) for field in fields(ImageRow)))
    rows = (ImageRow(**row._asdict()) for row in rows_in(transaction, query, image.c.id, image_ids))
    return {row.image_id: row for row in rows}


def _order(view: View, sort: Sort, descending: bool, criteria: Filter) -> list[sa.ColumnElement[Any]]:
    differs = sa.and_(image.c.state == "labelled", view["class_id"] != view["predicted_class_id"])
    disagreement = view["probability"] if criteria.disagrees else sa.case((differs, view["probability"]))
    by = {**view, "position": image.c.position, "disagreement": disagreement}[sort]
    first = by.desc() if descending else by.asc()
    return [first] if sort == "position" else [first.nulls_last(), image.c.position]


def _conditions(project_id: int, criteria: Filter, view: View, table: ClassTable) -> list[sa.ColumnElement[bool]]:
    where = [image.c.project_id == project_id]
    states = _states(criteria)
    if criteria.disagrees and criteria.disagreeing is not None:
        states &= {"labelled"}
        where.append(image.c.id.in_(sorted(criteria.disagreeing)))
    elif criteria.disagrees is not None:
        states &= {"labelled"}
        label, predicted = view["class_id"], view["predicted_class_id"]
        where.append(label != predicted if criteria.disagrees else label == predicted)
    if criteria.class_id is not None:
        states &= {"labelled"}
        where.append(image.c.id.in_(_labelled(project_id, table.all_of(criteria.class_id))))
    if decision := _of_decision(criteria):
        states &= set(DECIDED)
        where.append(image.c.id.in_(_decided(project_id, decision)))
    for wish, image_ids in ((criteria.people_differ, differing_images), (criteria.gold, gold_images)):
        if wish is not None:
            among = image_ids(project_id)
            where.append(image.c.id.in_(among) if wish else image.c.id.not_in(among))
    by_state = states != set(get_args(ImageState))
    where += [image.c.state.in_(sorted(states)) if by_state else IN_USE]
    # Both splits are named where neither is asked for and few images fit: the index of the queue is entered at their
    # states then. Many are walked over faster in the order they lie in.
    splits = (criteria.split,) if criteria.split else get_args(Split) if states <= FEW else ()
    where += [image.c.split.in_(splits)] if splits else []
    if criteria.predicted_class_id is not None:
        where.append(view["predicted_class_id"] == criteria.predicted_class_id)
    where += _within(view["probability"], criteria.min_probability, criteria.max_probability)
    where += _within(view["score"], criteria.min_score, criteria.max_score)
    if criteria.text:
        where.append(image.c.path.icontains(criteria.text, autoescape=True))
    return where


def _states(criteria: Filter) -> set[ImageState]:
    """Those that the filter lets through by what it says of states itself."""
    states: set[ImageState] = set(get_args(ImageState) if criteria.state is None else (criteria.state,))
    if criteria.labelled is not None:
        states = states & {"labelled"} if criteria.labelled else states - {"labelled"}
    return states


def _within(value: sa.ColumnElement[Any], least: Any, most: Any) -> list[sa.ColumnElement[bool]]:
    return ([value >= least] if least is not None else []) + ([value <= most] if most is not None else [])


def _read_through(criteria: Filter, table: ClassTable) -> Filter:
    """What is asked of a merged class is asked of the class that it counts as."""
    named = {name: getattr(criteria, name) for name in ("class_id", "predicted_class_id")}
    return replace(criteria, **{name: table.counts_as(value) for name, value in named.items() if value is not None})


def _of_decision(criteria: Filter) -> list[sa.ColumnElement[bool]]:
    """What is asked of the decision that counts, as conditions on its row of the log."""
    exact = {name: getattr(criteria, name) for name in ("round", "annotator")}
    where = [label_event.c[name] == value for name, value in exact.items() if value is not None]
    where += [label_event.c.created_at >= criteria.since] if criteria.since is not None else []
    return where + ([label_event.c.created_at < criteria.until] if criteria.until is not None else [])


def _labelled(project_id: int, class_ids: Collection[int]) -> sa.Select[tuple[int]]:
    """Images whose class that counts is one of these, as the last row of their log says that is no skip."""
    later = label_event.alias("later_class")
    last = sa.select(sa.func.max(later.c.id)).where(later.c.image_id == label_event.c.image_id, later.c.kind != "skip")
    of_classes = label_event.c.project_id == project_id, label_event.c.class_id.in_(class_ids)
    latest = label_event.c.id == last.correlate(label_event).scalar_subquery()
    return sa.select(label_event.c.image_id).where(*of_classes, latest)


def _decided(project_id: int, where: list[sa.ColumnElement[bool]]) -> sa.Select[tuple[int]]:
    """Images whose decision that counts fits: the log is asked first, which is shorter than the images."""
    later = label_event.alias("later")
    last = sa.select(sa.func.max(later.c.id)).where(later.c.image_id == label_event.c.image_id, *_standing(later))
    latest = (label_event.c.project_id == project_id, label_event.c.id == last.correlate(label_event).scalar_subquery())
    return sa.select(label_event.c.image_id).where(*latest, *where)
