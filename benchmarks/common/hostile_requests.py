"""Hostile requests: to all routes, with forged tokens, from pages of other sites, and as uploads."""

from collections.abc import Callable, Iterator
from json import dumps
from typing import Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from common.hostile_cases import Case, flips
from vabal_core import workspace
from vabal_core.types import Project
from vabal_core.ui.addresses import image_url, upload_owner, upload_url
from vabal_core.ui.api import ROUTES
from vabal_core.ui.app.failures import Failures
from vabal_core.ui.app.guard import Guard
from vabal_core.ui.signing import Session, secret, session_token

OWN = "http://localhost"
IDS = (
    "0",
    "-1",
    "1",
    "99999999",
    "9" * 5_000,
    "1.5",
    "1e9",
    "٣",
    "%00",
    "..",
    "%2e%2e%2f",
    "null",
    "'",
    "1;drop",
    "💣",
)
PATHS = (
    "/api/images/{}/full",
    "/api/images/1/{}",
    "/api/exports/{}",
    "/api/reports/{}",
    "/api/previews?path={}",
    "/{}",
)
ASKED = {"queue": "ranked", "want": 1, "have": []}
DECIDED = {"event_id": "e", "image_id": 1, "kind": "label"}
BODIES: tuple[Any, ...] = (
    *(None, True, 7, "text", [], {}),
    *({**ASKED, "events": events} for events in (None, {}, [None], [[]], [{}], [7], ["text"])),
    *({**ASKED, "events": [], **wrong} for wrong in (
        {"queue": "other"}, {"want": 10**30}, {"want": -5}, {"have": [10**20]},
    )),
    *({**ASKED, "events": [DECIDED | wrong]} for wrong in (
        {"event_id": "\0"}, {"event_id": "x" * 10_000}, {"image_id": 2**40}, {"image_id": 1.5}, {"kind": "destroy"},
        {"kind": "undo", "undoes": "x"}, {"class_id": -1}, {"milliseconds": 10**25}, {"comment": "\ud800"},
    )),
    {"pins": [{"class_id": 2**62, "image_id": 1, "role": "typical"}]}, {"notes": [{"class_id": 1, "note": "\ud800"}]},
)  # fmt: skip
RAW_BODIES = (
    b"", b"{", b"\xff\xfe", b"[" * 100_000, b"9" * 5_000, b'{"events": NaN}', b"x" * 1_000_001, b'"\\ud800"',
)  # fmt: skip
ORIGINS = (
    "http://evil.example", "null", "http://localhost:9999", "https://localhost.evil.example", "file://", "http://[::1",
    "x",
)  # fmt: skip
HOSTS = ("evil.example", "localhost.evil.example", "evil.example:80", "", "a" * 300, "[::1", "127.0.0.1.evil.example")
UPLOADS = (
    "../1.jpg", "a/../../x", "/etc/passwd", "", ".", "..", "a\0b", "C:\\x", "..\\x", "a" * 5_000, "a/" * 3_000 + "b",
    "~/x", "con", "x\n", "%2e%2e/x",
)  # fmt: skip
BATCH = "0123456789abcdef"
BATCHES = ("", "..", "0123456789abcdeF", "0123456789abcdef/..", "0" * 15, "0" * 17, "٣" * 16, "\0" * 16)


class Requests:
    """The Studio's own routes behind its own middleware, and somebody who is let in."""

    def __init__(self, ws: workspace.Workspace, project: Project) -> None:
        self.ws = ws
        routes = [*ROUTES, WebSocketRoute("/stream", _stream)]
        app = Starlette(routes=routes, middleware=[Middleware(Guard), Middleware(Failures)])
        self.client = TestClient(app, base_url=OWN)
        database = workspace.database_identity(ws)
        self.session = Session(database=database, name="Ann", project_id=project.id)
        self.key = secret(ws.data_dir)
        self.token = session_token(self.key, self.session)

    def cases(self, quick: bool) -> Iterator[Case]:
        yield from self._routes()
        yield from self._tokens(8 if quick else 24)
        yield from self._other_sites()
        yield from self._uploads()

    def _routes(self) -> Iterator[Case]:
        for path in PATHS:
            for id_ in IDS:
                yield self._case("routes", "GET", path.format(id_ if id_.startswith("%") else quote(id_)))
        for method in ("PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "POST"):
            yield self._case("routes", method, "/api/images/1/full")
        for route in ("/api/labels", "/api/guide", "/api/rounds"):
            for content in (*RAW_BODIES, *(dumps(body).encode() for body in BODIES)):
                yield self._case("routes", "POST", route, content=content, headers={"X-Studio-Token": self.token})

    def _tokens(self, count: int) -> Iterator[Case]:
        forged = ["", "x", ".", self.token[:-1], self.token + "x", self.token.split(".")[0], "9" * 100_000, "a.b.c"]
        forged += [part.decode("latin-1") for part in flips(self.token.encode(), count, seed=4)]
        other = Session(database="another", name="Ann", project_id=1)
        forged += [session_token("another key", self.session), session_token(self.key, other)]
        for token in forged:
            headers = {
                "X-Studio-Token": token.encode("latin-1").replace(b"\n", b"").replace(b"\r", b"").replace(b"\0", b"")
            }
            yield self._case("tokens", "POST", "/api/labels", content=b"{}", headers=headers, allowed=(401, 400, 403))
        address = image_url(self.key, self.session, 1, "0" * 64, "full", "")
        for part in flips(address.partition("signature=")[2].encode(), count, seed=5):
            forged_address = address.partition("signature=")[0] + "signature=" + quote(part)
            yield self._case("tokens", "GET", forged_address, allowed=(401, 403))

    def _other_sites(self) -> Iterator[Case]:
        for origin in ORIGINS:
            for method in ("GET", "POST", "PUT", "OPTIONS"):
                headers = {"Origin": origin, "X-Studio-Token": self.token}
                yield self._case("other sites", method, "/api/labels", headers=headers, allowed=(403,))
            yield Case(
                kind="other sites", name=f"a socket from {origin}", survive=lambda origin=origin: self._knock(origin)
            )
        for host in HOSTS:
            yield self._case("other sites", "GET", "/healthz", headers={"Host": host}, allowed=(421, 400))

    def _knock(self, origin: str) -> None:
        try:
            with self.client.websocket_connect("/stream", headers={"Origin": origin}):
                raise AssertionError("the socket was opened")
        except WebSocketDisconnect:
            return

    def _uploads(self) -> Iterator[Case]:
        address = "/" + upload_url(self.key, self.session, upload_owner("somebody"))
        separator = "&" if "?" in address else "?"
        tries = [(path, BATCH) for path in UPLOADS] + [("1.jpg", batch) for batch in BATCHES]
        for path, batch in tries:
            query = f"{address}{separator}batch={quote(batch)}&path={quote(path)}"
            yield self._case(
                "uploads", "PUT", query, content=b"x", allowed=(204, 400, 507), after=self._nothing_outside
            )
        for owner in ("..", "%2e%2e", "x" * 5_000, "0" * 16, "\0"):
            yield self._case("uploads", "PUT", f"/api/uploads/{quote(owner)}?batch={'0' * 16}&path=1.jpg", content=b"x")

    def _nothing_outside(self) -> None:
        uploads, owner = self.ws.data_dir / "uploads", upload_owner("somebody")
        batches = list(uploads.iterdir()) if uploads.exists() else []
        strange = [path for path in batches if not path.name.startswith(f"{owner}-{BATCH}")]
        if strange or (self.ws.data_dir.parent / "1.jpg").exists() or (self.ws.data_dir / "1.jpg").exists():
            raise AssertionError(f"a file left its folder: {strange}")

    def _case(
        self,
        kind: str,
        method: str,
        address: str,
        *,
        allowed: tuple[int, ...] = (),
        after: Callable[[], None] = lambda: None,
        **how: Any,
    ) -> Case:
        def survive() -> None:
            _check(self.client.request(method, address, **how), allowed)
            after()

        return Case(kind=kind, name=f"{method} {address[:80]}", survive=survive)


def _check(answer: Response, allowed: tuple[int, ...]) -> None:
    """Any refusal in words or answer will do, unless some are `allowed` alone; never an error of the server."""
    status = answer.status_code
    if (
        status in (500, 502)
        or (allowed and status not in allowed)
        or (status >= 400 and not answer.content and status != 405)
    ):
        raise AssertionError(f"{status} {answer.text[:200]!r}")


async def _stream(connection: WebSocket) -> None:
    await connection.accept()
    await connection.close()
