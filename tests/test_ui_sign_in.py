"""The sign-in page and the page of a link: a cookie for the right password, words for everything else."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from accounts import PASSWORD, account, with_accounts
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from vabal_core import workspace
from vabal_core.ui.api import ROUTES
from vabal_core.ui.app.guard import Guard
from vabal_core.ui.app.login import LOGIN
from vabal_core.ui.app.studio import studio
from vabal_core.ui.signing import invitation, read_cookie, secret, session_cookie_name
from vabal_core.workspace import signing_in

OWN = "http://localhost:8501"


@pytest.fixture
def door(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """A Studio where Ann and a chief have passwords."""
    quick = signing_in.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    signing_in._hash_of_nobody.cache_clear()
    monkeypatch.setattr(signing_in, "HASHER", quick)
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    with_accounts(monkeypatch)
    account(studio(), "Chief", "admin", password=PASSWORD)
    account(studio(), "Ann", password=PASSWORD)
    app = Starlette(routes=ROUTES, middleware=[Middleware(Guard)])
    with TestClient(app, base_url=OWN, follow_redirects=False) as client:
        yield client
    signing_in._hash_of_nobody.cache_clear()


def link_for(name: str) -> str:
    ws = studio()
    account_id = next(row.id for row in workspace.list_accounts(ws, workspace.STUDIO) if row.name == name)
    invited = workspace.invite(ws, workspace.STUDIO, account_id)
    return f"/invitation?link={invitation(secret(ws.data_dir), workspace.database_identity(ws), invited)}"


def problem(answer: Any) -> str:
    return re.search(r'role="alert">(.*?)</p>', answer.text)[1]


def person_of(answer: Any) -> str:
    """Who the cookie of an answer says that they are, to a page that lets them in."""
    ws = studio()
    key, database = secret(ws.data_dir), workspace.database_identity(ws)
    session = read_cookie(key, database, answer.cookies[session_cookie_name(key, database)])
    return workspace.admit(ws, session.name, session.began).name


def test_the_right_password_gives_a_cookie_that_no_script_and_no_other_site_gets(door: TestClient):
    answer = door.post("/sign-in", data={"name": "ann", "password": PASSWORD})
    assert (answer.status_code, answer.headers["location"], person_of(answer)) == (303, "./", "Ann")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie and "secure" not in cookie
    for address, headers in ((f"https{OWN[4:]}", {}), (OWN, {"X-Forwarded-Proto": "https"})):
        data = {"name": "Ann", "password": PASSWORD}
        answer = door.post(f"{address}/sign-in", data=data, headers=headers)
        assert "secure" in answer.headers["set-cookie"].lower()


@pytest.mark.parametrize(
    "data", [{"name": "Ann", "password": "wrong"}, {"name": "Eve", "password": PASSWORD}, {"name": "Ann"}, {}]
)
def test_anything_else_gives_words_and_no_cookie(door: TestClient, data: dict[str, str]):
    answer = door.post("/sign-in", data=data)
    assert answer.status_code == 401 and "set-cookie" not in answer.headers
    assert problem(answer) == "Name and password do not fit together." and "<form" in answer.text


def test_a_body_that_is_no_form_is_refused_in_words(door: TestClient):
    for content in (b"\xff\xfe\x00", b"name=" + b"a" * 2_000_000, b"name=%00&password=%00"):
        answer = door.post("/sign-in", content=content)
        assert answer.status_code == 401 and problem(answer)


def test_who_tries_many_passwords_has_to_wait_and_is_told_how_long(door: TestClient):
    statuses = [door.post("/sign-in", data={"name": "Ann", "password": f"guess {i}"}).status_code for i in range(7)]
    assert statuses == [401] * 5 + [429] * 2
    answer = door.post("/sign-in", data={"name": "Ann", "password": PASSWORD})
    assert answer.status_code == 429 and re.match(r"Too many wrong passwords .* again in \d+ s", problem(answer))
    assert door.post("/sign-in", data={"name": "Chief", "password": PASSWORD}).status_code == 303


def test_a_stranger_who_guesses_keeps_nobody_out_of_the_browser_that_they_know(door: TestClient):
    assert door.post("/sign-in", data={"name": "Ann", "password": PASSWORD}).status_code == 303
    known = dict(door.cookies)
    door.cookies.clear()
    door.cookies.update({name: value[:-1] for name, value in known.items()})  # none that the Studio gave
    statuses = [door.post("/sign-in", data={"name": "Ann", "password": f"guess {i}"}).status_code for i in range(6)]
    assert statuses == [401] * 5 + [429]
    door.cookies.clear()
    assert door.post("/sign-in", data={"name": "Ann", "password": PASSWORD}).status_code == 429
    door.cookies.update(known)
    assert door.post("/sign-in", data={"name": "ann", "password": PASSWORD}).status_code == 303


def test_the_name_stays_after_a_wrong_password_and_the_password_does_not(door: TestClient):
    page = door.post("/sign-in", data={"name": 'Ann "A" <b>', "password": "wrong password"}).text
    assert 'value="Ann &#34;A&#34; &lt;b&gt;"' in page and "wrong password" not in page
    assert re.search(r'name="password"[^>]*autofocus', page) and not re.search(r'name="name"[^>]*autofocus', page)
    assert re.search(r'name="name"[^>]*autofocus', door.get("/sign-in").text)


def test_a_person_changes_their_password_and_stays_signed_in_here_alone(door: TestClient):
    assert door.get("/password").headers["location"] == "sign-in"  # nobody is signed in yet
    door.post("/sign-in", data={"name": "Ann", "password": PASSWORD})
    elsewhere = dict(door.cookies)
    assert "Change your password" in door.get("/password").text
    new = {"password": "another password", "again": "another password"}
    for data, status, words in (
        ({"old": "wrong", **new}, 401, "The password until now is another one"),
        ({"old": PASSWORD, **new, "again": "x"}, 400, "The two passwords differ"),
        ({"old": PASSWORD, "password": "short", "again": "short"}, 400, "A password has from 10"),
    ):
        answer = door.post("/password", data=data)
        assert answer.status_code == status and problem(answer).startswith(words)
    answer = door.post("/password", data={"old": PASSWORD, **new})
    assert (answer.status_code, person_of(answer)) == (303, "Ann")
    assert door.get("/password").status_code == 200
    door.cookies.clear()
    door.cookies.update(elsewhere)
    for answer in (door.get("/password"), door.post("/password", data={"old": new["password"], **new})):
        assert answer.headers["location"] == "sign-in"
    assert door.post("/sign-in", data={"name": "Ann", "password": "another password"}).status_code == 303


def test_another_site_signs_nobody_in(door: TestClient):
    headers = {"Origin": "http://evil.example"}
    answer = door.post("/sign-in", data={"name": "Ann", "password": PASSWORD}, headers=headers)
    assert answer.status_code == 403 and "set-cookie" not in answer.headers


def test_a_link_sets_a_password_once_and_signs_in(door: TestClient):
    account(studio(), "Bo & <Co>")
    link = link_for("Bo & <Co>")
    page = door.get(link)
    assert page.status_code == 200 and "Welcome, Bo &amp; &lt;Co&gt;" in page.text
    for data, words in (
        ({"password": PASSWORD, "again": "another one"}, "The two passwords differ"),
        ({"password": "short", "again": "short"}, "A password has from 10 to 200 characters, not 5"),
    ):
        answer = door.post(link, data=data)
        assert answer.status_code == 400 and problem(answer).startswith(words)
    data = {"password": PASSWORD, "again": PASSWORD}
    assert person_of(door.post(link, data=data)) == "Bo & <Co>"
    for again in (door.get(link), door.post(link, data=data)):
        assert again.status_code == 401 and "has been used" in problem(again) and "<form" not in again.text
        assert '<a href="sign-in">Sign in</a>' in again.text
    assert door.post("/sign-in", data={"name": "Bo & <Co>", "password": PASSWORD}).status_code == 303


def test_a_link_that_nobody_made_opens_nothing(door: TestClient):
    link = link_for("Ann")
    forged = link[:-9] + ("a" if link[-9] != "a" else "b") + link[-8:]  # the last letter holds bits that count nothing
    for wrong in ("/invitation", "/invitation?link=x", forged):
        assert door.get(wrong).status_code == 401 and door.post(wrong).status_code == 401


def test_a_link_that_a_mail_program_cut_says_so(door: TestClient):
    link = link_for("Ann")
    for cut in (link[:-1], link[: len(link) // 2], link.partition("=")[0] + "="):
        assert problem(door.get(cut)) == "The link is not whole: copy all of it, or ask for a new one."


@pytest.mark.parametrize("login", ["none", "openid"])
def test_where_people_come_in_otherwise_no_password_does(door: TestClient, monkeypatch: pytest.MonkeyPatch, login: str):
    link = link_for("Ann")
    monkeypatch.setenv(LOGIN, login)
    assert door.get("/sign-in").status_code == 404
    assert door.post("/sign-in", data={"name": "Ann", "password": PASSWORD}).status_code == 404
    for answer in (door.get(link), door.post(link)):
        assert answer.status_code == 401 and "Sign in" not in answer.text
    assert door.get("/password").status_code == door.post("/password").status_code == 404


def test_no_page_holds_anything_of_a_password(door: TestClient):
    pages = [door.get("/sign-in"), door.get(link_for("Ann")), door.post("/sign-in", data={"name": "Ann"})]
    assert not any("argon2" in page.text or PASSWORD in page.text for page in pages)
    assert all(page.headers["cache-control"] == "no-store" for page in pages)
