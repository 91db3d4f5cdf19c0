"""The route by which the labelling desk starts a round."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from vabal_core import workspace
from vabal_core.ui.api.endpoint import Body, Visit, respond
from vabal_core.workspace import Workspace


class RoundBody(Body):
    """Nothing is to be said: the project's settings tell how the round goes."""


async def post_round(request: Request) -> Response:
    """Start a round as the project's settings say; answer its number. 503 with the reason where none can start."""
    return await respond(request, RoundBody, _answer)


def _answer(ws: Workspace, visit: Visit, _: RoundBody) -> dict[str, Any]:
    return {"running": workspace.start_usual_round(ws, visit.actor, visit.session.project_id).number}


ROUND_ROUTES = [Route("/api/rounds", post_round, methods=["POST"])]
