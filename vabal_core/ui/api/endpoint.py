"""How a browser asks: who it is, how much it may say, and what becomes of a question that makes no sense."""

from collections.abc import Callable
from functools import partial
from ipaddress import ip_address
from json import dumps, loads
from typing import Annotated, Any, TypeVar

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from vabal_core import workspace
from vabal_core.types import StudioError
from vabal_core.ui.api.numbers import MAX_ID
from vabal_core.ui.app.failures import refusal
from vabal_core.ui.app.studio import studio
from vabal_core.ui.signing import Session, read_session, secret
from vabal_core.workspace import Workspace

MAX_POST_BYTES = 1_000_000
WAITING_THREADS = 100  # a desk has one request under way: as many desks may wait at once
PATIENCE_SECONDS = 8.0  # a browser takes the server for away after 15 (shared/request.js), and says it all again
MAX_INTEGER = 2**63 - 1  # what a database holds as a whole number

# Neither True nor 1.5, which would be another image's id, nor more than a database holds.
Integer = Annotated[int, Field(ge=-MAX_INTEGER, le=MAX_INTEGER)]
Id = Annotated[int, Field(ge=-MAX_ID, le=MAX_ID)]


def _storable(text: str) -> str:
    text.encode()  # a lone half of a character, which JSON may bring in, cannot be stored: a ValueError here
    if "\0" in text:
        raise ValueError("it holds the character 0, which cannot be stored")
    return text


Text = Annotated[str, AfterValidator(_storable)]


class Body(BaseModel):
    """The JSON of a request. A value of another kind is refused, never made one; what is unknown is passed over."""

    model_config = ConfigDict(strict=True, frozen=True)


T = TypeVar("T")
BodyT = TypeVar("BodyT", bound=Body)
JsonObject = dict[str, Any]

_limiter: RunVar[CapacityLimiter] = RunVar("threads that may wait for the database")  # of the server's event loop


async def respond(
    request: Request,
    body_type: type[BodyT],
    answer: Callable[[Workspace, Session, BodyT], JsonObject],
    after: Callable[[Workspace, Session, JsonObject], BackgroundTask | None] = lambda *_: None,
) -> Response:
    """The answer, as JSON, to the request's JSON, read as `body_type`; `after` names work to be done once it is sent.

    401 without a token of this Studio, 413 where too much is said, 400 where it is no such body, 403 where the person
    may not do that, 404 where its project is gone, and 503 where the database cannot answer now: nothing is refused
    then, the browser asks again.
    """
    ws = studio()
    try:
        session = read_session(secret(ws.data_dir), request.headers.get("x-studio-token", ""))
    except StudioError as problem:
        return PlainTextResponse(str(problem), status_code=401)
    content = await read_body(request)
    if content is None:
        return PlainTextResponse(f"More than {MAX_POST_BYTES} bytes in one request.", status_code=413)
    try:
        request_body = body_type.model_validate(loads(content))
    except ValidationError as problem:
        return PlainTextResponse(f"The request cannot be read: {describe(problem)}", status_code=400)
    except (ValueError, RecursionError) as problem:
        return PlainTextResponse(f"The request cannot be read: {problem}", status_code=400)
    try:
        body = await in_waiting_thread(answer, ws, session, request_body)
    except StudioError as problem:
        return refusal(problem)
    # Escapes alone: a lone half of a character, which JSON may bring in, cannot leave as UTF-8.
    text = dumps(body, allow_nan=False)
    return Response(text, media_type="application/json", background=after(ws, session, body))


async def in_waiting_thread(function: Callable[..., T], *arguments: Any) -> T:
    """What `function` returns, in a thread of those that may wait for the database: none of them is one that images
    and files are served by. It waits no longer than a browser waits for the answer."""
    with workspace.patience(PATIENCE_SECONDS):
        return await to_thread.run_sync(partial(function, *arguments), limiter=_waiting_threads())


def _waiting_threads() -> CapacityLimiter:
    try:
        return _limiter.get()
    except LookupError:
        _limiter.set(CapacityLimiter(WAITING_THREADS))
        return _limiter.get()


async def read_body(request: Request) -> bytes | None:
    """The body, or None where it is longer than MAX_POST_BYTES: no more of it than that is ever held."""
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > MAX_POST_BYTES:
            return None
    return bytes(content)


def is_local(request: Request) -> bool:
    """Whether the browser runs on the server's own machine."""
    try:
        return bool(request.client) and ip_address(request.client.host).is_loopback
    except ValueError:  # no address: a socket's name, say
        return False


def describe(problem: ValidationError) -> str:
    """What does not fit in a body, and where, without the values themselves."""
    errors = problem.errors(include_url=False, include_input=False, include_context=False)
    return "; ".join(": ".join([*map(str, error["loc"]), error["msg"]]) for error in errors)
