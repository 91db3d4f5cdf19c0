"""How a browser asks: who it is, how much it may say, and what becomes of a question that makes no sense."""

from collections.abc import Callable
from ipaddress import ip_address
from json import dumps
from typing import Any, TypeVar

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from vabal_core.types import NotAllowed, StudioError
from vabal_core.ui.app.studio import studio
from vabal_core.ui.signing import Session, read_session, secret
from vabal_core.workspace import Workspace

MAX_POST_BYTES = 1_000_000
MAX_INTEGER = 2**63 - 1  # what a database holds as a whole number

RequestT = TypeVar("RequestT")
JsonObject = dict[str, Any]


async def respond(
    request: Request,
    read: Callable[[Any], RequestT],
    answer: Callable[[Workspace, Session, RequestT], JsonObject],
    after: Callable[[Workspace, Session, JsonObject], BackgroundTask | None] = lambda *_: None,
) -> Response:
    """The answer, as JSON, to what `read` makes of the request's JSON; `after` names work to be done once it is sent.

    401 without a token of this Studio, 413 where too much is said, 400 where `read` raises KeyError, TypeError or
    ValueError, 403 where the person may not do that, and 503 where the database cannot answer now: nothing is refused
    then, the browser asks again.
    """
    ws = studio()
    try:
        session = read_session(secret(ws.data_dir), request.headers.get("x-studio-token", ""))
    except StudioError as problem:
        return PlainTextResponse(str(problem), status_code=401)
    if len(await request.body()) > MAX_POST_BYTES:
        return PlainTextResponse(f"More than {MAX_POST_BYTES} bytes in one request.", status_code=413)
    try:
        parsed_request = read(await request.json())
    except (KeyError, TypeError, ValueError, RecursionError) as problem:
        explanation = f"The request cannot be read: {problem!r}".encode(errors="backslashreplace")
        return PlainTextResponse(explanation, status_code=400)
    try:
        body = await run_in_threadpool(answer, ws, session, parsed_request)
    except NotAllowed as problem:
        return PlainTextResponse(str(problem), status_code=403)
    except StudioError as problem:
        return PlainTextResponse(str(problem), status_code=503)
    # Escapes alone: a lone half of a character, which JSON may bring in, cannot leave as UTF-8.
    text = dumps(body, allow_nan=False)
    return Response(text, media_type="application/json", background=after(ws, session, body))


def is_local(request: Request) -> bool:
    """Whether the browser runs on the server's own machine."""
    try:
        return bool(request.client) and ip_address(request.client.host).is_loopback
    except ValueError:  # no address: a socket's name, say
        return False


def whole_number(value: Any) -> int:
    """`value` where it is a whole number that a database holds; ValueError elsewhere."""
    if type(value) is not int or abs(value) > MAX_INTEGER:  # neither True nor 1.5, which would be another image's id
        raise ValueError(f"{value!r} is no whole number of 64 bits")
    return value
