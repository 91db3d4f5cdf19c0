"""What goes wrong in a request: words and a status for the browser, a line in the log for whoever runs the Studio."""

import logging
import time

from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vabal_core.types import NotAllowed, NotSignedIn, StudioError, UnknownId

SLOW_SECONDS = 2.0
MAX_PATH_CHARACTERS = 200
REFUSED = (NotSignedIn, NotAllowed, UnknownId)  # whatever is asked: no second try helps
STATUSES: dict[type[Exception], int] = {  # the first that fits
    NotSignedIn: 401,
    NotAllowed: 403,
    UnknownId: 404,
    StudioError: 503,
}
UNFORESEEN = "The Studio failed at this; its log says why. What was saved before is kept."
log = logging.getLogger(__name__)


class Failures:
    """ASGI middleware: no error of a route reaches the server, which would answer without a word and log a page.

    A file that breaks off on its way ends the connection, so that nobody takes it for whole.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        status, began = 0, time.monotonic()

        async def noting(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self.app(scope, receive, noting)
        except ClientDisconnect:
            status = status or 499  # nobody is there to be answered
        except Exception as problem:
            broke_off = bool(status)
            answer = refusal(problem)
            log_failure(problem, scope, broke_off=broke_off)
            if not broke_off:
                await answer(scope, receive, noting)
        seconds = time.monotonic() - began
        if status >= 400 or seconds > SLOW_SECONDS:
            facts = {"method": scope["method"], "path": shown_path(scope), "status": status}
            log.info("request", extra=facts | {"milliseconds": round(1000 * seconds)})


def refusal(problem: Exception, otherwise: int = 500) -> PlainTextResponse:
    """The problem as an answer: in its own words where it has some. `otherwise`: the status of one that is no
    StudioError."""
    status = next((status for kind, status in STATUSES.items() if isinstance(problem, kind)), otherwise)
    return PlainTextResponse(UNFORESEEN if status == 500 else str(problem), status_code=status)


def shown_path(scope: Scope) -> str:
    return scope["path"][:MAX_PATH_CHARACTERS]


def log_failure(problem: Exception, scope: Scope, *, broke_off: bool) -> None:
    facts = {"method": scope["method"], "path": shown_path(scope), "broke_off": broke_off}
    if isinstance(problem, StudioError):
        log.warning("refused: %s", problem, extra=facts)
    else:
        log.error("a request failed", exc_info=problem, extra=facts)
