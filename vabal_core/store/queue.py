"""Which image comes next, and which decisions came last."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, fields, replace
from random import Random
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vabal_core.store.classes import ClassTable, class_table
from vabal_core.store.counts import waiting_count
from vabal_core.store.database import Database, reading, writes_beside
from vabal_core.store.images import IN_USE, rows_in
from vabal_core.store.label_state import BLIND, CERTAIN, class_given, kind_given
from vabal_core.store.leases import held_by_others
from vabal_core.store.predictions import beside, best_first, best_first_of_few, not_ranked, reasons_from, surest
from vabal_core.store.tables import image, label_event
from vabal_core.types import EventKind, Reasons, Split

# Where no more images than this wait, they are looked up in the ranking one by one.
FEW = 1_000
PRIME = 1_000_003
GIVEN_COLUMNS = ("event_id", "image_id", "kind", "class_id", "opinion_class_id", "comment")
MAX_DRAWS = 20  # at random, until an image comes that may be shown


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """One image without a label. What the ranking says is None, and `reasons` empty, where it has none."""

    image_id: int
    fingerprint: str
    path: str
    width: int
    height: int
    comes_first: bool = False  # among those to be shown before the first ranking (see `images.show_first`)
    put_aside: bool = False  # by a skip: after all others, whatever its rank
    rank: int | None = None
    score: float | None = None
    predicted_class_id: int | None = None
    probability: float | None = None
    reasons: Reasons = Reasons()
    audit: bool = False  # drawn at random from all that waited, whatever its rank
    blind: bool = False  # it has a label, which whoever gets it is not shown


@dataclass(frozen=True, kw_only=True)
class Decision:
    """One decision or skip that still stands, as its annotator gave it."""

    event_id: str
    image_id: int
    kind: EventKind
    class_id: int | None
    path: str
    comment: str | None = None


def waiting(
    database: Database,
    project_id: int,
    split: Split,
    *,
    round_id: int | None,
    count: int,
    exclude: Collection[int] = (),
    held_from: str | None = None,
    with_truth: bool = False,
    apart: bool = False,
) -> list[Waiting]:
    """The next `count` images of `split` without a label, `exclude` left out; `held_from`: what others than this person
    hold, too; `with_truth`: only with hidden truth.

    First those that `round_id` ranked, best first; then the others in their fixed random order, or, `apart`, in another
    one that knows nothing of it; then those put aside, longest aside first. Each step is asked only when the one before
    has run out, so its cost follows the images that wait, `exclude`, and the labels given since `round_id`, never the
    images labelled before.
    """
    conditions = [image.c.id.not_in(exclude)] if exclude else []
    conditions += [] if held_from is None else [image.c.id.not_in(held_by_others(project_id, held_from))]
    conditions += [image.c.oracle_class_id.is_not(None)] if with_truth else []
    rows: list[Waiting] = []
    with reading(database) as transaction:
        others = _others_apart if apart else _others
        for step in [*_ranked_steps(transaction, project_id, split, round_id), others, _skipped]:
            if len(rows) < count:
                query = step(project_id, split, round_id).where(*conditions).limit(count - len(rows))
                rows += _read(transaction, query)
    return rows


def drawn_at_random(
    transaction: Connection, project_id: int, *, round_id: int | None, exclude: Collection[int] = (), random: Random
) -> Waiting | None:
    """One image of the pool, each that waits and is not in `exclude` being as likely as any other; None where none is,
    or another desk claims it just now.

    An image is drawn by its number among those that wait, so that no order of theirs has to be random; one in `exclude`
    is drawn again, a few times, and then looked for among the others.
    """
    waits = _waiting(project_id, "pool")
    in_order = sa.select(image.c.id).where(*waits).order_by(image.c.shuffle, image.c.id).limit(1)
    for _ in range(MAX_DRAWS):
        number = random.randrange(max(1, waiting_count(transaction, project_id, "pool")))
        image_id = transaction.execute(in_order.offset(number)).scalar()
        if image_id is not None and image_id not in exclude:
            break
    else:
        others = transaction.execute(sa.select(image.c.id).where(*waits, image.c.id.not_in(exclude))).scalars().all()
        if not others:
            return None
        image_id = random.choice(others)
    rows = waiting_among(transaction, [image_id], round_id=round_id)  # none, where another claims it just now
    return replace(rows[0], audit=True) if rows else None


def waiting_among(transaction: Connection, image_ids: Collection[int], *, round_id: int | None) -> list[Waiting]:
    """These images as they come to a person, labelled or not, with what the ranking of `round_id` says of them."""
    query = sa.select(*_IMAGE).where(image.c.id.in_(image_ids))
    return _read(transaction, query if round_id is None else beside(query, round_id))


def sure_images(
    transaction: Connection,
    *,
    round_id: int,
    class_ids: Collection[int],
    min_probability: float,
    count: int,
    exclude: Collection[int] = (),
) -> list[Waiting]:
    """The next `count` images of the pool without a label that the round is at least so sure to be of one of
    `class_ids`, the least useful first; `exclude` left out."""
    waits = image.c.state == "waiting", image.c.split == "pool", image.c.id.not_in(exclude)
    query = surest(sa.select(*_IMAGE).where(*waits), round_id, class_ids, min_probability)
    return _read(transaction, query.limit(count))


def decided_among(transaction: Connection, image_ids: Collection[int]) -> set[int]:
    """Those of the images that wait for nobody any more: decided, or in the bin."""
    query = sa.select(image.c.id).where(image.c.state.not_in(("waiting", "skipped")))
    return {row.id for row in rows_in(transaction, query, image.c.id, sorted(image_ids))}


Which = Literal["all", "corrections", "adjudications"]
WHICH: dict[Which, tuple[sa.ColumnElement[bool], ...]] = {
    "all": (),
    "corrections": (label_event.c.replaced_class_id.is_not(None), label_event.c.kind.not_in(list(BLIND.values()))),
    "adjudications": (label_event.c.kind == "adjudicated",),
}


def decisions(
    database: Database, project_id: int, *, annotator: str, limit: int, which: Which = "all"
) -> list[Decision]:
    """The last decisions, opinions and skips of `annotator` that nobody took back, newest first, as they were given;
    those about images in the bin are left out. "corrections": decisions alone about an image that had a label;
    "adjudications": between labels of several people."""
    given, undo = label_event, label_event.alias()
    undone = sa.exists().where(undo.c.image_id == given.c.image_id, undo.c.undoes == given.c.event_id)
    query = (
        sa.select(*(given.c[name] for name in GIVEN_COLUMNS), image.c.path)
        .join(image, image.c.id == given.c.image_id)
        .where(given.c.project_id == project_id, given.c.annotator == annotator, ~undone, IN_USE)
        .where(given.c.kind.not_in(("undo", CERTAIN)))
        .where(*WHICH[which])
        .order_by(given.c.id.desc())
        .limit(limit)
    )
    with reading(database) as transaction:
        table = class_table(transaction, project_id)
        return [_decision(row, table) for row in transaction.execute(query)]


def _decision(row: sa.Row[Any], table: ClassTable) -> Decision:
    class_id = class_given(row)
    return Decision(
        event_id=row.event_id,
        image_id=row.image_id,
        kind=kind_given(row.kind),
        class_id=None if class_id is None else table.counts_as(class_id),
        path=row.path,
        comment=row.comment,
    )


_IMAGE = (
    image.c.id,
    image.c.fingerprint,
    image.c.path,
    image.c.width,
    image.c.height,
    image.c.shuffle < 0,
    image.c.state == "skipped",
)


def _waiting(project_id: int, split: Split) -> tuple[sa.ColumnElement[bool], ...]:
    """No label now, and not put aside."""
    return image.c.project_id == project_id, image.c.split == split, image.c.state == "waiting"


def _ranked_steps(
    transaction: Connection, project_id: int, split: Split, round_id: int | None
) -> list[Callable[..., sa.Select[Any]]]:
    if round_id is None:
        return []
    return [_ranked_few if waiting_count(transaction, project_id, split) <= FEW else _ranked]


def _ranked(project_id: int, split: Split, round_id: int) -> sa.Select[Any]:
    # A ranking holds images of one project and split only. To ask for them again would lead SQLite to walk all images
    # that wait and sort them, where it now walks the ranking in its order and stops after a few rows.
    return best_first(sa.select(*_IMAGE).where(image.c.state == "waiting"), round_id)


def _ranked_few(project_id: int, split: Split, round_id: int) -> sa.Select[Any]:
    """As `_ranked` where few images wait: those are looked up in the ranking, which is not walked to its end."""
    few = sa.select(image.c.id.label("image_id")).where(*_waiting(project_id, split)).limit(FEW).subquery()
    return best_first_of_few(sa.select(*_IMAGE).join(few, few.c.image_id == image.c.id), few.c.image_id, round_id)


def _others(project_id: int, split: Split, round_id: int | None) -> sa.Select[Any]:
    query = sa.select(*_IMAGE).where(*_waiting(project_id, split))
    if round_id is not None:
        query = query.where(not_ranked(round_id))
    return query.order_by(image.c.shuffle, image.c.id)


def _others_apart(project_id: int, split: Split, round_id: int | None) -> sa.Select[Any]:
    """Those that are to come first before all; what is left of a random number over a prime tells nothing of its
    size. All that wait are sorted for it."""
    last = sa.case((image.c.shuffle < 0, image.c.shuffle), else_=image.c.shuffle % PRIME)
    return _others(project_id, split, round_id).order_by(None).order_by(last, image.c.id)


def _skipped(project_id: int, split: Split, round_id: int | None) -> sa.Select[Any]:
    # The last row of an image put aside is the skip itself.
    since = sa.select(sa.func.max(label_event.c.id)).where(label_event.c.image_id == image.c.id).scalar_subquery()
    aside = (image.c.project_id == project_id, image.c.split == split, image.c.state == "skipped")
    query = sa.select(*_IMAGE).where(*aside)
    if round_id is not None:
        query = beside(query, round_id)
    return query.order_by(since)


def _read(transaction: Connection, query: sa.Select[Any]) -> list[Waiting]:
    """Where others write beside the transaction, images that one of them claims or decides on just now are passed over,
    and nobody else is given those that are read here."""
    if writes_beside(transaction):
        query = query.with_for_update(of=image, key_share=True, skip_locked=True)
    return [_waiting_of(row) for row in transaction.execute(query)]


def _waiting_of(row: sa.Row[Any]) -> Waiting:
    """`row` holds the fields of Waiting in their order, up to the last where a ranking was asked."""
    values = dict(zip((field.name for field in fields(Waiting)), row, strict=False))
    text = values.pop("reasons", None)
    return Waiting(**values, reasons=reasons_from(text) if text else Reasons())
