"""The route by which a log of who changed what leaves as a table."""

from datetime import datetime
from typing import get_args

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from vabal_core import workspace
from vabal_core.types import StudioError
from vabal_core.ui.api.endpoint import visit_of_address
from vabal_core.ui.api.files import leaving
from vabal_core.ui.api.numbers import number_in
from vabal_core.ui.app.failures import refusal
from vabal_core.ui.app.studio import studio
from vabal_core.workspace import LogFilter


def get_trail(request: Request) -> Response:
    """A log as a CSV file, streamed while it is read: 403 without this server's signature or for somebody who may not
    see it, 401 after the session. The address says what of it: of (a person), kind, class,
    image, since and until."""
    ws, project_id, trail = studio(), request.path_params["project_id"], request.path_params["trail"]
    if trail not in get_args(workspace.TrailOf):
        return PlainTextResponse("There is no such log.", status_code=404)
    try:
        actor = visit_of_address(ws, request).actor
        return leaving(workspace.export_trail(ws, actor, project_id, trail, log_filter(request.query_params)))
    except StudioError as problem:
        return refusal(problem)


def log_filter(query: QueryParams) -> LogFilter:
    """What an address asks for of a log, as `trail_url` writes it."""
    times = {name: datetime.fromisoformat(query[name]) for name in ("since", "until") if query.get(name)}
    texts = {name: query.get(name, "") for name in ("kind", "image")}
    return LogFilter(person=query.get("of", ""), **texts, **times, class_id=number_in(query.get("class", "")))


TRAIL_ROUTES = [Route("/api/audit/{project_id:id}/{trail}", get_trail, methods=["GET"])]
