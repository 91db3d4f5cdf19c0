"""Undo labels that imports gave to images that were there already, and give them again: rows of the log, both."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.engine import Connection

from vabal_core.store.images import images_by_id
from vabal_core.store.import_changes import ImportChange, places
from vabal_core.store.label_state import LabelState
from vabal_core.store.labels import IMPORTED, events_by_id, label_states, record
from vabal_core.types import ChosenBy, LabelEvent


def undo_labels(transaction: Connection, project_id: int, changes: Sequence[ImportChange]) -> list[ImportChange]:
    """The label of before counts again, but where somebody has decided since: that stays."""
    states = _states(transaction, changes)
    stand = {change.id for change in changes if _stands(change, states.get(change.image_id))}
    events = [
        LabelEvent(str(uuid.uuid4()), change.image_id, "undo", undoes=change.detail["event"])
        for change in changes
        if change.id in stand
    ]
    record(transaction, project_id, events, IMPORTED)
    newest = {image_id: state.decision.event_id for image_id, state in states.items() if state.decision}
    return [
        replace(change, kept=change.id in stand and newest[change.image_id] != change.detail["event"])
        for change in changes
    ]


def redo_labels(transaction: Connection, project_id: int, changes: Sequence[ImportChange]) -> list[ImportChange]:
    """Labels are given again, but where a decision stands that is newer than the import's."""
    states, rows = _states(transaction, changes), events_by_id(transaction, [each.detail["event"] for each in changes])
    given_again = places(transaction, list(states))
    after: list[ImportChange] = []
    events: dict[str, list[LabelEvent]] = defaultdict(list)  # by who gave them
    for change in changes:
        row, state = rows[change.detail["event"]], states.get(change.image_id)
        place = change.detail.get("place", row.id)
        standing = state.decisions if state else ()
        newer = any(given_again.get(decision.event_id, decision.id) > place for decision in standing)
        if newer or state is None:
            after.append(replace(change, kept=newer))
            continue
        chosen_by: ChosenBy = "import" if row.annotator == IMPORTED else "table"
        again = LabelEvent(str(uuid.uuid4()), change.image_id, "label", row.class_id, chosen_by=chosen_by)
        events[row.annotator].append(again)
        after.append(replace(change, detail={"event": again.event_id, "place": place}, kept=False))
    for annotator, of_one in events.items():
        record(transaction, project_id, of_one, annotator)
    return after


def _states(transaction: Connection, changes: Sequence[ImportChange]) -> dict[int, LabelState]:
    """What the log says of the images of the changes, but of those that are gone for good."""
    return label_states(transaction, list(images_by_id(transaction, [change.image_id for change in changes])))


def _stands(change: ImportChange, state: LabelState | None) -> bool:
    return state is not None and any(decision.event_id == change.detail["event"] for decision in state.decisions)
