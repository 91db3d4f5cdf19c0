"""The log of labels: the one place that writes it, and what it says of a whole project."""

from collections import Counter, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vabal_core.store.among import AMONG, rows_among
from vabal_core.store.classes import ClassTable, class_table, revive_classes
from vabal_core.store.counts import Move, count_moves
from vabal_core.store.database import Database, reading, reading_in_order, repeated, writes_beside, writing
from vabal_core.store.images import in_project, rows_in
from vabal_core.store.label_rows import logs_of, read_logs, row_of
from vabal_core.store.label_state import IMPORTED, LabelState, class_given, fold, kind_given
from vabal_core.store.provenance import IMPORT, PICKED, Provenance, Rankings, read_rankings
from vabal_core.store.ranked_labels import COUNTED, count_ranked
from vabal_core.store.second_looks import keep_second_looks, shown_blind
from vabal_core.store.snapshot import asked_once
from vabal_core.store.tables import image, label_event
from vabal_core.types import ImageState, LabelEvent, Split

_LOCKED = sa.select(image.c.id).where(image.c.id.in_(AMONG)).order_by(image.c.id).with_for_update(key_share=True)
_BY_EVENT_ID = sa.select(label_event).where(label_event.c.event_id.in_(AMONG))


@dataclass(frozen=True)
class _Stored:
    """What the database holds about the events of one call, read under the write lock."""

    splits: Mapping[int, Split]  # image id -> split; the project's images only, those in the bin among them
    fingerprints: Mapping[int, str]  # image id -> fingerprint, of the same
    in_bin: Collection[int]
    events: Mapping[str, sa.Row[Any]]  # event id -> row
    rankings: Rankings


def record(
    database: Database,
    project_id: int,
    events: Sequence[LabelEvent],
    annotator: str,
    *,
    page: str = "",
    sighted: bool = False,
) -> list[str]:
    """Append the events that are not stored yet, all in one transaction; returns the ids of all of them.

    When the transaction has ended, the events are on the disk. ValueError names the event that does not fit: an image,
    class or round that is not the project's, an undo of something else's event, an id used before for another decision.
    An event about an image in the bin goes into the log and counts when the image is back; a class in the bin is out of
    it as soon as a label uses it. What `annotator` says of a labelled image that was given to them for a second look is
    an opinion and takes the place of nothing, where they were not shown the label (`sighted`: they were).
    """
    return repeated(lambda: _record(database, project_id, events, annotator, page, sighted))


def _record(
    database: Database, project_id: int, events: Sequence[LabelEvent], annotator: str, page: str, sighted: bool
) -> list[str]:
    with writing(database, beside=True) as transaction:
        lock_images(transaction, {event.image_id for event in events})
        stored = _read_stored(transaction, project_id, events)
        table = class_table(transaction, project_id)
        _check_classes(project_id, events, table)
        fresh = _fresh(project_id, events, stored)
        logs = read_logs(transaction, {event.image_id: stored.splits[event.image_id] for event in fresh})
        labelled = [] if sighted else [image_id for image_id, log in logs.items() if log.before.state == "labelled"]
        blind = shown_blind(transaction, annotator, labelled)
        by = {"annotator": annotator, "page": page}
        rows = [row_of(project_id, event, by, logs[event.image_id], stored.rankings, blind) for event in fresh]
        if rows:
            transaction.execute(sa.insert(label_event), rows)
            in_use = {image_id: log for image_id, log in logs.items() if image_id not in stored.in_bin}
            revive_classes(transaction, {log.now.class_id for log in in_use.values()} - {None})
            write_states(transaction, {image_id: log.now.state for image_id, log in in_use.items()})
            count_moves(transaction, project_id, [log.move(table) for log in in_use.values()])
            of_pool = [log.ranked_move() for log in in_use.values() if log.split == COUNTED]
            count_ranked(transaction, project_id, of_pool)
            keep_second_looks(transaction, project_id, annotator, fresh, logs, stored.fingerprints, blind, table)
    return [event.event_id for event in events]


def lock_images(transaction: Connection, image_ids: Collection[int]) -> None:
    """What the log says of these images stands still until the transaction ends, whoever writes beside it: the images
    are locked in the order of their numbers, so that nobody waits in a circle."""
    if writes_beside(transaction):
        deque(rows_among(transaction, _LOCKED, sorted(image_ids)), maxlen=0)


def append_imported(transaction: Connection, project_id: int, labelled: Iterable[tuple[int, str, str, int]]) -> int:
    """Append labels that came with new images, given as (image id, split, fingerprint, class id); returns how many. A
    class that went into the bin meanwhile is out of it: it is used."""
    empty = dict.fromkeys(("replaced_class_id", "opinion_class_id", "undoes", "milliseconds", "comment"))
    common = {"kind": "label", "annotator": IMPORTED, "page": IMPORTED, "created_at": datetime.now(UTC), **empty}
    common |= asdict(Provenance(strategy=IMPORT))
    rows = [
        {
            "project_id": project_id,
            "event_id": f"import:{project_id}:{fingerprint}:{image_id}",
            "image_id": image_id,
            "split": split,
            "class_id": class_id,
            **common,
        }
        for image_id, split, fingerprint, class_id in labelled
    ]
    if rows:
        transaction.execute(sa.insert(label_event), rows)
        revive_classes(transaction, {row["class_id"] for row in rows})
        write_states(transaction, {row["image_id"]: "labelled" for row in rows})
        table = class_table(transaction, project_id)
        moves = [_first_label(row["split"], table.counts_as(row["class_id"])) for row in rows]
        count_moves(transaction, project_id, moves)
    return len(rows)


def label_states(transaction: Connection, image_ids: Collection[int]) -> dict[int, LabelState]:
    """image id -> what the log says of it, of those that it names."""
    rows = logs_of(transaction, image_ids)
    return {image_id: fold(of_image) for image_id, of_image in groupby(rows, key=lambda row: row.image_id)}


def events_by_id(transaction: Connection, event_ids: Sequence[str]) -> dict[str, sa.Row[Any]]:
    """event id -> its row of the log."""
    return {row.event_id: row for row in rows_among(transaction, _BY_EVENT_ID, event_ids)}


@asked_once
def newest_event(database: Database, project_id: int) -> int:
    """The id of a project's newest event, 0 where there is none: another one as soon as anything was decided."""
    newest = sa.select(sa.func.max(label_event.c.id)).where(label_event.c.project_id == project_id)
    with reading_in_order(database) as transaction:
        return transaction.execute(newest).scalar() or 0


def current_labels(database: Database, project_id: int) -> dict[int, int]:
    """image id -> the class that counts, of every labelled image of the project, pool and evaluation; of none in the
    bin."""
    columns = (label_event.c.image_id, label_event.c.class_id)
    query = sa.select(*columns).where(label_event.c.project_id == project_id, label_event.c.kind != "skip")
    with reading(database) as transaction:
        last = {row.image_id: row.class_id for row in transaction.execute(query.order_by(label_event.c.id))}
        for image_id in transaction.execute(_in_bin(project_id)).scalars():
            last.pop(image_id, None)
        table = class_table(transaction, project_id)
    return {image_id: table.counts_as(class_id) for image_id, class_id in last.items() if class_id is not None}


def class_now() -> sa.ScalarSelect[int]:
    """Of an image: the class in the last row of its log that is no skip; None where that took its label away."""
    rows = sa.select(label_event.c.class_id).where(label_event.c.image_id == image.c.id, label_event.c.kind != "skip")
    return rows.order_by(label_event.c.id.desc()).limit(1).correlate(image).scalar_subquery()


def own_label_counts(transaction: Connection, project_id: int, class_ids: Collection[int]) -> Counter[Split]:
    """split -> images whose label that counts names one of `class_ids` itself, not one that was merged into it."""
    now = class_now()
    labelled = image.c.project_id == project_id, image.c.state == "labelled", now.in_(class_ids)
    query = sa.select(image.c.split, sa.func.count()).where(*labelled).group_by(image.c.split)
    return Counter({split: count for split, count in transaction.execute(query)})


def prequential_classes(database: Database, project_id: int) -> dict[int, int]:
    """image id -> the class that the ranking in use named when the image was first labelled, where one did; of none
    that a person picked, who may have followed the model."""
    columns = (label_event.c.image_id, label_event.c.predicted_class_id)
    predicted = (label_event.c.project_id == project_id, label_event.c.kind == "label", columns[1].is_not(None))
    predicted += (sa.func.coalesce(label_event.c.strategy, "").not_in(PICKED),)
    query = sa.select(*columns).where(*predicted).order_by(label_event.c.id.desc())
    with reading(database) as transaction:
        table = class_table(transaction, project_id)
        rows = transaction.execute(query)
        return {row.image_id: table.counts_as(row.predicted_class_id) for row in rows}  # the oldest is kept


def _read_stored(transaction: Connection, project_id: int, events: Sequence[LabelEvent]) -> _Stored:
    image_ids = sorted({event.image_id for event in events})
    of_project = in_project(project_id), image.c.state != "emptied"
    images = sa.select(image.c.id, image.c.split, image.c.state, image.c.fingerprint).where(*of_project)
    stored = list(rows_in(transaction, images, image.c.id, image_ids))
    event_ids = [event.event_id for event in events]
    rows_by_id = events_by_id(transaction, event_ids)
    rankings = read_rankings(transaction, project_id, {event.round for event in events}, image_ids)
    in_bin = {row.id for row in stored if row.state == "removed"}
    splits = {row.id: row.split for row in stored}
    fingerprints = {row.id: row.fingerprint for row in stored}
    return _Stored(splits, fingerprints, in_bin, rows_by_id, rankings)


def _fresh(project_id: int, events: Sequence[LabelEvent], stored: _Stored) -> list[LabelEvent]:
    fresh: dict[str, LabelEvent] = {}
    for event in events:
        row = stored.events.get(event.event_id)
        first: Any = row if row is not None else fresh.setdefault(event.event_id, event)
        # The round in a row may be the one it was given from its image's earlier label: it is not compared.
        same = (first.image_id, kind_given(first.kind)) == (event.image_id, event.kind)
        # Only a label names its class: the class in the row of an undo is the one it brought back.
        same = same and (event.kind != "label" or class_given(first) == event.class_id)
        if not same or (row is not None and row.project_id != project_id):
            raise ValueError(f"event {event.event_id} was stored before for another decision; give each its own id")
        if event.image_id not in stored.splits:
            raise ValueError(f"event {event.event_id}: image {event.image_id} is not in project {project_id}")
        if event.round and event.round not in stored.rankings.numbers:
            raise ValueError(f"event {event.event_id}: project {project_id} has no round {event.round}")
    return list(fresh.values())


def _check_classes(project_id: int, events: Sequence[LabelEvent], table: ClassTable) -> None:
    for event in events:
        if event.kind == "label" and event.class_id not in table.names:
            raise ValueError(f"event {event.event_id}: project {project_id} has no class {event.class_id}")


def _in_bin(project_id: int) -> sa.Select[tuple[int]]:
    return sa.select(image.c.id).where(image.c.project_id == project_id, image.c.removed_at.is_not(None))


def _first_label(split: Split, class_id: int) -> Move:
    return Move(split=split, before="waiting", after="labelled", class_after=class_id)


def write_states(transaction: Connection, states: Mapping[int, ImageState]) -> None:
    write = sa.update(image).where(image.c.id == sa.bindparam("of_image")).values(state=sa.bindparam("now"))
    if states:
        transaction.execute(write, [{"of_image": image_id, "now": state} for image_id, state in states.items()])
