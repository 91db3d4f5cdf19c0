"""The route that shows images of an import that is not written yet, under addresses that the page has signed."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from vabal_core import workspace
from vabal_core.types import Scale, StudioError
from vabal_core.ui.api.endpoint import visit_of_address
from vabal_core.ui.app.failures import REFUSED, refusal
from vabal_core.ui.app.studio import studio

HEADERS = {"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"}


def get_preview(request: Request) -> Response:
    """A thumbnail of the image `file`: 403 without this server's signature, or for somebody who may not import, 401
    after the session, 422 where it cannot be read."""
    file, shown = (request.query_params.get(name, "") for name in ("file", "scale"))
    low, _, high = shown.partition(":")
    try:
        workspace.require_right(visit_of_address(studio(), request).actor, "import")
        body, media_type = workspace.preview(Path(file), Scale(low=float(low), high=float(high)) if shown else None)
    except REFUSED as problem:
        return refusal(problem)
    except StudioError as problem:
        return PlainTextResponse(str(problem), status_code=422)
    return Response(body, media_type=media_type, headers=HEADERS)


PREVIEW_ROUTES = [Route("/api/previews", get_preview, methods=["GET"])]
