"""Label with the hidden truth of an import: for demonstrations, and for measuring strategies without a person."""

import uuid
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from vabal_core.store.database import reading
from vabal_core.store.images import has_hidden_truth, hidden_truth, unlabelled_with_truth, waits_without_truth
from vabal_core.store.queue import Waiting, decisions
from vabal_core.store.rounds import last_done
from vabal_core.types import Actor, LabelEvent, QueueName, StudioError
from vabal_core.workspace.audit import with_audit
from vabal_core.workspace.labelling import in_queue, record
from vabal_core.workspace.people import ORACLE, require_right
from vabal_core.workspace.projects import require_project, usable_settings
from vabal_core.workspace.workspace import Workspace

PIECE = 1_000


def knows_answers(ws: Workspace, project_id: int) -> bool:
    """Whether any image of the project has a hidden true class, which `label_for_me` can give out."""
    require_project(ws, project_id)
    return has_hidden_truth(ws.engine, project_id)


def label_for_me(ws: Workspace, actor: Actor, project_id: int, count: int, *, queue: QueueName = "ranked") -> int:
    """Label the next `count` images of the queue with their hidden truth; returns how many there were to label.

    As at a desk, some out of a ranking are drawn at random instead, and say so. Images without hidden truth are passed
    over: where such wait, what is left is no draw from all, and none says so. StudioError where the project has no
    hidden truth at all.
    """
    require_right(actor, "label")
    _require_truth(ws, project_id)
    done = 0
    while done < count:
        rows, number = _next_rows(ws, project_id, queue, min(PIECE, count - done))
        if not rows:
            break
        _label(ws, project_id, [_event(row, number) for row in rows])
        done += len(rows)
    return done


def _next_rows(ws: Workspace, project_id: int, queue: QueueName, count: int) -> tuple[list[Waiting], int]:
    """The next images of the queue, and the number of the round whose ranking it follows, 0 where it has none."""
    share = usable_settings(require_project(ws, project_id))["audit_share"]
    with reading(ws.engine) as transaction:
        round_ = last_done(transaction, project_id)
        rows = in_queue(transaction, project_id, queue, round_, count=count, with_truth=True)
        if queue == "ranked" and not waits_without_truth(transaction, project_id):
            rows = with_audit(transaction, project_id, rows, round_, share, frozenset())
    return rows, round_.number if round_ else 0


def _event(row: Waiting, round_number: int) -> LabelEvent:
    typical = row.comes_first and row.rank is None and not row.audit
    shown = {"round": round_number, "typical": typical, "audit": row.audit}
    return LabelEvent(str(uuid.uuid4()), row.image_id, "label", **shown)


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

    The draw depends on `seed` and on the images without a label, in the order of their import. Where all of these have
    a hidden truth, the labels say that their images were drawn at random from all. StudioError as above.
    """
    require_right(actor, "label")
    _require_truth(ws, project_id)
    audit = not waits_without_truth(ws.engine, project_id)
    images = unlabelled_with_truth(ws.engine, project_id)
    drawn = [images[i] for i in np.random.default_rng(seed).permutation(len(images))[:count].tolist()]
    for start in range(0, len(drawn), PIECE):
        piece = drawn[start : start + PIECE]
        _label(ws, project_id, [LabelEvent(str(uuid.uuid4()), i, "label", audit=audit) for i in piece])
    return len(drawn)


def _require_truth(ws: Workspace, project_id: int) -> None:
    if not knows_answers(ws, project_id):
        raise StudioError("This project knows no hidden labels: import labelled images with their labels hidden first.")


def _label(ws: Workspace, project_id: int, events: Sequence[LabelEvent]) -> None:
    """Store the events, each with its image's hidden truth."""
    truth = hidden_truth(ws.engine, [event.image_id for event in events])
    record(ws, ORACLE, project_id, [replace(event, class_id=truth[event.image_id]) for event in events])
