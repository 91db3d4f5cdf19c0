"""What people said of the same images without seeing each other's labels, and how each of them labels."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, get_args

import sqlalchemy as sa

from vabal_core.store.classes import class_table
from vabal_core.store.database import Database, reading
from vabal_core.store.gold import gold_ids
from vabal_core.store.images import IN_USE, rows_in
from vabal_core.store.label_state import BLIND, NO_PERSONS, OPINIONS, class_given, fold
from vabal_core.store.second_looks import drawn_images
from vabal_core.store.tables import image, label_event
from vabal_core.types import Split

LAST = 1_000  # labels of a person, whose pace is told


@dataclass(frozen=True, kw_only=True)
class SeenByMany:
    """One image that somebody labelled who was not shown its label.

    `labels`: person -> the class that they named without having seen another label, None where they named none;
    `opinions`: those of the people who were not shown that there was a label; `label`: the class that counts now;
    `adjudicated` (no opinion changes it), `drawn` (at random for a second look), `gold`: whether it is so.
    """

    image_id: int
    labels: Mapping[str, int | None]
    opinions: frozenset[str]
    label: int | None
    adjudicated: bool
    drawn: bool
    gold: bool


@dataclass(frozen=True, kw_only=True)
class PersonLabels:
    """All that a person has labelled: how many images of each class, and how long the last LAST labels took, in
    milliseconds each."""

    classes: Mapping[int, int]
    milliseconds: tuple[int, ...]


def seen_by_many(database: Database, project_id: int) -> list[SeenByMany]:
    """Every image in use that somebody labelled without being shown its label; those that were taken back left out."""
    with reading(database) as transaction:
        table = class_table(transaction, project_id)
        blind = label_event.c.project_id == project_id, label_event.c.kind.in_(OPINIONS)
        in_use = sa.select(label_event.c.image_id).join(image, image.c.id == label_event.c.image_id)
        by_split = label_event.c.split.in_(get_args(Split))  # the index of kinds is entered at both
        ids = sorted(set(transaction.execute(in_use.where(*blind, by_split, IN_USE)).scalars()))
        drawn, gold = drawn_images(transaction, project_id), gold_ids(transaction, project_id)
        query = sa.select(label_event).order_by(label_event.c.image_id, label_event.c.id)
        rows = rows_in(transaction, query, label_event.c.image_id, ids)
        images = []
        for image_id, of_image in groupby(rows, key=lambda row: row.image_id):
            now = fold(of_image)
            named = dict(_independent(now.rows))
            if now.opinions:
                images.append(
                    SeenByMany(
                        image_id=image_id,
                        labels={who: None if i is None else table.counts_as(i) for who, i in named.items()},
                        opinions=frozenset(row.annotator for row in now.opinions),
                        label=None if now.class_id is None else table.counts_as(now.class_id),
                        adjudicated=now.ruling is not None,
                        drawn=image_id in drawn,
                        gold=image_id in gold,
                    )
                )
        return images


def _independent(rows: tuple[Any, ...]) -> Iterator[tuple[str, int | None]]:
    """(person, class) of what was said without another label in sight: the last decision before the first opinion, and
    the opinions."""
    first = next((place for place, row in enumerate(rows) if row.kind in OPINIONS), len(rows))
    labels = [row for row in rows[:first] if row.annotator not in NO_PERSONS and row.kind == "label"]
    if labels:
        yield labels[-1].annotator, labels[-1].class_id
    for row in rows[first:]:
        if row.kind in OPINIONS:
            yield row.annotator, class_given(row)


def person_labels(database: Database, project_id: int, annotator: str) -> PersonLabels:
    """What the person has labelled, labels taken back among it; opinions count as what they say."""
    own = label_event.c.project_id == project_id, label_event.c.annotator == annotator
    labelled = label_event.c.kind.in_(("label", "adjudicated", BLIND["label"]))
    named = sa.func.coalesce(label_event.c.opinion_class_id, label_event.c.class_id).label("named")
    with reading(database) as transaction:
        table = class_table(transaction, project_id)
        counts: Counter[int] = Counter()
        for row in transaction.execute(sa.select(named, sa.func.count()).where(*own, labelled).group_by(named)):
            counts[table.counts_as(row[0])] += row[1]
        timed = labelled, label_event.c.milliseconds.is_not(None)
        times = sa.select(label_event.c.milliseconds).where(*own, *timed).order_by(label_event.c.id.desc())
        return PersonLabels(classes=counts, milliseconds=tuple(transaction.execute(times.limit(LAST)).scalars()))
