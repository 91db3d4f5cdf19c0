"""Decisions that stood on an image, and are others since somebody at a desk decided anew."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from vabal_core.store.classes import ClassTable
from vabal_core.store.label_state import STATES, LabelState
from vabal_core.types import Actor, EventKind, LabelEvent


@dataclass(frozen=True, kw_only=True)
class Replaced:
    """A decision that stood on an image, and is another one since the event `event_id` was stored: its own id,
    `replaced_id`, what it said, and `who` gave it, "" for the person at the desk."""

    event_id: str
    replaced_id: str
    kind: EventKind
    class_id: int | None
    who: str


def replaced_by(
    actor: Actor,
    events: Sequence[LabelEvent],
    stored: Collection[str],
    before: Mapping[int, LabelState],
    table: ClassTable,
) -> Iterator[Replaced]:
    """What the first stored event of each image took the place of, where that said something else. Those after it build
    on what this desk has said itself."""

    def content(kind: str, class_id: int | None) -> tuple[str, int | None]:
        return kind, table.counts_as(class_id) if kind == "label" and class_id is not None else None

    first = {event.image_id: event for event in reversed(events) if event.event_id in stored}
    for image_id, event in first.items():
        decision = before[image_id].decision if image_id in before else None
        if event.kind not in STATES or decision is None or decision.event_id == event.event_id:
            continue
        if content(decision.kind, decision.class_id) != content(event.kind, event.class_id):
            who = "" if decision.annotator == actor.name else decision.annotator
            class_id = content(decision.kind, decision.class_id)[1]
            yield Replaced(
                event_id=event.event_id, replaced_id=decision.event_id, kind=decision.kind, class_id=class_id, who=who
            )
