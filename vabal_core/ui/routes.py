"""The app's own HTTP routes: labels in and the next images out, the bytes of images, and the labels as a file."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from json import dumps
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from vabal_core import workspace
from vabal_core.images.display import full, thumbnail
from vabal_core.types import Image, LabelEvent, QueueItem, QueueName, StudioError
from vabal_core.ui.leases import held_by_others, hold
from vabal_core.ui.studio import studio
from vabal_core.ui.tokens import Person, export_allowed, image_allowed, image_url, read_person, secret
from vabal_core.workspace import Workspace

MOST_BYTES = 1_000_000
MOST_IMAGES = 60
MOST_KNOWN = 500  # images that a browser may say it has already
LONGEST_ID = 64
LARGEST = 2**63 - 1  # what a database holds as a whole number
HISTORY = 100
THUMBNAIL_PIXELS = 160
FOR_EVER = "private, max-age=31536000, immutable"


async def post_labels(request: Request) -> Response:
    """Store decisions; answer which are stored, the next images, the counts and the number of the last round."""
    ws = studio()
    try:
        person = read_person(secret(ws.data_dir), request.headers.get("x-studio-token", ""))
    except StudioError as problem:
        return PlainTextResponse(str(problem), status_code=401)
    if len(await request.body()) > MOST_BYTES:
        return PlainTextResponse(f"More than {MOST_BYTES} bytes in one request.", status_code=413)
    try:
        asked = read_request(await request.json())
    except (KeyError, TypeError, ValueError, RecursionError) as problem:
        words = f"The request cannot be read: {problem!r}".encode(errors="backslashreplace")
        return PlainTextResponse(words, status_code=400)
    try:
        answer = await run_in_threadpool(_answer, ws, person, asked)
    except StudioError as problem:  # a full disk, a locked database: nothing is refused, the browser asks again
        return PlainTextResponse(str(problem), status_code=503)
    labelled = BackgroundTask(workspace.start_if_due, ws, person.project_id) if answer["stored"] else None
    # Escapes alone: a lone half of a character, which JSON may bring in, cannot leave as UTF-8.
    return Response(dumps(answer, allow_nan=False), media_type="application/json", background=labelled)


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
    if len(have) > MOST_KNOWN:
        raise ValueError(f"{len(have)} images known; at most {MOST_KNOWN} can be named")
    queue: QueueName = {"ranked": "ranked", "evaluation": "evaluation"}[asked["queue"]]
    desk = str(asked.get("desk", ""))[:LONGEST_ID]
    want = min(MOST_IMAGES, _number(asked["want"]))
    return Asked(events, refused, queue, want, have, bool(asked.get("history")), desk)


def read_event(row: dict[str, Any]) -> LabelEvent:
    """A LabelEvent from JSON; KeyError, TypeError or ValueError where a field is missing or of a wrong kind."""
    event_id, undoes = row["event_id"], row.get("undoes")
    if row["kind"] not in ("label", "skip", "undo"):
        raise ValueError(f"kind {row['kind']!r}")
    if not isinstance(event_id, str) or not 1 <= len(event_id) <= LONGEST_ID:
        raise ValueError(f"event_id {event_id!r}")
    if undoes is not None and not isinstance(undoes, str):
        raise TypeError(f"undoes {undoes!r}")
    numbers = {name: _number(row[name]) for name in ("class_id", "milliseconds", "round") if row.get(name) is not None}
    return LabelEvent(event_id, _number(row["image_id"]), row["kind"], undoes=undoes, **numbers)


def _number(value: Any) -> int:
    if type(value) is not int or abs(value) > LARGEST:  # neither True nor 1.5, which would be another image's id
        raise ValueError(f"{value!r} is no whole number of 64 bits")
    return value


def _answer(ws: Workspace, person: Person, asked: Asked) -> dict[str, Any]:
    stored, refused = _store(ws, person, asked.events)
    items = _next(ws, person.project_id, asked)
    key = secret(ws.data_dir)
    return {
        "stored": stored,
        "refused": asked.refused + refused,
        "items": [_item(key, person.project_id, item) for item in items],
        "classes": [asdict(one) for one in workspace.classes(ws, person.project_id)],
        "counts": _counts(ws, person.project_id),
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
    """`round`: the number of the newest finished round, whose ranking the queue follows, 0 before the first; `trouble`:
    what to say where the newest round of all has no result."""
    rounds = workspace.rounds(ws, project_id)
    number = max((one.number for one in rounds if one.state == "done"), default=0)
    if rounds and rounds[-1].state in ("failed", "interrupted"):
        found = rounds[-1]
        return {"round": number, "trouble": f"Round {found.number} {found.state}; the Rounds page says why."}
    return {"round": number, "trouble": ""}


def _counts(ws: Workspace, project_id: int) -> dict[str, Any]:
    """Labels by class in both queues; `since` the last round began, and the `batch` meant for the next."""
    found = workspace.counts(ws, project_id)
    batch = next(one.settings["batch"] for one in workspace.projects(ws) if one.id == project_id)
    return {
        "pool": dict(found.pool),
        "evaluation": dict(found.evaluation),
        "since": found.since_round,
        "batch": batch,
    }


def _history(ws: Workspace, person: Person, queue: str) -> list[dict[str, Any]]:
    """The person's last decisions in this queue, the last one last, each with its image: a reloaded page can undo."""
    split = "evaluation" if queue == "evaluation" else "pool"
    key = secret(ws.data_dir)
    rows = []
    for past in reversed(workspace.recent(ws, person.project_id, annotator=person.name, limit=HISTORY)):
        image = workspace.image(ws, past.image_id)
        if image.split == split:
            decision = {name: getattr(past, name) for name in ("event_id", "image_id", "kind", "class_id")}
            rows.append({**decision, "item": _past_item(key, image)})
    return rows


def _past_item(key: str, image: Image) -> dict[str, Any]:
    item = QueueItem(
        image.id, image.fingerprint, image.path, image.width, image.height, 0, None, None, None, None, why=""
    )
    return _item(key, image.project_id, item)


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
    row["id"] = row.pop("image_id")
    row["url"] = image_url(key, project_id, item.image_id, row.pop("fingerprint"), "full")
    return row


def get_image(request: Request) -> Response:
    """The bytes of an image, "full" or "thumbnail": 403 without this server's signature, 422 where unreadable."""
    ws = studio()
    image_id, size = request.path_params["image_id"], request.path_params["size"]
    project_id = request.query_params.get("project", "")
    signature = request.query_params.get("signature", "")
    known = project_id.isdecimal() and size in ("full", "thumbnail")
    if not known or not image_allowed(secret(ws.data_dir), int(project_id), image_id, size, signature):
        return PlainTextResponse("This address was not made by this Studio.", status_code=403)
    try:
        if workspace.image(ws, image_id).project_id != int(project_id):
            return PlainTextResponse("This image belongs to another project.", status_code=403)
        file = workspace.image_file(ws, image_id)
        body, media_type = _thumbnail(file) if size == "thumbnail" else full(file)
    except StudioError as problem:
        return PlainTextResponse(str(problem), status_code=422)
    return Response(
        body, media_type=media_type, headers={"Cache-Control": FOR_EVER, "X-Content-Type-Options": "nosniff"}
    )


@lru_cache(maxsize=2000)
def _thumbnail(file: Path) -> tuple[bytes, str]:
    return thumbnail(file, THUMBNAIL_PIXELS)


def get_export(request: Request) -> Response:
    """The labels of a project as CSV, streamed while it is read; 403 without this server's signature."""
    ws = studio()
    project_id, signature = request.path_params["project_id"], request.query_params.get("signature", "")
    if not export_allowed(secret(ws.data_dir), project_id, signature):
        return PlainTextResponse("This address was not made by this Studio.", status_code=403)
    name = next((one.name for one in workspace.projects(ws) if one.id == project_id), "project")
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}%20labels.csv"
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
    return StreamingResponse(workspace.export_csv(ws, project_id), media_type="text/csv", headers=headers)


ROUTES = [
    Route("/api/labels", post_labels, methods=["POST"]),
    Route("/api/images/{image_id:int}/{size}", get_image, methods=["GET"]),
    Route("/api/exports/{project_id:int}", get_export, methods=["GET"]),
]
