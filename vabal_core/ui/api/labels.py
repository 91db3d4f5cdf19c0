"""The route of the labelling desk: labels in, and the next images out."""

from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, get_args

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from vabal_core import workspace
from vabal_core.types import EventKind, Image, LabelEvent, QueueItem, QueueName
from vabal_core.ui.api.endpoint import is_local, respond
from vabal_core.ui.api.endpoint import whole_number as _number
from vabal_core.ui.signing import Session, image_url, secret
from vabal_core.workspace import Decision, DeskRequest, DeskState, Workspace

MAX_IMAGES = 60
MAX_HELD_IMAGES = 500  # images that a browser may say it has already
MAX_ID_CHARACTERS = 64
KINDS: dict[str, EventKind] = {kind: kind for kind in get_args(EventKind)}


async def post_labels(request: Request) -> Response:
    """Store decisions; answer which are stored, the next images, the counts and the number of the last round."""
    return await respond(request, read_request, _answer, partial(_afterwards, local=is_local(request)))


def _afterwards(ws: Workspace, session: Session, answer: dict[str, Any], *, local: bool) -> BackgroundTask | None:
    return BackgroundTask(_after_decisions, ws, session.project_id, local) if answer["stored"] else None


def _after_decisions(ws: Workspace, project_id: int, local: bool) -> None:
    if local:
        workspace.note_labelling_here(ws)
    workspace.start_if_due(ws, project_id)


@dataclass(frozen=True, kw_only=True)
class LabelRequest:
    """What a desk says and asks: decisions, what is wrong with those that cannot be read, and which images it wants."""

    events: list[LabelEvent]
    refused: list[dict[str, Any]]
    queue: QueueName
    want: int
    have: list[int]
    history: bool
    desk: str


def read_request(body: Any) -> LabelRequest:
    """Read the JSON of a desk. An event that cannot be read is refused by itself and holds up no other; KeyError,
    TypeError or ValueError where the rest makes no sense."""
    events: list[LabelEvent] = []
    refused: list[dict[str, Any]] = []
    for row in body["events"]:
        try:
            events.append(read_event(row))
        except (KeyError, TypeError, ValueError) as problem:
            event_id = row.get("event_id") if isinstance(row, dict) else None
            refused.append({"event_id": event_id, "reason": f"it cannot be read: {problem!r}"})
    have = [_number(image_id) for image_id in body["have"]]
    if len(have) > MAX_HELD_IMAGES:
        raise ValueError(f"{len(have)} images known; at most {MAX_HELD_IMAGES} can be named")
    queue: QueueName = {"ranked": "ranked", "evaluation": "evaluation"}[body["queue"]]
    return LabelRequest(
        events=events,
        refused=refused,
        queue=queue,
        want=min(MAX_IMAGES, _number(body["want"])),
        have=have,
        history=bool(body.get("history")),
        desk=str(body.get("desk", ""))[:MAX_ID_CHARACTERS],
    )


def read_event(row: dict[str, Any]) -> LabelEvent:
    """A LabelEvent from JSON; KeyError, TypeError or ValueError where a field is missing or of a wrong kind."""
    event_id = row["event_id"]
    if not isinstance(event_id, str) or not 1 <= len(event_id) <= MAX_ID_CHARACTERS:
        raise ValueError(f"event_id {event_id!r}")
    texts = {name: _text(name, row[name]) for name in ("undoes", "comment") if row.get(name) is not None}
    numbers = {name: _number(row[name]) for name in ("class_id", "milliseconds", "round") if row.get(name) is not None}
    return LabelEvent(event_id=event_id, image_id=_number(row["image_id"]), kind=KINDS[row["kind"]], **texts, **numbers)


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} {value!r}")
    return value


def _answer(ws: Workspace, session: Session, request: LabelRequest) -> dict[str, Any]:
    state = workspace.at_desk(ws, session.actor, session.project_id, _desk_request(request))
    key = secret(ws.data_dir)
    history = [_decision(key, decision, image) for decision, image in state.history]
    return {
        "stored": list(state.stored),
        "refused": request.refused + [asdict(refusal) for refusal in state.refused],
        "items": [_item(key, session.project_id, item) for item in state.items],
        "classes": [asdict(defect_class) for defect_class in state.classes],
        "rare": sorted(state.rare),
        "counts": _counts(state),
        **_rounds(state),
        "history": history if request.history else None,
    }


def _desk_request(request: LabelRequest) -> DeskRequest:
    return DeskRequest(
        desk=request.desk,
        queue=request.queue,
        count=request.want,
        have=request.have,
        events=tuple(request.events),
        history=request.history,
    )


def _counts(state: DeskState) -> dict[str, Any]:
    """Labels by class in both queues, images that wait for a review, labels `since` the last round began, and the
    `batch` meant for the next."""
    counts = state.counts
    labels = {"pool": dict(counts.pool), "evaluation": dict(counts.evaluation), "since": counts.since_round}
    return {**labels, "unsure": counts.unsure, "flagged": counts.flagged, "batch": state.project.settings["batch"]}


def _rounds(state: DeskState) -> dict[str, Any]:
    """`round`: the number of the newest finished round, whose ranking the queue follows, 0 before the first; `running`:
    that of the round under way, or 0; `trouble`: what to say where the newest round of all has no result."""
    newest = state.newest_round
    running = newest.number if newest and newest.state == "running" else 0
    failed = newest and newest.state in ("failed", "interrupted")
    trouble = f"Round {newest.number} {newest.state}; the Rounds page says why." if failed else ""
    return {"round": state.last_done.number if state.last_done else 0, "running": running, "trouble": trouble}


def _decision(key: str, decision: Decision, image: Image) -> dict[str, Any]:
    names = ("event_id", "image_id", "kind", "class_id", "comment")
    item = QueueItem(
        image_id=image.id,
        fingerprint=image.fingerprint,
        path=image.path,
        width=image.width,
        height=image.height,
        round=0,
        rank=None,
        score=None,
        predicted=None,
        probability=None,
        why="",
    )
    return {**{name: getattr(decision, name) for name in names}, "item": _item(key, image.project_id, item)}


def _item(key: str, project_id: int, item: QueueItem) -> dict[str, Any]:
    row = asdict(item)
    row["id"], fingerprint = row.pop("image_id"), row.pop("fingerprint")
    for name, size in (("url", "screen"), ("full", "full")):
        row[name] = image_url(key, project_id, item.image_id, fingerprint, size)
    return row


LABEL_ROUTES = [Route("/api/labels", post_labels, methods=["POST"])]
