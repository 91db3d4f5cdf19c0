"""Label with the hidden truth of an import: for demonstrations, and for measuring strategies without a person."""

import uuid
from collections.abc import Collection, Sequence

import numpy as np

from vabal_core.store.images import has_hidden_truth, hidden_truth, unlabelled_with_truth
from vabal_core.store.queue import decisions
from vabal_core.store.rounds import last_done
from vabal_core.types import Actor, LabelEvent, QueueName, StudioError
from vabal_core.workspace.labelling import in_queue, record
from vabal_core.workspace.people import ORACLE, require_right
from vabal_core.workspace.projects import require_project
from vabal_core.workspace.workspace import Workspace

PIECE = 1_000


def knows_answers(ws: Workspace, project_id: int) -> bool:
    """Whether any image of the project has a hidden true class, which `label_for_me` can give out."""
    require_project(ws, project_id)
    return has_hidden_truth(ws.engine, project_id)


def label_for_me(ws: Workspace, actor: Actor, project_id: int, count: int, *, queue: QueueName = "ranked") -> int:
    """Label the next `count` images of the queue with their hidden truth; returns how many there were to label.

    Images without hidden truth are passed over. StudioError where the project has no hidden truth at all.
    """
    require_right(actor, "label")
    _require_truth(ws, project_id)
    done = 0
    while done < count:
        round_ = last_done(ws.engine, project_id)
        rows = in_queue(ws.engine, project_id, queue, round_, count=min(PIECE, count - done), with_truth=True)
        if not rows:
            break
        typical = {row.image_id for row in rows if row.comes_first and row.rank is None}
        _label(ws, project_id, [row.image_id for row in rows], round_.number if round_ else 0, typical)
        done += len(rows)
    return done


def take_back_for_me(ws: Workspace, actor: Actor, project_id: int, count: int) -> int:
    """Take back the newest `count` labels that were given with the hidden truth and still stand; returns how many."""
    require_right(actor, "label")
    require_project(ws, project_id)
    newest = decisions(ws.engine, project_id, annotator=ORACLE.name, limit=count) if count else []
    undo = [LabelEvent(str(uuid.uuid4()), decision.image_id, "undo", undoes=decision.event_id) for decision in newest]
    record(ws, ORACLE, project_id, undo)
    return len(undo)


def label_at_random(ws: Workspace, actor: Actor, project_id: int, count: int, *, seed: int) -> int:
    """Label `count` unlabelled pool images drawn at random with their hidden truth; returns how many there were.

    The draw depends on `seed` and on the images without a label, in the order of their import. StudioError as above.
    """
    require_right(actor, "label")
    _require_truth(ws, project_id)
    images = unlabelled_with_truth(ws.engine, project_id)
    drawn = np.random.default_rng(seed).permutation(len(images))[:count].tolist()
    for start in range(0, len(drawn), PIECE):
        _label(ws, project_id, [images[i] for i in drawn[start : start + PIECE]], 0)
    return len(drawn)


def _require_truth(ws: Workspace, project_id: int) -> None:
    if not knows_answers(ws, project_id):
        raise StudioError("This project knows no hidden labels: import labelled images with their labels hidden first.")


def _label(
    ws: Workspace, project_id: int, image_ids: Sequence[int], round_number: int, typical: Collection[int] = ()
) -> None:
    truth = hidden_truth(ws.engine, image_ids)
    events = [
        LabelEvent(str(uuid.uuid4()), i, "label", truth[i], round=round_number, typical=i in typical) for i in image_ids
    ]
    record(ws, ORACLE, project_id, events)
