"""The routes that hand out files: images in three sizes, what is exported, and the report of a project."""

from dataclasses import replace
from itertools import chain
from urllib.parse import quote

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from vabal_core import workspace
from vabal_core.types import ExportRequest, StudioError
from vabal_core.ui.api.endpoint import limiter, visit_of_address
from vabal_core.ui.api.numbers import number_in
from vabal_core.ui.app.failures import REFUSED, refusal
from vabal_core.ui.app.studio import studio

YEAR_SECONDS = 31_536_000  # how long a browser may keep an image where nobody signs in
# Twenty desks that open fetch 800 pictures ahead: more threads make none of them sooner, and each takes a share of the
# interpreter from the labels.
PICTURE_THREADS = 4

_picturing: RunVar[CapacityLimiter] = RunVar("threads that make pictures")  # of the server's event loop


async def get_image(request: Request) -> Response:
    """The bytes of an image in one of its sizes: 403 without this server's signature, 401 after the session, 404 where
    it is gone, 422 where unreadable."""
    return await to_thread.run_sync(_image, request, limiter=limiter(_picturing, PICTURE_THREADS))


def _image(request: Request) -> Response:
    ws = studio()
    image_id, size = request.path_params["image_id"], request.path_params["size"]
    try:
        visit = visit_of_address(ws, request)
        body, media_type = workspace.picture(ws, image_id, size, project_id=visit.session.project_id)
    except REFUSED as problem:
        return refusal(problem)
    except StudioError as problem:
        return PlainTextResponse(str(problem), status_code=422)
    seconds = workspace.SESSION_SECONDS if visit.session.began else YEAR_SECONDS
    kept = f"private, max-age={seconds:.0f}, immutable"
    return Response(body, media_type=media_type, headers={"Cache-Control": kept, "X-Content-Type-Options": "nosniff"})


def get_export(request: Request) -> Response:
    """An export of a project, streamed while it is read: 403 without this server's signature or for somebody who may
    not export, 401 after the session, 422 for a choice that cannot be. The address says what is chosen: format,
    content, split, class (its number) and by, the last two as often as there are, and excel=1."""
    ws, project_id = studio(), request.path_params["project_id"]
    try:
        actor = visit_of_address(ws, request).actor
        return leaving(workspace.export_project(ws, actor, project_id, export_request(request.query_params)))
    except REFUSED as problem:
        return refusal(problem)
    except (StudioError, ValueError) as problem:
        return PlainTextResponse(str(problem), status_code=422)


def get_report(request: Request) -> Response:
    """The report of a project as one HTML file: 403 as for an export, 401 after the session, 422 where there is
    none to make. The address says who asks for it (made_by), and names=1 that people are named."""
    ws, project_id, query = studio(), request.path_params["project_id"], request.query_params
    try:
        actor = replace(visit_of_address(ws, request).actor, name=query.get("made_by", ""))
        return leaving(workspace.export_report(ws, actor, project_id, names=query.get("names") == "1"))
    except REFUSED as problem:
        return refusal(problem)
    except (StudioError, ValueError) as problem:
        return PlainTextResponse(str(problem), status_code=422)


def leaving(export: workspace.Export) -> Response:
    """The export, once its first piece is made: what goes wrong until then can still be said."""
    pieces = iter(export.pieces)
    first = next(pieces, b"")
    disposition = f"attachment; filename*=UTF-8''{quote(export.name, safe='')}"
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return StreamingResponse(chain([first], pieces), media_type=export.media_type, headers=headers)


def export_request(query: QueryParams) -> ExportRequest:
    """What an address of an export asks for; ValueError where a class is no number."""
    choices = {name: query[name] for name in ("format", "content", "split") if query.get(name)}
    class_ids = tuple(map(_class_id, query.getlist("class")))
    people = tuple(query.getlist("by"))
    return ExportRequest(**choices, class_ids=class_ids, annotators=people, excel=query.get("excel") == "1")


def _class_id(text: str) -> int:
    number = number_in(text)
    if number is None:
        raise ValueError("A class in the address is no number of a class.")
    return number


FILE_ROUTES = [
    Route("/api/images/{image_id:id}/{size}", get_image, methods=["GET"]),
    Route("/api/exports/{project_id:id}", get_export, methods=["GET"]),
    Route("/api/reports/{project_id:id}", get_report, methods=["GET"]),
]
