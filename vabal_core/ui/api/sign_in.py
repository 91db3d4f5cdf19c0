"""The pages by which a person signs in with an account of the Studio's own, or sets a password by a link.

Pages of their own, not Streamlit's: an answer to a form can give the browser a cookie that no script reads.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path
from urllib.parse import parse_qsl

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar
from jinja2 import Environment, FileSystemLoader, Template
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from vabal_core import workspace
from vabal_core.types import Account, Busy, NotSignedIn, StudioError
from vabal_core.ui.api.endpoint import in_waiting_thread, limiter, read_body
from vabal_core.ui.app.login import login
from vabal_core.ui.app.studio import studio
from vabal_core.ui.signing import Session, read_invitation, secret, session_cookie, session_cookie_name

FOLDER = Path(__file__).parent
LOGO = FOLDER.parent / "app" / "logo.svg"
PAGES = "./"  # from the address of a form: where the Studio's pages begin
NOT_HERE = "People do not sign in here by a password."
# Each try takes 64 MiB and a tenth of a second of a core: so few at once, and so many that wait for a turn.
HASHING_THREADS, MAX_WAITING = 2, 40
STATUSES: dict[type[Exception], int] = {NotSignedIn: 401, Busy: 429}


@dataclass(frozen=True, kw_only=True)
class Field:
    label: str
    name: str
    type: str
    autocomplete: str


@dataclass(frozen=True, kw_only=True)
class Form:
    title: str
    words: str
    button: str
    fields: tuple[Field, ...]


SIGN_IN = Form(
    title="Sign in",
    words="",
    button="Sign in",
    fields=(
        Field(label="Name", name="name", type="text", autocomplete="username"),
        Field(label="Password", name="password", type="password", autocomplete="current-password"),
    ),
)
CLOSED = Form(title="This link is closed", words="", button="", fields=())
NEW_PASSWORD = (
    Field(label="Password, of 10 characters or more", name="password", type="password", autocomplete="new-password"),
    Field(label="The same once more", name="again", type="password", autocomplete="new-password"),
)

_hashing: RunVar[CapacityLimiter] = RunVar("threads that look at passwords")  # of the server's event loop


async def get_sign_in(request: Request) -> Response:
    """The form. 404 where people do not sign in here."""
    return _page(SIGN_IN) if login() == "local" else _no_page()


async def post_sign_in(request: Request) -> Response:
    """Sign in: a cookie, and on to the pages. 401 where name and password do not fit, 429 after too many wrong ones."""
    if login() != "local":
        return _no_page()
    fields = await _fields(request)
    prove = partial(workspace.check_password, studio(), fields.get("name", ""), fields.get("password", ""))
    return await _sign_in(request, SIGN_IN, prove)


async def get_invitation(request: Request) -> Response:
    """The form by which whoever has the link sets a password. 401 for a link that opens nothing any more."""
    try:
        return _page(await in_waiting_thread(_invitation_form, request))
    except StudioError as problem:
        return _page(CLOSED, str(problem), 401)


async def post_invitation(request: Request) -> Response:
    """Set the password, once, and sign in. 401 as above, 400 for a password that will not do."""
    fields = await _fields(request)
    try:
        form = await in_waiting_thread(_invitation_form, request)
    except StudioError as problem:
        return _page(CLOSED, str(problem), 401)
    return await _sign_in(request, form, partial(_accept, request, fields))


def _invitation_form(request: Request) -> Form:
    name, invited_at = _link(request)
    workspace.invited_account(studio(), name, invited_at)
    words = f"Choose a password. From now on you sign in with it, under the name {name}."
    return Form(title=f"Welcome, {name}", words=words, button="Set the password", fields=NEW_PASSWORD)


def _accept(request: Request, fields: Mapping[str, str]) -> Account:
    password = fields.get("password", "")
    if password != fields.get("again"):
        raise StudioError("The two passwords differ. Type the same one twice.")
    return workspace.accept_invitation(studio(), *_link(request), password)


def _link(request: Request) -> tuple[str, datetime]:
    ws = studio()
    if login() != "local":
        raise NotSignedIn(NOT_HERE)
    return read_invitation(secret(ws.data_dir), workspace.database_identity(ws), request.query_params.get("link", ""))


async def _sign_in(request: Request, form: Form, prove: Callable[[], Account]) -> Response:
    """On to the pages, with a cookie, as the account that `prove` returns; or the form again, with what is wrong."""
    threads = limiter(_hashing, HASHING_THREADS)
    if threads.statistics().tasks_waiting > MAX_WAITING:
        return _page(form, "Too many people sign in just now. Try again in a moment.", 429)
    try:
        account = await to_thread.run_sync(prove, limiter=threads)
    except StudioError as problem:
        status = next((status for kind, status in STATUSES.items() if isinstance(problem, kind)), 400)
        return _page(form, str(problem), status)
    key, database = secret(studio().data_dir), workspace.database_identity(studio())
    response = RedirectResponse(PAGES, status_code=303)
    response.set_cookie(
        session_cookie_name(key, database),
        session_cookie(key, Session(database=database, name=account.name, began=time.time())),
        max_age=int(workspace.SESSION_SECONDS),
        httponly=True,
        samesite="strict",
        secure="https" in (request.url.scheme, request.headers.get("x-forwarded-proto")),  # to a proxy, or to us
    )
    return response


async def _fields(request: Request) -> Mapping[str, str]:
    """What was typed into the form; nothing where it is longer than any request may be, or no text."""
    content = await read_body(request)
    return dict(parse_qsl((content or b"").decode(errors="replace"), keep_blank_values=True))


def _page(form: Form, problem: str = "", status: int = 200) -> Response:
    text = _template().render(form=form, problem=problem, logo=LOGO.read_text(encoding="utf-8"))
    return HTMLResponse(text, status_code=status, headers={"Cache-Control": "no-store"})


def _no_page() -> Response:
    return PlainTextResponse(NOT_HERE, status_code=404)


@lru_cache(maxsize=1)
def _template() -> Template:
    return Environment(loader=FileSystemLoader(FOLDER / "templates"), autoescape=True).get_template("sign_in.html")


SIGN_IN_ROUTES = [
    Route("/sign-in", get_sign_in, methods=["GET"]),
    Route("/sign-in", post_sign_in, methods=["POST"]),
    Route("/invitation", get_invitation, methods=["GET"]),
    Route("/invitation", post_invitation, methods=["POST"]),
]
