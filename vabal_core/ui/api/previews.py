"""The route that shows images of an import that is not written yet, under addresses that the page has signed."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from vabal_core import workspace
from vabal_core.types import Scale, StudioError
from vabal_core.ui.app.studio import studio
from vabal_core.ui.signing import preview_allowed, secret

HEADERS = {"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"}


def get_preview(request: Request) -> Response:
    """A thumbnail of the image `file`: 403 without this server's signature, 422 where it cannot be read."""
    file, shown, signature = (request.query_params.get(name, "") for name in ("file", "scale", "signature"))
    if not preview_allowed(secret(studio().data_dir), file, shown, signature):
        return PlainTextResponse("This address was not made by this Studio. Reload the page.", status_code=403)
    low, _, high = shown.partition(":")
    try:
        body, media_type = workspace.preview(Path(file), Scale(low=float(low), high=float(high)) if shown else None)
    except StudioError as problem:
        return PlainTextResponse(str(problem), status_code=422)
    return Response(body, media_type=media_type, headers=HEADERS)


PREVIEW_ROUTES = [Route("/api/previews", get_preview, methods=["GET"])]
