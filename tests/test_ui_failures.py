"""Whatever is asked, and whatever breaks: a status and words, never a bare 500, and a line in the log."""

import logging
from collections.abc import Iterator
from json import dumps
from pathlib import Path
from urllib.parse import urlencode

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from ui_site import Site, label, session_of

from vabal_core import workspace
from vabal_core.types import NotAllowed, NotSignedIn, StudioError, UnknownId
from vabal_core.ui.addresses import export_url, image_url, preview_url, report_url, upload_url
from vabal_core.ui.api import ROUTES, files
from vabal_core.ui.app.failures import Failures
from vabal_core.ui.signing import secret, session_token

NUMBERS = ("0", "-1", "2147483648", str(2**63), "9" * 5_000, "1.5", "1e3", "٣", "%00", "..%2F..%2Fetc", "0x1", "")
TEXTS = ("", "x", "9" * 5_000, "\0", "../../etc/passwd", "☃", "☃" * 400, "%s%n", "' OR 1=1 --", "\udc80")
GONE = 77


def paths() -> Iterator[tuple[str, str]]:
    """(method, path) of every route, each number in it replaced by every hostile one."""
    for route in ROUTES:
        for text in NUMBERS:
            path = route.path.replace("{size}", "full")
            for name in ("image_id:id", "project_id:id", "owner", "version", "name", "rest:path"):
                path = path.replace(f"{{{name}}}", text)
            yield from ((method, path) for method in sorted(route.methods or ()) if method != "HEAD")


def is_in_words(text: str) -> bool:
    return len(text.split()) > 2 and "Traceback" not in text and "Internal Server Error" not in text


def test_no_number_in_an_address_makes_the_server_fail(client: TestClient, site: Site):
    for method, path in sorted(set(paths())):
        answer = client.request(method, path, params={"project": "9" * 5_000, "signature": "x", "class": "9" * 5_000})
        assert answer.status_code < 500, (method, path[:80])
        assert answer.status_code < 400 or is_in_words(answer.text), (method, path[:80], answer.text[:200])


def test_no_text_in_an_address_a_token_or_a_body_makes_the_server_fail(client: TestClient, site: Site):
    names = ("project", "signature", "file", "scale", "batch", "path", "by", "class", "format", "content", "split")
    addresses = ("/api/images/1/full", "/api/exports/1", "/api/reports/1", "/api/previews", "/api/uploads/x")
    for text in TEXTS:
        query = urlencode(dict.fromkeys(names, text), errors="surrogateescape")
        answers = [client.request("PUT" if "uploads" in path else "GET", f"{path}?{query}") for path in addresses]
        for path in ("/api/labels", "/api/guide", "/api/rounds"):
            answers.append(client.post(path, content=text.encode(errors="surrogateescape")))
            headers = {"X-Studio-Token": text.encode(errors="surrogateescape").replace(b"\0", b"0")}
            answers.append(client.post(path, content=dumps({"events": [text]}), headers=headers))
        for answer in answers:
            assert 400 <= answer.status_code < 500 and answer.text.strip(), (answer.url, answer.text[:200])


def test_what_is_gone_is_said_whoever_asks_with_a_right_to_it(client: TestClient, site: Site):
    key = secret(site.ws.data_dir)
    gone = session_of(site.ws, GONE, "Ann")
    token = session_token(key, gone)
    addresses = [image_url(key, site.session(), GONE, "f" * 64, "full", ""), export_url(key, gone)]
    for address in (*addresses, report_url(key, gone, "Ann", names=True)):
        answer = client.get(address)
        assert (answer.status_code, answer.text.split(" has the id ")[1]) == (404, str(GONE)), address
    for path in ("/api/labels", "/api/guide", "/api/rounds"):
        body = {"queue": "ranked", "events": [label(1, 1)], "have": [], "want": 5}
        answer = client.post(path, content=dumps(body), headers={"X-Studio-Token": token})
        assert (answer.status_code, answer.text) == (404, f"no project has the id {GONE}")


def test_signed_addresses_of_odd_things_are_refused_in_words(client: TestClient, site: Site):
    key = secret(site.ws.data_dir)
    for text in ("\0", "/etc/passwd", "/nowhere", "x" * 5_000):
        answer = client.get("/" + preview_url(key, site.session(), Path(text)))
        assert answer.status_code == 422 and is_in_words(answer.text), text
        address = "/" + upload_url(key, site.session(), "ann") + "&batch=1"
        answer = client.put(address, params={"path": text}, content=b"1")
        assert answer.status_code < 500, (text, answer.text)


@pytest.mark.parametrize(
    ("problem", "status", "words"),
    [
        (NotSignedIn("who are you"), 401, "who are you"),
        (NotAllowed("not you"), 403, "not you"),
        (UnknownId("no such thing"), 404, "no such thing"),
        (StudioError("the disk is full"), 503, "the disk is full"),
        (RuntimeError("a fault with /secret/ in it"), 500, "The Studio failed at this; its log says why."),
    ],
)
def test_an_error_that_no_route_expects_has_a_status_words_and_a_line(
    problem: Exception, status: int, words: str, caplog: pytest.LogCaptureFixture
):
    def fails(_request):
        raise problem

    app = Starlette(routes=[Route("/x", fails)], middleware=[Middleware(Failures)])
    with TestClient(app) as client, caplog.at_level(logging.INFO):
        answer = client.get("/x")
    assert answer.status_code == status and answer.text.startswith(words) and "/secret/" not in answer.text
    assert {(record.path, record.method) for record in caplog.records if hasattr(record, "path")} == {("/x", "GET")}
    assert any(record.exc_info for record in caplog.records) == (status == 500)


def test_an_export_that_cannot_begin_is_refused_in_words(client: TestClient, site: Site, monkeypatch):
    def damaged(*_arguments, **_more):
        def pieces():
            raise StudioError("the database file is damaged")
            yield b""

        return workspace.Export(name="x.csv", media_type="text/csv", pieces=pieces())

    monkeypatch.setattr(files.workspace, "export_project", damaged)
    answer = client.get(export_url(secret(site.ws.data_dir), site.session()))
    assert (answer.status_code, answer.text) == (422, "the database file is damaged")


def test_a_file_that_breaks_off_is_not_ended_as_if_it_were_whole(caplog: pytest.LogCaptureFixture):
    def pieces():
        yield b"path,label\r\n"
        raise StudioError("the disk reported an error")

    app = Failures(Starlette(routes=[Route("/x", lambda _: StreamingResponse(pieces()))]))
    ended = []

    async def noting(scope, receive, send):
        async def sending(message):
            ended.append(message.get("type") == "http.response.body" and not message.get("more_body"))
            await send(message)

        await app(scope, receive, sending)

    with TestClient(noting, raise_server_exceptions=False) as client, caplog.at_level(logging.WARNING):
        client.get("/x")
    assert ended and not any(ended)
    assert [record.broke_off for record in caplog.records] == [True]
