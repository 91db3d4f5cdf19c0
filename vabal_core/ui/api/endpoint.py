"""How a browser asks: who it is, how much it may say, and what becomes of a question that makes no sense."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from ipaddress import ip_address
from json import dumps, loads
from pathlib import PurePosixPath
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from vabal_core import workspace
from vabal_core.types import Actor, NotAllowed, StudioError
from vabal_core.ui.addresses import session_of_address
from vabal_core.ui.api.numbers import MAX_ID
from vabal_core.ui.app.failures import refusal
from vabal_core.ui.app.login import let_in
from vabal_core.ui.app.navigation import MENU
from vabal_core.ui.app.studio import studio
from vabal_core.ui.signing import Session, read_session, secret
from vabal_core.workspace import Workspace

TOKEN = "x-studio-token"  # under which the decisions were made
PAGE_TOKEN = "x-studio-page"  # of the page that sends them, where that is another one
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


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A request that is let in: `session` of the page that sent it, `actor`: whose decisions it brings, `key`: what
    addresses are signed with."""

    session: Session
    actor: Actor
    key: str


T = TypeVar("T")
BodyT = TypeVar("BodyT", bound=Body)
JsonObject = dict[str, Any]

_waiting: RunVar[CapacityLimiter] = RunVar("threads that may wait for the database")  # of the server's event loop


async def respond(
    request: Request,
    body_type: type[BodyT],
    answer: Callable[[Workspace, Visit, BodyT], JsonObject],
    after: Callable[[Workspace, Visit, JsonObject], BackgroundTask | None] = lambda *_: None,
) -> Response:
    """The answer, as JSON, to the request's JSON, read as `body_type`; `after` names work to be done once it is sent.

    401 without a token of this Studio and of a session that goes on, 413 where too much is said, 400 where it is no
    such body, 403 where the person may not do that, 404 where its project is gone, and 503 where the database cannot
    answer now: nothing is refused then, the browser asks again.
    """
    ws = studio()
    try:
        visit = await in_waiting_thread(visit_of, ws, request.headers)
    except StudioError as problem:
        return refusal(problem)
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
        body = await in_waiting_thread(answer, ws, visit, request_body)
    except StudioError as problem:
        return refusal(problem)
    # Escapes alone: a lone half of a character, which JSON may bring in, cannot leave as UTF-8.
    text = dumps(body, allow_nan=False)
    return Response(text, media_type="application/json", background=after(ws, visit, body))


def visit_of(ws: Workspace, headers: Mapping[str, str]) -> Visit:
    """Whom these headers let in. The page's own session has to go on; what its browser kept meanwhile counts as made by
    whoever made it, in a session that may be over.

    NotSignedIn where nobody, or nobody any more, is signed in by them, or they are of another database; NotAllowed
    where the project is not theirs to see.
    """
    key, database = secret(ws.data_dir), workspace.database_identity(ws)
    token = headers.get(TOKEN, "")
    made_in = read_session(key, database, token)
    session = read_session(key, database, headers.get(PAGE_TOKEN, token))
    actor = let_in(ws, session)
    if made_in.project_id != session.project_id:
        raise NotAllowed("These decisions were made in another project than this page is about.")
    # Where nobody had to sign in, a page could give itself any name.
    author = session if session.began and not made_in.began else made_in
    actor = replace(actor, id=author.name, name=author.name, page=page_of(headers))
    return Visit(session=session, actor=actor, key=key)


def page_of(headers: Mapping[str, str]) -> str:
    """The page that a request was sent from; "" where it does not say one. A browser says it of every request to the
    site that the page is of (see the referrer policy in guard.py)."""
    name = PurePosixPath(urlsplit(headers.get("referer", "")).path).name
    return name if name in MENU else ""


def visit_of_address(ws: Workspace, request: Request) -> Visit:
    """Whom a signed address lets in. NotAllowed for one that was not signed here; else as `visit_of`."""
    key, database = secret(ws.data_dir), workspace.database_identity(ws)
    session = session_of_address(key, database, request.url.path, request.url.query)
    return Visit(session=session, actor=let_in(ws, session), key=key)


async def in_waiting_thread(function: Callable[..., T], *arguments: Any) -> T:
    """What `function` returns, in a thread of those that may wait for the database: none of them is one that images
    and files are served by. It waits no longer than a browser waits for the answer."""
    with workspace.patience(PATIENCE_SECONDS):
        return await to_thread.run_sync(partial(function, *arguments), limiter=limiter(_waiting, WAITING_THREADS))


def limiter(of: RunVar[CapacityLimiter], threads: int) -> CapacityLimiter:
    """That of the event loop that runs: at most so many threads at once."""
    try:
        return of.get()
    except LookupError:
        of.set(CapacityLimiter(threads))
        return of.get()


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
