"""The route of the class guide: pins and notes in, the whole guide out."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Annotated, Any

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from vabal_core import workspace
from vabal_core.types import GuideEntry, Image, PinRole, StudioError
from vabal_core.ui.addresses import image_url
from vabal_core.ui.api.endpoint import Body, Id, Text, Visit, respond
from vabal_core.workspace import Workspace

Address = Callable[[Image, str], str]

MAX_CHANGES = 100  # pins, or notes, in one request


class PinBody(Body):
    class_id: Id
    image_id: Id
    role: PinRole


class NoteBody(Body):
    class_id: Id
    note: Text


class GuideBody(Body):
    """What to change. Both empty: only read."""

    pins: Annotated[list[PinBody], Field(max_length=MAX_CHANGES)] = []
    notes: Annotated[list[NoteBody], Field(max_length=MAX_CHANGES)] = []


async def post_guide(request: Request) -> Response:
    """Change pins and notes of the classes; answer the guide as it is then, and the changes that were refused."""
    return await respond(request, GuideBody, _answer)


def _answer(ws: Workspace, visit: Visit, body: GuideBody) -> dict[str, Any]:
    project_id, refused = visit.session.project_id, []
    class_ids = {defect_class.id for defect_class in workspace.classes(ws, project_id)}
    set_note = partial(workspace.set_note, ws, visit.actor)
    for pin in body.pins:
        refused += _refusal(workspace.pin, ws, visit.actor, project_id, pin.class_id, pin.image_id, pin.role)
    for note in body.notes:
        # A class of another project is none of this session's.
        ours = note.class_id in class_ids
        refused += _refusal(set_note, note.class_id, note.note) if ours else [f"no class has the id {note.class_id}"]
    scale = workspace.scale_name(workspace.require_project(ws, project_id))
    address = partial(_address, visit, scale)
    return {
        "classes": [_entry(address, entry) for entry in workspace.read_class_guide(ws, project_id)],
        "refused": [{"reason": reason} for reason in refused],
    }


def _refusal(verb: Callable[..., None], *arguments: Any) -> list[str]:
    try:
        verb(*arguments)
    except (StudioError, ValueError) as problem:
        return [str(problem)]
    return []


def _entry(address: Address, entry: GuideEntry) -> dict[str, Any]:
    fields = {"id": entry.class_id, "name": entry.name, "key": entry.key, "note": entry.note}
    counters = _pictures(address, entry.counter_examples)
    return {**fields, "examples": _pictures(address, entry.examples), "counter_examples": counters}


def _pictures(address: Address, images: Iterable[Image]) -> list[dict[str, Any]]:
    return [
        {
            "id": image.id,
            "path": image.path,
            "url": address(image, "screen"),
            "thumbnail": address(image, "thumbnail"),
        }
        for image in images
    ]


def _address(visit: Visit, scale: str, image: Image, size: str) -> str:
    return image_url(visit.key, visit.session, image.id, image.fingerprint, size, scale)


GUIDE_ROUTES = [Route("/api/guide", post_guide, methods=["POST"])]
