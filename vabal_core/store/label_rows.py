"""What becomes of one event: its row of the log, made from all that the log says of its image."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vabal_core.store.among import AMONG, rows_among
from vabal_core.store.classes import ClassTable
from vabal_core.store.counts import Move
from vabal_core.store.label_state import BLIND, CERTAIN, STATES, LabelState, fold, step
from vabal_core.store.provenance import Provenance, Rankings, provenance_for, provenance_in
from vabal_core.store.ranked_labels import Key, ranked_key
from vabal_core.store.tables import label_event
from vabal_core.types import LabelEvent, LogKind, Split

MAX_MILLISECONDS = 2**31 - 1
_OF_IMAGES = sa.select(label_event).where(label_event.c.image_id.in_(AMONG))
_OF_IMAGES = _OF_IMAGES.order_by(label_event.c.image_id, label_event.c.id)


@dataclass(frozen=True, kw_only=True)
class _Said:
    """An event as the fold reads it, before it is a row."""

    event_id: str
    kind: LogKind
    annotator: str
    class_id: int | None
    undoes: str | None
    comment: str | None
    opinion_class_id: int | None


@dataclass(kw_only=True)
class ImageLog:
    """What the log says of one image, advanced by each event of the call, so that the next one builds on it."""

    split: Split
    before: LabelState  # as the call found it
    now: LabelState
    kinds: dict[str, str] = field(default_factory=dict)  # event id -> kind, of every row
    provenance: dict[str, Provenance] = field(default_factory=dict)  # by event id, of every decision, oldest first

    @property
    def current(self) -> Provenance | None:
        """Of the decision that counts."""
        return self._provenance_of(self.now)

    def ranked_move(self) -> tuple[Key | None, Key | None]:
        """Where it counted as brought by a ranking, and where it does now."""
        before, after = (ranked_key(state.class_id, self._provenance_of(state)) for state in (self.before, self.now))
        return before, after

    def _provenance_of(self, state: LabelState) -> Provenance | None:
        return self.provenance[state.decision.event_id] if state.decision else None

    def move(self, table: ClassTable) -> Move:
        """From what the call found to what is so now."""
        before, after = (
            None if state.class_id is None else table.counts_as(state.class_id) for state in (self.before, self.now)
        )
        states = {"before": self.before.state, "after": self.now.state}
        return Move(split=self.split, **states, class_before=before, class_after=after)


def logs_of(transaction: Connection, image_ids: Collection[int]) -> Iterator[sa.Row[Any]]:
    """The rows of these images, image by image, oldest first."""
    return rows_among(transaction, _OF_IMAGES, sorted(image_ids))


def read_logs(transaction: Connection, splits: Mapping[int, Split]) -> dict[int, ImageLog]:
    """image id -> what the log says of it, of images without any row too. `splits`: image id -> its split."""
    rows: dict[int, list[sa.Row[Any]]] = {image_id: [] for image_id in splits}
    for row in logs_of(transaction, splits):
        rows[row.image_id].append(row)
    logs = {}
    for image_id, of_image in rows.items():
        state = fold(of_image)
        logs[image_id] = ImageLog(
            split=splits[image_id],
            before=state,
            now=state,
            kinds={row.event_id: row.kind for row in of_image},
            provenance={row.event_id: provenance_in(row) for row in of_image if row.kind in STATES},
        )
    return logs


def row_of(
    project_id: int,
    event: LabelEvent,
    by: Mapping[str, str],
    log: ImageLog,
    rankings: Rankings,
    blind: Collection[int],
) -> dict[str, Any]:
    """The row of one event; advances the log of its image. `by`: its `annotator`, and the `page` it comes from;
    `blind`: ids of images whose label the annotator was not shown. ValueError for an undo of what is no decision about
    the image."""
    if event.kind == "undo" and log.kinds.get(event.undoes or "", "undo") in ("undo", CERTAIN):
        raise ValueError(
            f"event {event.event_id} takes back {event.undoes}, which is no decision about image {event.image_id}"
        )
    replaced_class_id = log.now.class_id
    said = _said(event, by["annotator"], _is_blind(event, log, blind))
    provenance = provenance_for(event, list(log.provenance.values()), log.current, rankings)
    log.now = step(log.now, said)
    log.kinds[event.event_id] = said.kind
    if said.kind in STATES:
        log.provenance[event.event_id] = provenance
    # The row of an undo tells of the decision it brings back, as its class does; that of an opinion, or that a label is
    # certain, of the one that stands: whoever reads the class of the last row reads the class that counts.
    of_standing = said.kind in ("undo", CERTAIN)
    beside = of_standing or said.kind in BLIND.values()
    skip, decision = said.kind == "skip", log.now.decision if of_standing else event
    return {
        "project_id": project_id,
        "event_id": event.event_id,
        "image_id": event.image_id,
        "split": log.split,
        "kind": said.kind,
        "class_id": None if skip else log.now.class_id,
        "replaced_class_id": None if skip else replaced_class_id,
        "opinion_class_id": said.opinion_class_id,
        "undoes": event.undoes,
        "milliseconds": None if event.milliseconds is None else min(event.milliseconds, MAX_MILLISECONDS),
        "created_at": datetime.now(UTC),
        "comment": ((decision.comment if decision else None) or "").strip() or None,
        **by,
        **asdict((log.current if beside else None) or provenance),
    }


def _is_blind(event: LabelEvent, log: ImageLog, blind: Collection[int]) -> bool:
    """Whether the event is an opinion: its author was not shown the label that stands just now, and did not come to it
    by another way, which shows it."""
    by_queue = not (event.settles or event.by_exception or event.chosen_by)
    return event.image_id in blind and event.kind in BLIND and by_queue and log.now.state == "labelled"


def _said(event: LabelEvent, annotator: str, blind: bool) -> _Said:
    kind: Any = BLIND[event.kind] if blind else event.kind
    kind = "adjudicated" if event.settles and event.kind == "label" else kind
    return _Said(
        event_id=event.event_id,
        kind=kind,
        annotator=annotator,
        class_id=event.class_id,
        undoes=event.undoes,
        comment=event.comment,
        opinion_class_id=event.class_id if kind == BLIND["label"] else None,
    )
