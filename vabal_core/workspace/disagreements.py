"""Labelled images that a model takes for another class: found once, then brought up to date label by label.

To look through all labels of a large project takes as long as a page may take in all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from vabal_core.store.bin import bin_stamp
from vabal_core.store.classes import class_table
from vabal_core.store.counts import state_counts
from vabal_core.store.database import reading
from vabal_core.store.label_changes import decided_since
from vabal_core.store.labels import newest_event
from vabal_core.store.rounds import last_done_id
from vabal_core.store.search import disagreeing_keys
from vabal_core.types import Split
from vabal_core.workspace.workspace import Workspace

EVALUATION: Split = "evaluation"


@dataclass(kw_only=True)
class _Disagreements:
    """As of the row `newest` of the log. `stamp`: another one where more than these labels has changed since."""

    stamp: tuple[Any, ...]
    newest: int
    keys: Mapping[int, tuple[float, int]]  # by image
    image_ids: tuple[int, ...]  # in the order of the keys


_by_project: dict[tuple[str, int], _Disagreements] = {}
_lock = Lock()


def disagreeing_images(ws: Workspace, project_id: int) -> tuple[int, ...]:
    """The labelled images whose label is another class than a model says that had not learned from them, those where it
    is most sure first."""
    key = str(ws.engine.url), project_id
    with _lock:
        stamp, kept = _stamp(ws, project_id), _by_project.get(key)
        if kept is None or kept.stamp != stamp:
            newest = newest_event(ws.engine, project_id)  # first: a label given meanwhile is looked at once more
            keys = disagreeing_keys(ws.engine, project_id)
        else:
            newest, decided = decided_since(ws.engine, project_id, kept.newest)
            if not decided:
                return kept.image_ids
            others = {image_id: kept.keys[image_id] for image_id in kept.keys.keys() - set(decided)}
            keys = others | disagreeing_keys(ws.engine, project_id, decided)
        image_ids = tuple(sorted(keys, key=keys.__getitem__))
        _by_project[key] = _Disagreements(stamp=stamp, newest=newest, keys=keys, image_ids=image_ids)
        return image_ids


def _stamp(ws: Workspace, project_id: int) -> tuple[Any, ...]:
    with reading(ws.engine) as transaction:
        newest_ranking = last_done_id(transaction, project_id)
    merged = class_table(ws.engine, project_id).merged
    evaluation = sum(count for (split, _), count in state_counts(ws.engine, project_id).items() if split == EVALUATION)
    return newest_ranking, evaluation, bin_stamp(ws.engine, project_id), tuple(sorted(merged.items()))
