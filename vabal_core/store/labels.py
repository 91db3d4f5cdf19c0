"""The log of labels: the one place that writes it, and what it says of a whole project."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, get_args

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from vabal_core.store.database import reading, writing
from vabal_core.store.images import rows_in
from vabal_core.store.label_state import STATES, Standing, standing, step
from vabal_core.store.provenance import Rankings, Shown, read_rankings, shown_for, shown_in
from vabal_core.store.tables import defect_class, image, label_event
from vabal_core.types import ImageState, LabelEvent, Split

IMPORTED = "import"
MAX_MILLISECONDS = 2**31 - 1


@dataclass(frozen=True)
class _Known:
    """What the database holds about the events of one call, read under the write lock."""

    splits: Mapping[int, str]  # image id -> split; the project's images only
    stored: Mapping[str, sa.Row[Any]]  # event id -> row
    rankings: Rankings


@dataclass
class _Story:
    """What the log says of one image, advanced by each event of the call, so that the next one builds on it."""

    standing: Standing
    kinds: dict[str, str]  # event id -> kind, of every row
    shown: dict[str, Shown]  # event id -> facts, of every decision, oldest first

    def counts(self) -> Shown | None:
        return self.shown[self.standing.decision.event_id] if self.standing.decision else None


def record(engine: Engine, project_id: int, events: Sequence[LabelEvent], annotator: str) -> list[str]:
    """Append the events that are not stored yet, all in one transaction; returns the ids of all of them.

    When this returns, the events are on the disk. ValueError names the event that does not fit: an image, class or
    round that is not the project's, an undo of something else's event, an id used before for another decision.
    """
    with writing(engine) as transaction:
        known = _read_known(transaction, project_id, events)
        _check_classes(transaction, project_id, events)
        fresh = _fresh(project_id, events, known)
        stories = _stories(transaction, {event.image_id for event in fresh})
        rows = [_row(project_id, event, annotator, stories[event.image_id], known) for event in fresh]
        if rows:
            transaction.execute(sa.insert(label_event), rows)
            _write_states(transaction, {image_id: story.standing.state for image_id, story in stories.items()})
    return [event.event_id for event in events]


def append_imported(transaction: Connection, project_id: int, labelled: Iterable[tuple[int, str, str, int]]) -> int:
    """Append labels that came with new images, given as (image id, split, fingerprint, class id); returns how many."""
    empty = dict.fromkeys(("replaced_class_id", "undoes", "milliseconds", "comment"))
    common = {"kind": "label", "annotator": IMPORTED, "created_at": datetime.now(UTC), **empty, **asdict(Shown())}
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
        _write_states(transaction, {row["image_id"]: "labelled" for row in rows})
    return len(rows)


def newest_event(engine: Engine, project_id: int) -> int:
    """The id of a project's newest event, 0 where there is none: another one as soon as anything was decided."""
    newest = sa.select(sa.func.max(label_event.c.id)).where(label_event.c.project_id == project_id)
    with reading(engine) as transaction:
        return transaction.execute(newest).scalar() or 0


def current_labels(engine: Engine, project_id: int) -> dict[int, int]:
    """image id -> class id of every labelled image of the project, pool and evaluation."""
    columns = (label_event.c.image_id, label_event.c.class_id)
    query = sa.select(*columns).where(label_event.c.project_id == project_id, label_event.c.kind != "skip")
    with reading(engine) as transaction:
        last = {row.image_id: row.class_id for row in transaction.execute(query.order_by(label_event.c.id))}
    return {image_id: class_id for image_id, class_id in last.items() if class_id is not None}


def foretold_classes(engine: Engine, project_id: int) -> dict[int, int]:
    """image id -> the class that the ranking in use named when the image was first labelled, where one did."""
    columns = (label_event.c.image_id, label_event.c.predicted_class_id)
    mine = (label_event.c.project_id == project_id, label_event.c.kind == "label", columns[1].is_not(None))
    query = sa.select(*columns).where(*mine).order_by(label_event.c.id.desc())
    with reading(engine) as transaction:
        return {row.image_id: row.predicted_class_id for row in transaction.execute(query)}  # the oldest is kept


def label_counts(engine: Engine, project_id: int) -> dict[tuple[str, int], int]:
    """(split, class id) -> images labelled so now; classes without a label are absent.

    Each row of the log puts an image into one class and takes it out of the class it had: the counts are the first
    less the second, two passes over narrow indexes.
    """
    counts: dict[tuple[str, int], int] = {}
    with reading(engine) as transaction:
        for column, sign in ((label_event.c.class_id, 1), (label_event.c.replaced_class_id, -1)):
            # Splits named and a class above 0, not "is not null": the indexes are entered where classes begin.
            where = (label_event.c.project_id == project_id, label_event.c.split.in_(get_args(Split)), column > 0)
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
    rankings = read_rankings(transaction, project_id, {event.round for event in events}, image_ids)
    return _Known(splits, stored, rankings)


def _fresh(project_id: int, events: Sequence[LabelEvent], known: _Known) -> list[LabelEvent]:
    fresh: dict[str, LabelEvent] = {}
    for event in events:
        stored = known.stored.get(event.event_id)
        first: Any = stored if stored is not None else fresh.setdefault(event.event_id, event)
        # The round in a row may be the one it was given from its image's earlier label: it is not compared.
        same = (first.image_id, first.kind) == (event.image_id, event.kind)
        # Only a label names its class: the class in the row of an undo is the one it brought back.
        same = same and (event.kind != "label" or first.class_id == event.class_id)
        if not same or (stored is not None and stored.project_id != project_id):
            raise ValueError(f"event {event.event_id} was stored before for another decision; give each its own id")
        if event.image_id not in known.splits:
            raise ValueError(f"event {event.event_id}: image {event.image_id} is not in project {project_id}")
        if event.round and event.round not in known.rankings.numbers:
            raise ValueError(f"event {event.event_id}: project {project_id} has no round {event.round}")
    return list(fresh.values())


def _check_classes(transaction: Connection, project_id: int, events: Sequence[LabelEvent]) -> None:
    query = sa.select(defect_class.c.id).where(defect_class.c.project_id == project_id)
    class_ids = set(transaction.execute(query).scalars())
    for event in events:
        if event.kind == "label" and event.class_id not in class_ids:
            raise ValueError(f"event {event.event_id}: project {project_id} has no class {event.class_id}")


def _stories(transaction: Connection, image_ids: set[int]) -> dict[int, _Story]:
    """image id -> its story, of images without any row too."""
    query = sa.select(label_event).order_by(label_event.c.image_id, label_event.c.id)
    rows: dict[int, list[sa.Row[Any]]] = {image_id: [] for image_id in image_ids}
    for row in rows_in(transaction, query, label_event.c.image_id, sorted(image_ids)):
        rows[row.image_id].append(row)
    return {
        image_id: _Story(
            standing(mine),
            {row.event_id: row.kind for row in mine},
            {row.event_id: shown_in(row) for row in mine if row.kind in STATES},
        )
        for image_id, mine in rows.items()
    }


def _row(project_id: int, event: LabelEvent, annotator: str, story: _Story, known: _Known) -> dict[str, Any]:
    """The row of one event; advances the story."""
    if event.kind == "undo" and story.kinds.get(event.undoes or "", "undo") == "undo":
        raise ValueError(
            f"event {event.event_id} takes back {event.undoes}, which is no decision about image {event.image_id}"
        )
    before = story.standing.class_id
    shown = shown_for(event, list(story.shown.values()), story.counts(), known.rankings)
    story.standing = step(story.standing, event)
    story.kinds[event.event_id] = event.kind
    if event.kind in STATES:
        story.shown[event.event_id] = shown
    skip, undo = event.kind == "skip", event.kind == "undo"
    # The row of an undo tells of the decision it brings back, as its class does.
    told = story.standing.decision if undo else event
    return {
        "project_id": project_id,
        "event_id": event.event_id,
        "image_id": event.image_id,
        "split": known.splits[event.image_id],
        "kind": event.kind,
        "class_id": None if skip else story.standing.class_id,
        "replaced_class_id": None if skip else before,
        "undoes": event.undoes,
        "annotator": annotator,
        "milliseconds": None if event.milliseconds is None else min(event.milliseconds, MAX_MILLISECONDS),
        "created_at": datetime.now(UTC),
        "comment": ((told.comment if told else None) or "").strip() or None,
        **asdict((story.counts() if undo else None) or shown),
    }


def _write_states(transaction: Connection, states: Mapping[int, ImageState]) -> None:
    write = sa.update(image).where(image.c.id == sa.bindparam("of_image")).values(state=sa.bindparam("now"))
    transaction.execute(write, [{"of_image": image_id, "now": state} for image_id, state in states.items()])
