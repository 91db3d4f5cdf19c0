"""The route of the class guide: pins and notes in, the whole guide out."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from vabal_core import workspace
from vabal_core.types import GuideEntry, Image, PinRole, StudioError
from vabal_core.ui.api.endpoint import respond, whole_number
from vabal_core.ui.signing import Session, image_url, secret
from vabal_core.workspace import Workspace

MAX_CHANGES = 100  # pins, or notes, in one request
ROLES: dict[Any, PinRole] = {"example": "example", "counter": "counter", "none": "none"}


@dataclass(frozen=True)
class GuideChanges:
    """What to change: (class id, image id, role) of pins, (class id, note) of notes. Both empty: only read."""

    pins: list[tuple[int, int, PinRole]]
    notes: list[tuple[int, str]]


async def post_guide(request: Request) -> Response:
    """Change pins and notes of the classes; answer the guide as it is then, and the changes that were refused."""
    return await respond(request, read_changes, _answer)


def read_changes(body: Any) -> GuideChanges:
    """Read the JSON of a guide; KeyError, TypeError or ValueError where it makes no sense."""
    if not isinstance(body, dict):
        raise TypeError(f"{type(body).__name__} in place of an object")
    pins, notes = body.get("pins", []), body.get("notes", [])
    if len(pins) > MAX_CHANGES or len(notes) > MAX_CHANGES:
        raise ValueError(f"{len(pins)} pins and {len(notes)} notes; at most {MAX_CHANGES} of each at once")
    return GuideChanges(
        [(whole_number(row["class_id"]), whole_number(row["image_id"]), ROLES[row["role"]]) for row in pins],
        [(whole_number(row["class_id"]), _text(row["note"])) for row in notes],
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    value.encode()  # a lone half of a character cannot be stored: a ValueError here
    return value


def _answer(ws: Workspace, session: Session, changes: GuideChanges) -> dict[str, Any]:
    project_id, refused = session.project_id, []
    class_ids = {defect_class.id for defect_class in workspace.classes(ws, project_id)}
    set_note = partial(workspace.set_note, ws, session.actor)
    for class_id, image_id, role in changes.pins:
        refused += _refusal(workspace.pin, ws, session.actor, project_id, class_id, image_id, role)
    for class_id, note in changes.notes:
        # A class of another project is none of this session's.
        refused += _refusal(set_note, class_id, note) if class_id in class_ids else [f"no class has the id {class_id}"]
    key = secret(ws.data_dir)
    return {
        "classes": [_entry(key, entry) for entry in workspace.read_class_guide(ws, project_id)],
        "refused": [{"reason": reason} for reason in refused],
    }


def _refusal(verb: Callable[..., None], *arguments: Any) -> list[str]:
    try:
        verb(*arguments)
    except (StudioError, ValueError) as problem:
        return [str(problem)]
    return []


def _entry(key: str, entry: GuideEntry) -> dict[str, Any]:
    fields = {"id": entry.class_id, "name": entry.name, "key": entry.key, "note": entry.note}
    counters = _pictures(key, entry.counter_examples)
    return {**fields, "examples": _pictures(key, entry.examples), "counter_examples": counters}


def _pictures(key: str, images: Iterable[Image]) -> list[dict[str, Any]]:
    return [
        {
            "id": image.id,
            "path": image.path,
            "url": _address(key, image, "screen"),
            "thumbnail": _address(key, image, "thumbnail"),
        }
        for image in images
    ]


def _address(key: str, image: Image, size: str) -> str:
    return image_url(key, image.project_id, image.id, image.fingerprint, size)


GUIDE_ROUTES = [Route("/api/guide", post_guide, methods=["POST"])]
