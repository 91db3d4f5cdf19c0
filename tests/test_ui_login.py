"""How people come in: as the settings say, and never to where everybody could without anybody having said so."""

import time
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from vabal_core import workspace
from vabal_core.types import NotSignedIn, StudioError
from vabal_core.ui.app.guard import Guard
from vabal_core.ui.app.lifespan import first_admin_link
from vabal_core.ui.app.login import ADMIN, LOGIN, UNKNOWN, check_login, login
from vabal_core.ui.app.person import current_actor, current_session, subject_of
from vabal_core.ui.app.studio import studio


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    for name in (LOGIN, ADMIN, UNKNOWN):
        monkeypatch.delenv(name, raising=False)


def listening_at(monkeypatch: pytest.MonkeyPatch, address: str | None) -> None:
    option = st.get_option
    monkeypatch.setattr(st, "get_option", lambda name: address if name == "server.address" else option(name))


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "10.1.2.3", "studio.plant.example", "", None])
def test_without_login_it_listens_nowhere_that_others_reach(monkeypatch: pytest.MonkeyPatch, address: str | None):
    listening_at(monkeypatch, address)
    with pytest.raises(StudioError, match=r"nobody has to sign in: set VABAL_LOGIN to local or openid"):
        check_login()
    monkeypatch.setenv(LOGIN, "local")
    check_login()


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "localhost", "127.0.0.2"])
def test_without_login_it_listens_on_this_machine(monkeypatch: pytest.MonkeyPatch, address: str):
    listening_at(monkeypatch, address)
    check_login()


def test_without_login_it_answers_nobody_who_comes_from_elsewhere(monkeypatch: pytest.MonkeyPatch):
    """Whoever started it otherwise than by `streamlit run` may have told the server another address."""
    app = Starlette(routes=[Route("/", lambda _: PlainTextResponse("a page"))], middleware=[Middleware(Guard)])
    elsewhere, here = (
        TestClient(app, base_url="http://10.1.2.3:8501"),
        TestClient(app, base_url="http://127.0.0.1:8501"),
    )
    assert elsewhere.get("/").status_code == 403 and "this machine alone" in elsewhere.get("/").text
    assert here.get("/").status_code == 200
    monkeypatch.setenv(LOGIN, "local")
    assert elsewhere.get("/").status_code == 200


def test_a_setting_that_means_nothing_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(LOGIN, "ldap")
    with pytest.raises(StudioError, match="VABAL_LOGIN is 'ldap': it may be none, local, openid"):
        login()


def test_an_identity_provider_has_to_be_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(LOGIN, "openid")
    monkeypatch.setattr(st, "secrets", {})
    with pytest.raises(StudioError, match=r"secrets.toml has no \[auth\]"):
        check_login()
    monkeypatch.setattr(st, "secrets", {"auth": {"client_id": "studio"}})
    check_login()


def test_the_first_admin_gets_a_link_and_none_once_there_is_one(monkeypatch: pytest.MonkeyPatch):
    assert first_admin_link(studio()) == ""
    monkeypatch.setenv(LOGIN, "local")
    monkeypatch.setenv(ADMIN, "Åsa")
    assert "/invitation?link=" in first_admin_link(studio())
    (made,) = workspace.list_accounts(studio(), workspace.STUDIO)
    assert (made.name, made.role) == ("Åsa", "admin")
    workspace.accept_invitation(studio(), made.name, made.invited_at, "correct horse battery")
    assert first_admin_link(studio()) == ""


@pytest.mark.parametrize(
    ("claims", "subject"),
    [
        ({"sub": "7", "email": "Ann@Plant.example", "email_verified": True}, "ann@plant.example"),
        ({"sub": "7", "email": "ann@plant.example"}, "ann@plant.example"),
        ({"sub": "7", "email": "ann@plant.example", "email_verified": False}, "7"),
        ({"sub": "7", "email": "ann@plant.example", "email_verified": "false"}, "7"),
        ({"sub": "A7"}, "a7"),
        ({}, ""),
    ],
)
def test_a_person_is_who_the_identity_provider_has_checked(claims: dict[str, Any], subject: str):
    assert subject_of(claims) == subject


class Provided:
    """What Streamlit knows of the person after the identity provider has sent them back."""

    is_logged_in = True

    def __init__(self, **claims: Any) -> None:
        self.claims = claims

    def to_dict(self) -> dict[str, Any]:
        return self.claims


def test_whom_the_identity_provider_sends_is_let_in_by_their_account_alone(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(LOGIN, "openid")
    monkeypatch.setenv(ADMIN, "chief@plant.example")

    def sent(email: str, name: str = "Ann", ago: float = 0.0) -> None:
        claims = {"email": email, "name": name, "iat": int(time.time() - ago)}
        monkeypatch.setattr(st, "user", Provided(**claims))

    sent("ann@plant.example")
    with pytest.raises(NotSignedIn, match="ann@plant.example has no account here"):
        current_session()
    sent("Chief@plant.example", "Chief")
    assert (current_actor().name, current_actor().role) == ("Chief", "admin")
    sent("ann@plant.example")
    monkeypatch.setenv(UNKNOWN, "labeller")
    assert (current_actor().name, current_actor().role) == ("Ann", "labeller")
    assert workspace.visible_projects(studio(), current_actor()) == []
    sent("ann@plant.example", ago=workspace.SESSION_SECONDS + 2)
    with pytest.raises(NotSignedIn, match="session is over"):
        current_actor()
    monkeypatch.setattr(Provided, "is_logged_in", False)
    with pytest.raises(NotSignedIn, match="Sign in first"):
        current_actor()
