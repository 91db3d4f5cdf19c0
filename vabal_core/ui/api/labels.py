"""The route of the labelling desk: labels in, and the next images out."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, get_args

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from vabal_core import workspace
from vabal_core.types import EventKind, Image, LabelEvent, QueueItem, QueueName
from vabal_core.ui.api.endpoint import answered
from vabal_core.ui.api.endpoint import whole_number as _number
from vabal_core.ui.leases import held_by_others, hold
from vabal_core.ui.signing import Person, image_url, secret
from vabal_core.workspace import Workspace

MAX_IMAGES = 60
MAX_HELD_IMAGES = 500  # images that a browser may say it has already
MAX_ID_CHARACTERS = 64
HISTORY = 100
KINDS: dict[str, EventKind] = {kind: kind for kind in get_args(EventKind)}


async def post_labels(request: Request) -> Response:
    """Store decisions; answer which are stored, the next images, the counts and the number of the last round."""
    return await answered(request, read_request, _answer, _round_if_due)


def _round_if_due(ws: Workspace, person: Person, answer: dict[str, Any]) -> BackgroundTask | None:
    return BackgroundTask(workspace.start_if_due, ws, person.project_id) if answer["stored"] else None


@dataclass(frozen=True)
class Asked:
    """What a desk says and asks: decisions, what is wrong with those that cannot be read, and which images it wants."""

    events: list[LabelEvent]
    refused: list[dict[str, Any]]
    queue: QueueName
    want: int
    have: list[int]
    history: bool
    desk: str


def read_request(asked: Any) -> Asked:
    """Read the JSON of a desk. An event that cannot be read is refused by itself and holds up no other; KeyError,
    TypeError or ValueError where the rest makes no sense."""
    events: list[LabelEvent] = []
    refused: list[dict[str, Any]] = []
    for row in asked["events"]:
        try:
            events.append(read_event(row))
        except (KeyError, TypeError, ValueError) as problem:
            event_id = row.get("event_id") if isinstance(row, dict) else None
            refused.append({"event_id": event_id, "reason": f"it cannot be read: {problem!r}"})
    have = [_number(image_id) for image_id in asked["have"]]
    if len(have) > MAX_HELD_IMAGES:
        raise ValueError(f"{len(have)} images known; at most {MAX_HELD_IMAGES} can be named")
    queue: QueueName = {"ranked": "ranked", "evaluation": "evaluation"}[asked["queue"]]
    desk = str(asked.get("desk", ""))[:MAX_ID_CHARACTERS]
    want = min(MAX_IMAGES, _number(asked["want"]))
    return Asked(events, refused, queue, want, have, bool(asked.get("history")), desk)


def read_event(row: dict[str, Any]) -> LabelEvent:
    """A LabelEvent from JSON; KeyError, TypeError or ValueError where a field is missing or of a wrong kind."""
    event_id = row["event_id"]
    if not isinstance(event_id, str) or not 1 <= len(event_id) <= MAX_ID_CHARACTERS:
        raise ValueError(f"event_id {event_id!r}")
    texts = {name: _text(name, row[name]) for name in ("undoes", "comment") if row.get(name) is not None}
    numbers = {name: _number(row[name]) for name in ("class_id", "milliseconds", "round") if row.get(name) is not None}
    return LabelEvent(event_id, _number(row["image_id"]), KINDS[row["kind"]], **texts, **numbers)


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} {value!r}")
    return value


def _answer(ws: Workspace, person: Person, asked: Asked) -> dict[str, Any]:
    stored, refused = _store(ws, person, asked.events)
    items = _next(ws, person.project_id, asked)
    key = secret(ws.data_dir)
    return {
        "stored": stored,
        "refused": asked.refused + refused,
        "items": [_item(key, person.project_id, item) for item in items],
        **_standing(ws, person.project_id),
        **_rounds(ws, person.project_id),
        "history": _history(ws, person, asked.queue) if asked.history else None,
    }


def _next(ws: Workspace, project_id: int, asked: Asked) -> list[QueueItem]:
    """The next images for this desk: none that another desk has now, unless only such are left."""
    items: list[QueueItem] = []
    if asked.want > 0:
        taken = held_by_others(project_id, asked.desk)
        items = workspace.next_images(ws, project_id, asked.queue, count=asked.want, exclude={*asked.have, *taken})
        if not items and not asked.have:
            items = workspace.next_images(ws, project_id, asked.queue, count=asked.want)
    hold(project_id, asked.desk, [*asked.have, *(item.image_id for item in items)])
    return items


def _rounds(ws: Workspace, project_id: int) -> dict[str, Any]:
    """`round`: the number of the newest finished round, whose ranking the queue follows, 0 before the first; `running`:
    that of the round under way, or 0; `trouble`: what to say where the newest round of all has no result."""
    rounds = workspace.list_rounds(ws, project_id)
    number = max((one.number for one in rounds if one.state == "done"), default=0)
    newest = rounds[-1] if rounds else None
    running = newest.number if newest and newest.state == "running" else 0
    failed = newest and newest.state in ("failed", "interrupted")
    trouble = f"Round {newest.number} {newest.state}; the Rounds page says why." if failed else ""
    return {"round": number, "running": running, "trouble": trouble}


def _standing(ws: Workspace, project_id: int) -> dict[str, Any]:
    """The classes, those that count as rare, and the counts: labels by class in both queues, images that wait for a
    review, labels `since` the last round began, and the `batch` meant for the next."""
    classes, found = workspace.classes(ws, project_id), workspace.counts(ws, project_id)
    settings = next(one.settings for one in workspace.list_projects(ws) if one.id == project_id)
    counts = {"pool": dict(found.pool), "evaluation": dict(found.evaluation)}
    counts |= {"unsure": found.unsure, "flagged": found.flagged}
    return {
        "classes": [asdict(one) for one in classes],
        "rare": sorted(workspace.rare_class_ids(settings["rare_class_ids"], classes, found)),
        "counts": {**counts, "since": found.since_round, "batch": settings["batch"]},
    }


def _history(ws: Workspace, person: Person, queue: str) -> list[dict[str, Any]]:
    """The person's last decisions in this queue, the last one last, each with its image: a reloaded page can undo."""
    split = "evaluation" if queue == "evaluation" else "pool"
    key = secret(ws.data_dir)
    past = workspace.recent(ws, person.project_id, annotator=person.name, limit=HISTORY)
    images = workspace.images_by_id(ws, [decision.image_id for decision in past])
    names = ("event_id", "image_id", "kind", "class_id", "comment")
    return [
        {**{name: getattr(one, name) for name in names}, "item": _past_item(key, images[one.image_id])}
        for one in reversed(past)
        if images[one.image_id].split == split
    ]


def _past_item(key: str, image: Image) -> dict[str, Any]:
    known = (image.id, image.fingerprint, image.path, image.width, image.height)
    return _item(key, image.project_id, QueueItem(*known, 0, None, None, None, None, why=""))


def _store(ws: Workspace, person: Person, events: Sequence[LabelEvent]) -> tuple[list[str], list[dict[str, str]]]:
    if not events:
        return [], []
    try:
        return list(workspace.record(ws, person.project_id, events, annotator=person.name)), []
    except ValueError:
        pass  # One wrong event must not hold up the others for ever: below, each is stored or refused by itself.
    stored: list[str] = []
    refused: list[dict[str, str]] = []
    for event in events:
        try:
            stored += workspace.record(ws, person.project_id, [event], annotator=person.name)
        except ValueError as problem:
            refused.append({"event_id": event.event_id, "reason": str(problem)})
    return stored, refused


def _item(key: str, project_id: int, item: QueueItem) -> dict[str, Any]:
    row = asdict(item)
    row["id"], fingerprint = row.pop("image_id"), row.pop("fingerprint")
    for name, size in (("url", "screen"), ("full", "full")):
        row[name] = image_url(key, project_id, item.image_id, fingerprint, size)
    return row


LABEL_ROUTES = [Route("/api/labels", post_labels, methods=["POST"])]
