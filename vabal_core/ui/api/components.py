"""The route that hands out the components' JavaScript."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from vabal_core.ui.components.modules import ADDRESS, FILES, VERSION

HEADERS = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}


async def get_component(request: Request) -> Response:
    """One of FILES in this version; 404 for any other name or version."""
    text = FILES.get(request.path_params["name"])
    if text is None or request.path_params["version"] != VERSION:
        return PlainTextResponse("This Studio has no such component. Reload the page.", status_code=404)
    return Response(text, media_type="text/javascript", headers=HEADERS)


COMPONENT_ROUTES = [Route(ADDRESS + "/{version}/{name}", get_component, methods=["GET"])]
