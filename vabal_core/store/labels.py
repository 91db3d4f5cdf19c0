"""The log of labels: the one place that writes it, and what it says of a whole project."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from vabal_core.store.database import reading, writing
from vabal_core.store.images import rows_in
from vabal_core.store.standing import Standing, standing, step
from vabal_core.store.tables import defect_class, image, label_event, ranking, round_
from vabal_core.types import LabelEvent

IMPORTED = "import"
MOST_MILLISECONDS = 2**31 - 1


@dataclass(frozen=True)
class _Known:
    """What the database holds about the events of one call, read under the write lock."""

    splits: Mapping[int, str]  # image id -> split; the project's images only
    stored: Mapping[str, sa.Row[Any]]  # event id -> row
    facts: Mapping[tuple[int, int], sa.Row[Any]]  # (round number, image id) -> its row of the ranking
    rounds: Mapping[int, sa.Row[Any]]  # round number -> row


def record(engine: Engine, project_id: int, events: Sequence[LabelEvent], annotator: str) -> list[str]:
    """Append the events that are not stored yet, all in one transaction; returns the ids of all of them.

    When this returns, the events are on the disk. ValueError names the event that does not fit: an image, class or
    round that is not the project's, an undo of something else's event, an id used before for another decision.
    """
    with writing(engine) as transaction:
        known = _read_known(transaction, project_id, events)
        _check_classes(transaction, project_id, events)
        fresh = _fresh(project_id, events, known)
        now = _standings(transaction, {event.image_id for event in fresh})
        rows = [_row(project_id, event, annotator, now, known) for event in fresh]
        if rows:
            transaction.execute(sa.insert(label_event), rows)
    return [event.event_id for event in events]


def append_imported(transaction: Connection, project_id: int, labelled: Iterable[tuple[int, str, str, int]]) -> int:
    """Append labels that came with new images, given as (image id, split, fingerprint, class id); returns how many."""
    empty = {name: None for name in ("replaced_class_id", "undoes", "milliseconds", *_NO_FACTS)}
    common = {"kind": "label", "annotator": IMPORTED, "round": 0, "created_at": datetime.now(UTC), **empty}
    rows = [
        {
            "project_id": project_id,
            "event_id": f"import:{project_id}:{fingerprint}",
            "image_id": image_id,
            "split": split,
            "class_id": class_id,
            **common,
        }
        for image_id, split, fingerprint, class_id in labelled
    ]
    if rows:
        transaction.execute(sa.insert(label_event), rows)
    return len(rows)


def current_labels(engine: Engine, project_id: int) -> dict[int, int]:
    """image id -> class id of every labelled image of the project, pool and evaluation."""
    columns = (label_event.c.image_id, label_event.c.class_id)
    query = sa.select(*columns).where(label_event.c.project_id == project_id, label_event.c.kind != "skip")
    with reading(engine) as transaction:
        last = {row.image_id: row.class_id for row in transaction.execute(query.order_by(label_event.c.id))}
    return {image_id: class_id for image_id, class_id in last.items() if class_id is not None}


def label_counts(engine: Engine, project_id: int) -> dict[tuple[str, int], int]:
    """(split, class id) -> images labelled so now; classes without a label are absent.

    Each row of the log puts an image into one class and takes it out of the class it had: the counts are the first
    less the second, two passes over narrow indexes.
    """
    counts: dict[tuple[str, int], int] = {}
    with reading(engine) as transaction:
        for column, sign in ((label_event.c.class_id, 1), (label_event.c.replaced_class_id, -1)):
            where = (label_event.c.project_id == project_id, column.is_not(None))
            query = sa.select(label_event.c.split, column, sa.func.count()).where(*where)
            for split, class_id, count in transaction.execute(query.group_by(label_event.c.split, column)):
                counts[split, class_id] = counts.get((split, class_id), 0) + sign * count
    return {key: count for key, count in counts.items() if count}


def _read_known(transaction: Connection, project_id: int, events: Sequence[LabelEvent]) -> _Known:
    image_ids = sorted({event.image_id for event in events})
    # The lock comes first: on PostgreSQL two retries of one event then stand in line (SQLite has one writer anyway).
    images = sa.select(image.c.id, image.c.split).where(image.c.project_id == project_id).with_for_update()
    splits = {row.id: row.split for row in rows_in(transaction, images, image.c.id, image_ids)}
    event_ids = [event.event_id for event in events]
    rows = rows_in(transaction, sa.select(label_event), label_event.c.event_id, event_ids)
    stored = {row.event_id: row for row in rows}
    numbers = sorted({event.round for event in events})
    query = sa.select(round_.c.id, round_.c.number, round_.c.strategy).where(round_.c.project_id == project_id)
    rounds = {row.number: row for row in rows_in(transaction, query, round_.c.number, numbers)}
    facts = {}
    for number, row in rounds.items():
        ranked = sa.select(ranking).where(ranking.c.round_id == row.id)
        facts |= {(number, fact.image_id): fact for fact in rows_in(transaction, ranked, ranking.c.image_id, image_ids)}
    return _Known(splits, stored, facts, rounds)


def _fresh(project_id: int, events: Sequence[LabelEvent], known: _Known) -> list[LabelEvent]:
    fresh: dict[str, LabelEvent] = {}
    for event in events:
        stored = known.stored.get(event.event_id)
        first: Any = stored if stored is not None else fresh.setdefault(event.event_id, event)
        same = (first.image_id, first.kind, first.round) == (event.image_id, event.kind, event.round)
        # Only a label names its class: the class in the row of an undo is the one it brought back.
        same = same and (event.kind != "label" or first.class_id == event.class_id)
        if not same or (stored is not None and stored.project_id != project_id):
            raise ValueError(f"event {event.event_id} was stored before for another decision; give each its own id")
        if event.image_id not in known.splits:
            raise ValueError(f"event {event.event_id}: image {event.image_id} is not in project {project_id}")
        if event.round and event.round not in known.rounds:
            raise ValueError(f"event {event.event_id}: project {project_id} has no round {event.round}")
    return list(fresh.values())


def _check_classes(transaction: Connection, project_id: int, events: Sequence[LabelEvent]) -> None:
    query = sa.select(defect_class.c.id).where(defect_class.c.project_id == project_id)
    class_ids = set(transaction.execute(query).scalars())
    for event in events:
        if event.kind == "label" and event.class_id not in class_ids:
            raise ValueError(f"event {event.event_id}: project {project_id} has no class {event.class_id}")


def _standings(transaction: Connection, image_ids: set[int]) -> dict[int, dict[str, Any]]:
    """image id -> its standing and its rows by event id."""
    columns = [label_event.c[name] for name in ("image_id", "event_id", "kind", "class_id", "undoes")]
    query = sa.select(*columns).order_by(label_event.c.image_id, label_event.c.id)
    rows: dict[int, list[sa.Row[Any]]] = {image_id: [] for image_id in image_ids}
    for row in rows_in(transaction, query, label_event.c.image_id, sorted(image_ids)):
        rows[row.image_id].append(row)
    return {
        image_id: {"standing": standing(mine), "kinds": {row.event_id: row.kind for row in mine}}
        for image_id, mine in rows.items()
    }


_NO_FACTS = ("rank", "score", "predicted_class_id", "predicted_probability", "strategy")


def _row(
    project_id: int, event: LabelEvent, annotator: str, now: dict[int, dict[str, Any]], known: _Known
) -> dict[str, Any]:
    """The row of one event. Advances the image's standing in `now`, so that the next event of the call builds on it."""
    mine = now[event.image_id]
    before: Standing = mine["standing"]
    if event.kind == "undo" and mine["kinds"].get(event.undoes) not in ("label", "skip"):
        raise ValueError(
            f"event {event.event_id} takes back {event.undoes}, which is no label or skip of image {event.image_id}"
        )
    after = step(before, event)
    mine["standing"] = after
    mine["kinds"][event.event_id] = event.kind
    skip = event.kind == "skip"
    return {
        "project_id": project_id,
        "event_id": event.event_id,
        "image_id": event.image_id,
        "split": known.splits[event.image_id],
        "kind": event.kind,
        "class_id": None if skip else after.class_id,
        "replaced_class_id": None if skip else before.class_id,
        "undoes": event.undoes,
        "annotator": annotator,
        "milliseconds": None if event.milliseconds is None else min(event.milliseconds, MOST_MILLISECONDS),
        "created_at": datetime.now(UTC),
        "round": event.round,
        **_facts(event, known),
    }


def _facts(event: LabelEvent, known: _Known) -> dict[str, Any]:
    fact = known.facts.get((event.round, event.image_id))
    if fact is None:
        return dict.fromkeys(_NO_FACTS)
    strategy = known.rounds[event.round].strategy
    values = (fact.rank, fact.score, fact.predicted_class_id, fact.probability, strategy)
    return dict(zip(_NO_FACTS, values, strict=True))
