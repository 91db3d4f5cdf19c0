"""The route that takes files in, one a request, under addresses that the page has signed."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from vabal_core import workspace
from vabal_core.types import StudioError
from vabal_core.ui.api.endpoint import visit_of_address
from vabal_core.ui.app.failures import refusal
from vabal_core.ui.app.studio import studio


async def put_file(request: Request) -> Response:
    """Keep the body as the file `path` of the upload `batch`: 204, 403 without this server's signature or for
    somebody who may not import, 401 after the session, 400 for a path that leaves its folder, 507 where there is no
    room."""
    ws, owner = studio(), request.path_params["owner"]
    try:
        visit = await run_in_threadpool(visit_of_address, ws, request)
        workspace.require_right(visit.actor, "import")
    except StudioError as problem:
        return refusal(problem)
    upload_id = f"{owner}-{request.query_params.get('batch', '')}"
    try:
        with workspace.receive_file(ws, upload_id, request.query_params.get("path", "")) as file:
            async for piece in request.stream():
                await run_in_threadpool(file.write, piece)
    except ValueError as problem:
        return PlainTextResponse(str(problem), status_code=400)
    except StudioError as problem:
        return PlainTextResponse(str(problem), status_code=507)
    return Response(status_code=204)


UPLOAD_ROUTES = [Route("/api/uploads/{owner}", put_file, methods=["PUT"])]
