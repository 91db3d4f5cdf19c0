"""Second opinions: how many there are and what came of them, and images whose label is certain."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from vabal_core.store.change_log import log_change
from vabal_core.store.database import writing
from vabal_core.store.gold import add_gold, remove_gold
from vabal_core.store.gold import gold_counts as counts_of_gold
from vabal_core.store.labels import label_states, record
from vabal_core.store.second_looks import DIFFERING
from vabal_core.store.second_looks import second_look_counts as counts_of
from vabal_core.types import Actor, LabelEvent, Split
from vabal_core.workspace.people import require_right
from vabal_core.workspace.projects import require_project
from vabal_core.workspace.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class SecondLookCounts:
    """Images drawn for a second look: those that wait for a second person, those on which all agree, those on which
    people differ, and those whose label counts whatever people said: decided, or certain."""

    waiting: int
    agreed: int
    differing: int
    adjudicated: int

    @property
    def labelled_twice(self) -> int:
        return self.agreed + self.differing + self.adjudicated


def second_look_counts(ws: Workspace, project_id: int) -> SecondLookCounts:
    """What came of the images drawn for a second look."""
    counts = counts_of(ws.engine, project_id)
    return SecondLookCounts(
        waiting=counts.get("open", 0),
        agreed=counts.get("agreed", 0),
        differing=sum(counts.get(name, 0) for name in DIFFERING),
        adjudicated=counts.get("adjudicated", 0),
    )


def gold_counts(ws: Workspace, project_id: int) -> dict[Split, int]:
    """split -> how many of its images have a label that is certain. They come up only among images of their split."""
    return {"pool": 0, "evaluation": 0} | counts_of_gold(ws.engine, project_id)


def mark_gold(ws: Workspace, actor: Actor, project_id: int, image_ids: Collection[int]) -> int:
    """The labels of these images are certain, and people are scored by them from now on: the log tells that `actor` has
    said so, and each stays the label of whoever gave it. Images without a label are left out. Returns how many are
    gold since now."""
    require_right(actor, "review")
    require_project(ws, project_id)
    with writing(ws.engine) as transaction:
        states = label_states(transaction, image_ids)
        labelled = {i: state for i, state in states.items() if state.class_id is not None}
        events = [
            LabelEvent(str(uuid.uuid4()), image_id, "certain", state.class_id)
            for image_id, state in labelled.items()
            if state.ruling is None
        ]
        record(transaction, project_id, events, actor.name, page=actor.page, sighted=True)
        count = add_gold(transaction, project_id, list(labelled), actor.name)
        log_change(transaction, actor, project_id, "labels made certain", new=count)
        return count


def unmark_gold(ws: Workspace, actor: Actor, project_id: int, image_ids: Collection[int]) -> int:
    """Nobody is scored by these images any more, and their labels stay. Returns how many they were."""
    require_right(actor, "review")
    require_project(ws, project_id)
    with writing(ws.engine) as transaction:
        count = remove_gold(transaction, project_id, image_ids)
        log_change(transaction, actor, project_id, "labels not certain any more", old=count)
        return count
