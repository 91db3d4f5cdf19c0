"""Accounts: made and changed by admins alone, members see their projects alone, and who is disabled is out."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from workspaces import Filled, filled

from vabal_core import workspace
from vabal_core.types import Account, Actor, NotAllowed, NotSignedIn, Role, StudioError
from vabal_core.workspace import admission
from vabal_core.workspace.accounts import MAX_NAME_CHARACTERS


@pytest.fixture
def steel(tmp_path) -> Filled:
    return filled(tmp_path)


def account(steel: Filled, name: str, role: Role = "labeller", **more: str) -> Account:
    return workspace.make_account(steel.ws, workspace.STUDIO, name, role, **more)


def actor(account: Account) -> Actor:
    return Actor(id=account.name, name=account.name, role=account.role)


def test_only_an_admin_sees_and_changes_accounts(steel: Filled):
    ws, ann, rita = steel.ws, account(steel, "Ann"), actor(account(steel, "Rita", "reviewer"))
    for refused in (
        lambda: workspace.list_accounts(ws, rita),
        lambda: workspace.make_account(ws, rita, "Eve", "labeller"),
        lambda: workspace.set_role(ws, rita, ann.id, "admin"),
        lambda: workspace.disable_account(ws, rita, ann.id),
        lambda: workspace.enable_account(ws, rita, ann.id),
        lambda: workspace.invite(ws, rita, ann.id),
        lambda: workspace.project_members(ws, rita, steel.project_id),
        lambda: workspace.set_members(ws, rita, steel.project_id, [ann.id]),
    ):
        with pytest.raises(NotAllowed, match="Rita is a reviewer and may not change who may come in: ask an admin"):
            refused()
    assert [row.name for row in workspace.list_accounts(ws, workspace.STUDIO)] == ["Ann", "Rita"]


def test_nobody_gets_a_name_that_labels_of_somebody_else_carry(steel: Filled):
    account(steel, "Åsa", subject="asa@plant.example")
    for name, subject in (
        ("åsa", ""),
        ("A\u030asa ", ""),
        ("Bo", "Asa@plant.example"),
        (" ", ""),
        ("x" * 61, ""),
        ("Studio", ""),
        ("import", ""),
    ):
        with pytest.raises(StudioError):
            account(steel, name, subject=subject)
    assert account(steel, "x" * MAX_NAME_CHARACTERS).name


def test_a_project_is_there_for_its_members_and_for_admins(steel: Filled):
    ws, ann, chief = steel.ws, account(steel, "Ann"), account(steel, "Chief", "admin")
    assert workspace.visible_projects(ws, actor(ann)) == []
    assert [project.name for project in workspace.visible_projects(ws, actor(chief))] == ["Steel"]
    began = time.time()
    with pytest.raises(NotAllowed, match="Ann is not a member of this project"):
        workspace.admit(ws, "Ann", began, steel.project_id)
    workspace.set_members(ws, actor(chief), steel.project_id, [ann.id])
    assert workspace.project_members(ws, actor(chief), steel.project_id) == {ann.id}
    assert [project.name for project in workspace.visible_projects(ws, actor(ann))] == ["Steel"]
    assert workspace.admit(ws, "Ann", began, steel.project_id) == actor(ann)
    workspace.set_members(ws, actor(chief), steel.project_id, [])
    assert workspace.visible_projects(ws, actor(ann)) == []
    with pytest.raises(ValueError, match="no account has the id 99"):
        workspace.set_members(ws, actor(chief), steel.project_id, [99])


def test_a_role_counts_as_it_is_now_and_one_admin_stays(steel: Filled):
    ws, ann, chief = steel.ws, account(steel, "Ann"), account(steel, "Chief", "admin")
    began = time.time()
    assert workspace.admit(ws, "Ann", began).role == "labeller"
    workspace.set_role(ws, actor(chief), ann.id, "reviewer")
    assert workspace.admit(ws, "Ann", began).role == "reviewer"
    for refused in (workspace.disable_account, lambda *who: workspace.set_role(*who, "labeller")):
        with pytest.raises(StudioError, match="No admin would be left"):
            refused(ws, actor(chief), chief.id)
    assert workspace.admit(ws, "Chief", began).role == "admin"


def test_a_session_ends_with_its_time_with_signing_out_and_with_the_account(steel: Filled):
    ws, ann = steel.ws, account(steel, "Ann")
    began = time.time()
    for wrong in (began - workspace.SESSION_SECONDS - 1, began + 120, float("nan")):
        with pytest.raises(NotSignedIn, match="session is over"):
            workspace.admit(ws, "Ann", wrong)
    with pytest.raises(NotSignedIn):
        workspace.admit(ws, "Nobody", began)
    workspace.sign_out(ws, actor(ann))
    with pytest.raises(NotSignedIn, match="session is over"):
        workspace.admit(ws, "Ann", began)
    later = time.time()
    assert workspace.admit(ws, "Ann", later)
    account(steel, "Chief", "admin")
    workspace.disable_account(ws, workspace.STUDIO, ann.id)
    with pytest.raises(NotSignedIn, match="The account of Ann is disabled"):
        workspace.admit(ws, "Ann", time.time())
    workspace.enable_account(ws, workspace.STUDIO, ann.id)
    with pytest.raises(NotSignedIn, match="session is over"):
        workspace.admit(ws, "Ann", later)


def test_another_server_lets_nobody_in_who_was_disabled_a_few_seconds_ago(
    steel: Filled, monkeypatch: pytest.MonkeyPatch
):
    ann, other = account(steel, "Ann"), workspace.Workspace(steel.ws.engine, steel.ws.data_dir / "other")
    account(steel, "Chief", "admin")
    began = time.time()
    assert workspace.admit(other, "Ann", began)
    workspace.disable_account(steel.ws, workspace.STUDIO, ann.id)
    monkeypatch.setattr(admission, "FRESH_SECONDS", 0.0)
    with pytest.raises(NotSignedIn):
        workspace.admit(other, "Ann", began)


def test_the_first_admin_is_invited_until_one_has_a_password(steel: Filled):
    ws = steel.ws
    first = workspace.invite_first_admin(ws, "admin")
    again = workspace.invite_first_admin(ws, "admin")
    assert (first.name, first.role, first.id) == ("admin", "admin", again.id) and first.invited_at < again.invited_at
    workspace.accept_invitation(ws, "admin", again.invited_at, "correct horse battery")
    assert workspace.invite_first_admin(ws, "admin") is None


def test_a_database_keeps_its_identity_and_no_other_has_it(steel: Filled, tmp_path):
    identity = workspace.database_identity(steel.ws)
    same = workspace.Workspace(steel.ws.engine, steel.ws.data_dir / "other")
    assert len(identity) == 16 and workspace.database_identity(same) == identity


def test_an_account_shows_nothing_of_its_password(steel: Filled):
    ann = account(steel, "Ann")
    invited = workspace.invite(steel.ws, workspace.STUDIO, ann.id)
    made = workspace.accept_invitation(steel.ws, "Ann", invited.invited_at, "correct horse battery")
    assert made.has_password and "argon2" not in repr([made, *workspace.list_accounts(steel.ws, workspace.STUDIO)])
    assert datetime.now(UTC) - made.signed_out_at < timedelta(minutes=1)
