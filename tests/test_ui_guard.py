"""Pages of other sites reach nothing, under no name, and every answer says how it may be used."""

import asyncio
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from vabal_core.ui.app.guard import HEADERS, HOSTS, Guard

OWN = "http://localhost:8501"


async def page(request) -> PlainTextResponse:
    return PlainTextResponse("a page", headers={"Access-Control-Allow-Origin": "*", "Vary": "Origin"})


async def stream(connection: WebSocket) -> None:
    await connection.accept()
    await connection.send_text("hello")
    await connection.close()


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.delenv(HOSTS, raising=False)
    routes = [Route("/", page, methods=["GET", "POST"]), WebSocketRoute("/stream", stream)]
    with TestClient(Starlette(routes=routes, middleware=[Middleware(Guard)]), base_url=OWN) as client:
        yield client


def test_every_answer_says_that_it_is_framed_guessed_and_referred_to_by_nobody(client: TestClient):
    for answer in (
        client.get("/"),
        client.get("/nowhere"),
        client.post("/", headers={"Origin": "http://evil.example"}),
    ):
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        policy = answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy and "connect-src 'self' ws://localhost:8501" in policy
        assert "http:" not in policy and "*" not in policy
    assert "access-control-allow-origin" not in client.get("/").headers


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://localhost:9999", "https://localhost.evil.example", "http://[::1"]
)
def test_a_page_of_another_site_is_refused_whatever_it_asks(client: TestClient, origin: str):
    for method in ("GET", "POST"):
        answer = client.request(method, "/", headers={"Origin": origin})
        assert answer.status_code == 403 and origin in answer.text
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/stream", headers={"Origin": origin}):
        pass


def test_no_address_is_looked_up_for_a_stranger(client: TestClient, monkeypatch: pytest.MonkeyPatch):
    def never(*_args, **_more):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "getaddrinfo", never)
    monkeypatch.setattr(socket.socket, "connect", never)
    with pytest.raises(WebSocketDisconnect):
        client.websocket_connect("/stream", headers={"Origin": "http://evil.example"}).__enter__()


def test_the_studios_own_pages_are_answered_under_any_address_and_its_own_name(client: TestClient):
    name = socket.gethostname().lower()
    for host in ("localhost:8501", "127.0.0.1:8501", "[::1]:8501", "10.1.2.3", f"{name}:8501", name.upper()):
        headers = {"Host": host, "Origin": f"http://{host}"}
        assert client.post("/", headers=headers).status_code == 200, host
        with client.websocket_connect("/stream", headers=headers) as connection:
            assert connection.receive_text() == "hello"


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example:8501", "", "a b", "[::1", "127.0.0.1.evil.example"]
)
def test_a_strangers_name_that_means_this_machine_gets_no_answer(client: TestClient, host: str):
    answer = client.get("/", headers={"Host": host})
    assert answer.status_code == 421 and HOSTS in answer.text


def test_names_that_are_listed_are_answered_also_behind_a_proxy(client: TestClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(HOSTS, "Studio.Plant.example, vabal")
    assert client.get("/", headers={"Host": "studio.plant.example"}).status_code == 200
    through_proxy = {"Host": "127.0.0.1:8501", "Origin": "https://studio.plant.example"}
    assert client.post("/", headers=through_proxy).status_code == 200
    assert client.post("/", headers=through_proxy | {"Origin": "https://evil.example"}).status_code == 403


def test_nobody_fills_the_memory_by_streamlits_own_upload(client: TestClient):
    answer = client.put("/_stcore/upload_file/session/file", content=b"x" * 1_000)
    assert answer.status_code == 404 and "Data page" in answer.text


def test_what_is_no_request_passes_by():
    seen = []

    async def app(scope, receive, send) -> None:
        seen.append(scope["type"])

    with ThreadPoolExecutor(1) as thread:  # where browser tests ran before, this one has an event loop under way
        thread.submit(asyncio.run, Guard(app)({"type": "lifespan"}, None, None)).result()
    assert seen == ["lifespan"]
