"""People with accounts, for the tests of what their sessions open."""

import time

import pytest
from streamlit.runtime.context import ContextProxy
from ui_site import session_of

from vabal_core import workspace
from vabal_core.types import Account, Role
from vabal_core.ui.app.login import LOGIN
from vabal_core.ui.app.studio import studio
from vabal_core.ui.signing import secret, session_cookie, session_cookie_name

PASSWORD = "correct horse battery"


def with_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on people sign in by accounts of the Studio's own."""
    monkeypatch.setenv(LOGIN, "local")


def account(
    ws: workspace.Workspace, name: str, role: Role = "labeller", member_of: int = 0, *, password: str = ""
) -> Account:
    """An account, a member of that project beside those who are, with a password or without."""
    made = workspace.make_account(ws, workspace.STUDIO, name, role)
    if member_of:
        members = workspace.project_members(ws, workspace.STUDIO, member_of)
        workspace.set_members(ws, workspace.STUDIO, member_of, {*members, made.id})
    if password:
        invited = workspace.invite(ws, workspace.STUDIO, made.id)
        assert invited.invited_at
        made = workspace.accept_invitation(ws, name, invited.invited_at, password)
    return made


def began() -> float:
    """When a session begins that is opened now: after all that was signed out before."""
    return time.time()


def sign_in(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Pages are opened by a browser in which this person has just signed in; nobody, where the name is empty."""
    session = session_of(studio(), 0, name, began=time.time())
    key = secret(studio().data_dir)
    cookies = {session_cookie_name(key, session.database): session_cookie(key, session)} if name else {}
    monkeypatch.setattr(ContextProxy, "cookies", property(lambda _: cookies))
