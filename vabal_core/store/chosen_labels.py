"""The labels that count, with how their images were chosen: what the labels tell of the images without one."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vabal_core.store.classes import ClassTable, class_table
from vabal_core.store.images import IN_USE
from vabal_core.store.label_state import CERTAIN, class_given, kind_given
from vabal_core.store.tables import image, label_event
from vabal_core.types import Split


@dataclass(frozen=True, kw_only=True)
class ChosenLabel:
    """The label that counts of one image.

    `class_id` as it counts now; `round`, `rank`, `strategy`: what had brought the image (see `Provenance`); `place`:
    the number of its first label in the log, which orders the images by when they were chosen; `given_at`: when the
    label that counts was given (UTC); `opinions`: the last label of each person who gave one, imports left out.
    """

    image_id: int
    class_id: int
    round: int
    rank: int | None
    strategy: str | None
    place: int
    given_at: datetime
    opinions: tuple[int, ...]


def images_in_use(transaction: Connection, project_id: int) -> list[tuple[int, Split]]:
    """(image id, split) of every image of the project but those in the bin."""
    query = sa.select(image.c.id, image.c.split).where(image.c.project_id == project_id, IN_USE).order_by(image.c.id)
    return [(row.id, row.split) for row in transaction.execute(query)]


def evaluation_ahead(transaction: Connection, project_id: int) -> set[int]:
    """The labelled evaluation images that come after one that still waits, in the random order of their queue."""
    of_queue = image.c.project_id == project_id, image.c.split == "evaluation"
    first = sa.select(sa.func.min(image.c.shuffle)).where(*of_queue, image.c.state == "waiting").scalar_subquery()
    query = sa.select(image.c.id).where(*of_queue, image.c.state == "labelled", image.c.shuffle > first)
    return set(transaction.execute(query).scalars())


def chosen_labels(transaction: Connection, project_id: int, without: Iterable[str]) -> list[ChosenLabel]:
    """Of every labelled image, in the bin or not; `without`: annotators who are no persons. The log is read once."""
    names = "id", "image_id", "kind", "class_id", "round", "rank", "strategy", "created_at", "annotator"
    names += "event_id", "undoes", "opinion_class_id"
    query = sa.select(*(label_event.c[name] for name in names))
    of_project = label_event.c.project_id == project_id, label_event.c.kind.not_in(("skip", CERTAIN))
    standing: dict[int, sa.Row[Any]] = {}
    places: dict[int, int] = {}
    # image id -> event id -> (annotator, class) of the labels by persons that nobody took back
    by_persons: defaultdict[int, dict[str, tuple[str, int]]] = defaultdict(dict)
    machines, table = frozenset(without), class_table(transaction, project_id)
    for row in transaction.execute(query.where(*of_project).order_by(label_event.c.id)):
        standing[row.image_id] = row
        if kind_given(row.kind) == "label":
            places.setdefault(row.image_id, row.id)
            if row.annotator not in machines:
                by_persons[row.image_id][row.event_id] = row.annotator, table.counts_as(class_given(row))
        elif row.kind == "undo":
            by_persons[row.image_id].pop(row.undoes, None)
    return [
        _chosen(row, places[image_id], dict(by_persons[image_id].values()), table)
        for image_id, row in standing.items()
        if row.class_id is not None
    ]


def _chosen(row: sa.Row[Any], place: int, opinions: dict[str, int], table: ClassTable) -> ChosenLabel:
    return ChosenLabel(
        image_id=row.image_id,
        class_id=table.counts_as(row.class_id),
        round=row.round,
        rank=row.rank,
        strategy=row.strategy,
        place=place,
        given_at=row.created_at,
        opinions=tuple(opinions.values()),
    )
