"""The routes of whoever keeps the server running: whether it can work, and what it counts of itself."""

from dataclasses import asdict

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from vabal_core import workspace
from vabal_core.types import StudioError
from vabal_core.ui.api.measures import registry
from vabal_core.ui.app.studio import studio


async def get_health(request: Request) -> Response:
    """200 where labels can be stored now; 503 and what is wrong, in words, where they cannot."""
    try:
        health = await run_in_threadpool(lambda: workspace.read_health(studio()))
    except StudioError as problem:
        return JSONResponse({"status": "failing", "reason": str(problem)}, status_code=503)
    status = "failing" if health.trouble else "ok"
    return JSONResponse({"status": status, **asdict(health)}, status_code=503 if health.trouble else 200)


async def get_metrics(request: Request) -> Response:
    """In Prometheus' text format."""
    content = await run_in_threadpool(generate_latest, registry)
    return Response(content, headers={"content-type": CONTENT_TYPE_LATEST})


HEALTH_ROUTES = [
    Route("/healthz", get_health, methods=["GET"]),
    Route("/metrics", get_metrics, methods=["GET"]),
]
