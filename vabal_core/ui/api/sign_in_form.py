"""The forms of signing in, as pages of their own, and the cookies of whoever is let in by one.

Not Streamlit's pages: an answer to a form can give the browser a cookie that no script reads.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import parse_qsl

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar
from jinja2 import Environment, FileSystemLoader, Template
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from vabal_core import workspace
from vabal_core.types import Account, Busy, NotSignedIn, StudioError
from vabal_core.ui.api.endpoint import limiter, read_body
from vabal_core.ui.app.studio import studio
from vabal_core.ui.signing import (
    Session,
    read_trust,
    secret,
    session_cookie,
    session_cookie_name,
    trust_cookie,
    trust_cookie_name,
)

FOLDER = Path(__file__).parent
LOGO = FOLDER.parent / "app" / "logo.svg"
PAGES = "./"  # from the address of a form: where the Studio's pages begin
TRUST_SECONDS = 90 * 24 * 3600
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
    """`link`: (address, words) of a way on from here that sends nothing."""

    title: str
    words: str = ""
    button: str = ""
    fields: tuple[Field, ...] = ()
    link: tuple[str, str] | None = None


_hashing: RunVar[CapacityLimiter] = RunVar("threads that look at passwords")  # of the server's event loop


async def form_fields(request: Request) -> Mapping[str, str]:
    """What was typed into the form; nothing where it is longer than any request may be, or no text."""
    content = await read_body(request)
    return dict(parse_qsl((content or b"").decode(errors="replace"), keep_blank_values=True))


def form_page(form: Form, problem: str = "", status: int = 200, name: str = "") -> Response:
    """The form, with what is wrong and the `name` that was typed already."""
    logo = LOGO.read_text(encoding="utf-8")
    text = _template().render(form=form, problem=problem, name=name, logo=logo)
    return HTMLResponse(text, status_code=status, headers={"Cache-Control": "no-store"})


async def let_in_by(request: Request, form: Form, prove: Callable[[], Account], name: str = "") -> Response:
    """On to the pages, with cookies, as the account that `prove` returns; or the form again, with what is wrong."""
    threads = limiter(_hashing, HASHING_THREADS)
    if threads.statistics().tasks_waiting > MAX_WAITING:
        return form_page(form, "Too many people sign in just now. Try again in a moment.", 429, name)
    try:
        account = await to_thread.run_sync(prove, limiter=threads)
    except StudioError as problem:
        status = next((status for kind, status in STATUSES.items() if isinstance(problem, kind)), 400)
        return form_page(form, str(problem), status, name)
    response = RedirectResponse(PAGES, status_code=303)
    key, database = secret(studio().data_dir), workspace.database_identity(studio())
    session = session_cookie(key, Session(database=database, name=account.name, began=time.time()))
    _keep(request, response, session_cookie_name(key, database), session, int(workspace.SESSION_SECONDS))
    trust = trust_cookie(key, database, account.name)
    _keep(request, response, trust_cookie_name(key, database, account.name), trust, TRUST_SECONDS)
    return response


def trusted_number(request: Request, name: str) -> str:
    """The number under which this browser is trusted with the name; "" where nobody has signed in so by it."""
    key, database = secret(studio().data_dir), workspace.database_identity(studio())
    return read_trust(key, database, name, request.cookies.get(trust_cookie_name(key, database, name), ""))


def _keep(request: Request, response: Response, name: str, value: str, seconds: int) -> None:
    is_secure = "https" in (request.url.scheme, request.headers.get("x-forwarded-proto"))  # to a proxy, or to us
    response.set_cookie(name, value, max_age=seconds, httponly=True, samesite="strict", secure=is_secure)


@lru_cache(maxsize=1)
def _template() -> Template:
    return Environment(loader=FileSystemLoader(FOLDER / "templates"), autoescape=True).get_template("sign_in.html")
