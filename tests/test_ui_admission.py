"""Routes let in whoever has a session that goes on, to the projects that are theirs, for what their role may do."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from accounts import account, with_accounts
from image_files import write_image
from starlette.testclient import TestClient
from ui_site import Site, label, session_of, site_of

from vabal_core import workspace
from vabal_core.ui import addresses
from vabal_core.ui.app import studio as opened
from vabal_core.ui.app.studio import studio
from vabal_core.ui.signing import Session, secret, session_token
from vabal_core.workspace import admission

Ask = Callable[[Session], int]  # the status of the answer


@pytest.fixture
def people(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site where people sign in: Ann labels in its project, Rita reviews, Zoe is no member, Chief is an admin."""
    account(site.ws, "Chief", "admin")
    account(site.ws, "Ann", "labeller", site.project.id)
    account(site.ws, "Rita", "reviewer", site.project.id)
    account(site.ws, "Zoe", "reviewer")
    with_accounts(monkeypatch)
    return site


def questions(site: Site, file: Path) -> dict[str, Ask]:
    """Every route that needs a session."""
    key, image_id = (
        secret(site.ws.data_dir),
        workspace.next_images(site.ws, site.project.id, "ranked", count=1)[0].image_id,
    )
    desk = {"queue": "ranked", "events": [], "have": [], "want": 0}

    def post(path: str, body: dict) -> Ask:
        return lambda session: (
            site.client.post(path, json=body, headers={"X-Studio-Token": session_token(key, session)}).status_code
        )

    def get(url: Callable[[Session], str]) -> Ask:
        return lambda session: site.client.get("/" + url(session).lstrip("/")).status_code

    def put(session: Session) -> int:
        url = f"/{addresses.upload_url(key, session, 'somebody')}&batch=0123456789abcdef&path=1.jpg"
        return site.client.put(url, content=b"x").status_code

    return {
        "labels": post("/api/labels", desk),
        "guide": post("/api/guide", {}),
        "round": post("/api/rounds", {}),
        "image": get(lambda session: addresses.image_url(key, session, image_id, "f", "thumbnail", "")),
        "export": get(lambda session: addresses.export_url(key, session)),
        "report": get(lambda session: addresses.report_url(key, session, session.name, names=True)),
        "preview": get(lambda session: addresses.preview_url(key, session, file)),
        "upload": put,
    }


def answers(site: Site, session: Session, tmp_path: Path) -> dict[str, int]:
    asked_of_all = questions(site, write_image(tmp_path / "1.png"))
    return {name: ask(session) for name, ask in asked_of_all.items()}


def session(site: Site, name: str, ago: float = 0.0) -> Session:
    return site.session(name, began=time.time() - ago)


def test_each_role_is_let_in_to_what_it_may_do(people: Site, tmp_path: Path):
    labeller = {"labels": 200, "guide": 200, "round": 403, "image": 200, "export": 403, "report": 403}
    assert answers(people, session(people, "Ann"), tmp_path) == labeller | {"preview": 403, "upload": 403}
    reviewer = labeller | {"round": 503, "export": 200, "report": 200}  # nothing is labelled: no round can start
    assert answers(people, session(people, "Rita"), tmp_path) == reviewer | {"preview": 403, "upload": 403}
    admin = reviewer | {"preview": 200, "upload": 204}
    assert answers(people, session(people, "Chief"), tmp_path) == admin


@pytest.mark.parametrize("case", ["never began", "over", "unknown", "signed out", "disabled"])
def test_no_route_lets_in_a_session_that_is_over_or_never_was(people: Site, tmp_path: Path, case: str):
    ended = session(people, "Rita")
    if case == "never began":
        ended = replace(ended, began=0.0)  # as a page handed it out while nobody had to sign in
    elif case == "over":
        ended = session(people, "Rita", ago=workspace.SESSION_SECONDS + 1)
    elif case == "unknown":
        ended = session(people, "Nobody")
    else:
        rita = next(row for row in workspace.list_accounts(people.ws, workspace.STUDIO) if row.name == "Rita")
        if case == "disabled":
            workspace.disable_account(people.ws, workspace.STUDIO, rita.id)
        else:
            workspace.sign_out(people.ws, workspace.admit(people.ws, "Rita", ended.began))
    assert set(answers(people, ended, tmp_path).values()) == {401}


def test_no_route_lets_in_a_session_of_another_database(people: Site, tmp_path: Path):
    statuses = answers(people, replace(session(people, "Chief"), database="another"), tmp_path)
    assert {statuses.pop(name) for name in ("labels", "guide", "round")} == {401}
    assert set(statuses.values()) == {403}


def test_a_project_is_closed_to_whom_it_is_not_open_to(people: Site, tmp_path: Path):
    assert set(answers(people, session(people, "Zoe"), tmp_path).values()) == {403}


def test_no_route_answers_without_a_token_or_a_signature(people: Site):
    client, project_id = people.client, people.project.id
    for path in ("/api/labels", "/api/guide", "/api/rounds"):
        assert client.post(path, json={}).status_code == 401
    for path in ("/api/images/1/full", f"/api/exports/{project_id}", f"/api/reports/{project_id}", "/api/previews"):
        assert client.get(path).status_code == 403
    assert client.put("/api/uploads/somebody").status_code == 403


def test_what_a_browser_kept_over_the_end_of_a_session_is_written_under_the_name_that_made_it(people: Site):
    image_id = people.post(token=token_of(people, session(people, "Ann"))).json()["items"][0]["id"]
    over = session(people, "Ann", ago=workspace.SESSION_SECONDS + 5)
    kept = people.post(label(image_id, people.classes[0]), token=token_of(people, over))
    assert kept.status_code == 401 and kept.text == "Your session is over. Sign in again."
    headers = {"X-Studio-Token": token_of(people, over), "X-Studio-Page": token_of(people, session(people, "Rita"))}
    body = {"queue": "ranked", "events": [label(image_id, people.classes[0])], "have": [], "want": 0}
    assert people.client.post("/api/labels", json=body, headers=headers).json()["stored"] == ["e1"]
    assert [row.annotator for row in workspace.export_rows(people.ws, people.project.id)] == ["Ann"]
    other = session_of(people.ws, people.project.id + 1, "Ann")
    headers["X-Studio-Token"] = token_of(people, other)
    assert people.client.post("/api/labels", json=body, headers=headers).status_code == 403


def test_a_name_that_a_page_gave_itself_before_people_signed_in_is_nobodys_now(people: Site):
    image_id = people.post(token=token_of(people, session(people, "Ann"))).json()["items"][0]["id"]
    unproved = token_of(people, people.session("Rita"))
    headers = {"X-Studio-Token": unproved, "X-Studio-Page": token_of(people, session(people, "Ann"))}
    body = {"queue": "ranked", "events": [label(image_id, people.classes[0])], "have": [], "want": 0}
    assert people.client.post("/api/labels", json=body, headers=headers).json()["stored"] == ["e1"]
    assert [row.annotator for row in workspace.export_rows(people.ws, people.project.id)] == ["Ann"]


def token_of(site: Site, session: Session) -> str:
    return session_token(secret(site.ws.data_dir), session)


@pytest.mark.parametrize("login", ["none", "local"])
def test_a_label_of_an_old_page_never_lands_in_a_database_that_took_the_place_of_its_own(
    site: Site, tmp_path: Path, client: TestClient, monkeypatch: pytest.MonkeyPatch, login: str
):
    """The secret is kept, the database is lost: the same ids mean other images from then on."""
    account(site.ws, "Ann", "labeller", site.project.id)
    monkeypatch.setenv("VABAL_LOGIN", login)
    old = session(site, "Ann") if login == "local" else site.session("Ann")
    image_id = site.post(token=token_of(site, old)).json()["items"][0]["id"]
    url = addresses.image_url(secret(site.ws.data_dir), old, image_id, "f", "thumbnail", "")
    site.ws.engine.dispose()
    for file in site.ws.data_dir.glob("studio.db*"):
        file.unlink()
    opened._opened.cache_clear()  # the server is started again
    again = site_of(tmp_path, client, "Copper")
    account(again.ws, "Ann", "labeller", again.project.id)
    assert again.project.id == site.project.id and again.ws.engine is studio().engine
    answer = again.post(label(image_id, again.classes[0]), token=token_of(again, old))
    assert answer.status_code == 401 and "another database" in answer.text
    assert again.client.get(url).status_code == 403
    assert sum(again.counts().values()) == 0
    new = session(again, "Ann") if login == "local" else again.session("Ann")
    image_id = again.post(token=token_of(again, new)).json()["items"][0]["id"]
    assert again.post(label(image_id, again.classes[0]), token=token_of(again, new)).json()["stored"] == ["e1"]


def test_to_be_let_in_costs_no_query(people: Site, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(admission, "FRESH_SECONDS", 600.0)
    statements: list[str] = []
    sa.event.listen(people.ws.engine, "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))
    image_id = people.post(token=token_of(people, session(people, "Ann"))).json()["items"][0]["id"]
    image = addresses.image_url(secret(people.ws.data_dir), session(people, "Ann"), image_id, "f", "thumbnail", "")
    people.client.get(image)
    counts = {}
    for login in ("local", "none"):
        monkeypatch.setenv("VABAL_LOGIN", login)
        statements.clear()
        people.post(token=token_of(people, session(people, "Ann")))
        people.client.get(image)
        counts[login] = len(statements)
    assert counts["local"] == counts["none"] and not any("account" in statement for statement in statements)
