"""Signing in: by the right password alone, not by trying many, and by a link once."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from vabal_core import workspace
from vabal_core.store.change_log import last_change
from vabal_core.store.database import writing
from vabal_core.store.people_tables import account as account_rows
from vabal_core.store.people_tables import sign_in_failure
from vabal_core.types import Account, Busy, NotSignedIn, StudioError
from vabal_core.workspace import Workspace, signing_in

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    signing_in._hash_of_nobody.cache_clear()
    monkeypatch.setattr(signing_in, "HASHER", signing_in.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture
def ws(tmp_path) -> Workspace:
    return workspace.open_workspace(tmp_path)


def with_password(ws: Workspace, name: str, password: str = PASSWORD) -> Account:
    made = workspace.make_account(ws, workspace.STUDIO, name, "labeller")
    invited = workspace.invite(ws, workspace.STUDIO, made.id)
    return workspace.accept_invitation(ws, name, invited.invited_at, password)


def later(ws: Workspace, **by: float) -> None:
    """As if the last wrong password had been typed so much longer ago."""
    with writing(ws.engine) as transaction:
        row = transaction.execute(sa.select(sign_in_failure)).one()
        transaction.execute(sa.update(sign_in_failure).values(last_at=row.last_at - timedelta(**by)))


def test_the_right_password_lets_in_and_no_other(ws: Workspace):
    ann = with_password(ws, "Åsa")
    assert workspace.check_password(ws, " åsa", PASSWORD).id == ann.id
    workspace.make_account(ws, workspace.STUDIO, "Bo", "labeller")  # has set none
    refusals = []
    for name, password in (("Åsa", "wrong"), ("Åsa", ""), ("Åsa", PASSWORD + "x" * 300), ("Bo", ""), ("Eve", PASSWORD)):
        with pytest.raises(NotSignedIn) as refusal:
            workspace.check_password(ws, name, password)
        refusals.append(str(refusal.value))
    assert set(refusals) == {"Name and password do not fit together."}


def test_who_is_disabled_is_refused_as_with_a_wrong_password(ws: Workspace):
    workspace.make_account(ws, workspace.STUDIO, "Chief", "admin")
    workspace.disable_account(ws, workspace.STUDIO, with_password(ws, "Ann").id)
    with pytest.raises(NotSignedIn, match="do not fit together"):
        workspace.check_password(ws, "Ann", PASSWORD)


@pytest.mark.parametrize("name", ["Ann", "Nobody"])
def test_many_wrong_passwords_have_to_wait_longer_and_longer_also_after_a_restart(ws: Workspace, tmp_path, name: str):
    with_password(ws, "Ann")
    for _ in range(signing_in.FREE_TRIES):
        with pytest.raises(NotSignedIn):
            workspace.check_password(ws, name, "wrong")
    again = workspace.open_workspace(tmp_path)
    with pytest.raises(Busy, match=r"Try again in (2\d|3[01]) s"):
        workspace.check_password(again, name.upper(), PASSWORD)
    later(ws, seconds=31)
    with pytest.raises(NotSignedIn):
        workspace.check_password(ws, name, "wrong")
    with pytest.raises(Busy, match=r"Try again in (5\d|6[01]) s"):
        workspace.check_password(ws, name, PASSWORD)


def test_the_wait_is_never_longer_than_a_quarter_of_an_hour_and_the_right_password_ends_it(ws: Workspace):
    with_password(ws, "Ann")
    with writing(ws.engine) as transaction:
        row = {"name": "ann", "count": 5000, "last_at": datetime.now(UTC)}
        transaction.execute(sa.insert(sign_in_failure).values(**row))
    with pytest.raises(Busy, match=r"Try again in (89\d|90[01]) s"):
        workspace.check_password(ws, "Ann", PASSWORD)
    later(ws, minutes=16)
    assert workspace.check_password(ws, "Ann", PASSWORD)
    for _ in range(signing_in.FREE_TRIES):
        with pytest.raises(NotSignedIn):
            workspace.check_password(ws, "Ann", "wrong")


def test_many_tries_at_once_are_no_more_than_one_after_the_other(ws: Workspace):
    with_password(ws, "Ann")

    def attempt(number: int) -> str:
        try:
            workspace.check_password(ws, "Ann", f"guess {number}")
        except StudioError as problem:
            return type(problem).__name__
        return "let in"

    with ThreadPoolExecutor(8) as threads:
        outcomes = [*threads.map(attempt, range(24))]
    assert outcomes.count("NotSignedIn") == signing_in.FREE_TRIES and outcomes.count("Busy") == 24 - 5


def test_wrong_passwords_of_others_keep_nobody_out_of_a_browser_by_which_they_signed_in_before(ws: Workspace):
    with_password(ws, "Ann")
    for _ in range(signing_in.FREE_TRIES):
        with pytest.raises(NotSignedIn):
            workspace.check_password(ws, "Ann", "wrong")
    with pytest.raises(Busy):
        workspace.check_password(ws, "Ann", PASSWORD)
    assert workspace.check_password(ws, " ANN", PASSWORD, trusted="seven")
    with pytest.raises(Busy):
        workspace.check_password(ws, "Ann", PASSWORD)  # what was right there forgives nothing here
    for _ in range(signing_in.FREE_TRIES):
        with pytest.raises(NotSignedIn):
            workspace.check_password(ws, "Ann", "wrong", trusted="seven")
    with pytest.raises(Busy):
        workspace.check_password(ws, "Ann", PASSWORD, trusted="seven")


def test_a_person_changes_their_password_by_the_old_one_and_their_sessions_end(ws: Workspace):
    made = with_password(ws, "Ann")
    link = workspace.invite(ws, workspace.STUDIO, made.id).invited_at
    ann = workspace.admit(ws, "Ann", time.time())
    for old, new, refusal in (
        ("wrong", "another password", "The password until now is another one. Nothing was changed."),
        (PASSWORD, "short", "A password has from 10 to 200 characters"),
    ):
        with pytest.raises(StudioError, match=refusal):
            workspace.change_password(ws, ann, old, new)
    began = time.time()
    assert workspace.check_password(ws, "Ann", PASSWORD)
    workspace.change_password(ws, ann, PASSWORD, "another password")
    assert workspace.check_password(ws, "Ann", "another password")
    with pytest.raises(NotSignedIn):
        workspace.check_password(ws, "Ann", PASSWORD)
    with pytest.raises(NotSignedIn, match="session is over"):
        workspace.admit(ws, "Ann", began)
    with pytest.raises(NotSignedIn, match="has been used"):
        workspace.invited_account(ws, "Ann", link)
    logged = last_change(ws.engine, "password set")
    assert (logged.person, logged.subject, logged.old, logged.new) == ("Ann", "Ann", None, None)


def test_guesses_at_the_old_password_count_as_those_of_signing_in(ws: Workspace):
    with_password(ws, "Ann")
    ann = workspace.admit(ws, "Ann", time.time())
    for _ in range(signing_in.FREE_TRIES):
        with pytest.raises(NotSignedIn):
            workspace.change_password(ws, ann, "wrong", "another password")
    with pytest.raises(Busy):
        workspace.change_password(ws, ann, PASSWORD, "another password")


def test_a_link_sets_a_password_once_and_a_newer_one_replaces_it(ws: Workspace):
    made = workspace.make_account(ws, workspace.STUDIO, "Ann", "labeller")
    old = workspace.invite(ws, workspace.STUDIO, made.id).invited_at
    new = workspace.invite(ws, workspace.STUDIO, made.id).invited_at
    for over in (lambda: workspace.invited_account(ws, "Ann", old), lambda: accept(ws, old)):
        with pytest.raises(NotSignedIn, match="This link has been used, or is too old"):
            over()
    assert workspace.invited_account(ws, "Ann", new).id == made.id
    for weak in ("short", "x" * 201):
        with pytest.raises(StudioError, match="A password has from 10 to 200 characters"):
            accept(ws, new, weak)
    accept(ws, new)
    with pytest.raises(NotSignedIn, match="has been used"):
        accept(ws, new, "another password")
    assert workspace.check_password(ws, "Ann", PASSWORD)
    logged = last_change(ws.engine, "password set")
    assert (logged.person, logged.subject, logged.old, logged.new) == ("Ann", "Ann", None, None)


def accept(ws: Workspace, invited_at: datetime, password: str = PASSWORD) -> Account:
    return workspace.accept_invitation(ws, "Ann", invited_at, password)


def test_a_link_opens_nothing_after_a_week_nor_for_somebody_disabled(ws: Workspace):
    workspace.make_account(ws, workspace.STUDIO, "Chief", "admin")
    made = workspace.make_account(ws, workspace.STUDIO, "Ann", "labeller")
    then = datetime.now(UTC) - timedelta(days=7, minutes=1)
    with writing(ws.engine) as transaction:
        transaction.execute(sa.update(account_rows).values(invited_at=then))
    with pytest.raises(NotSignedIn):
        workspace.invited_account(ws, "Ann", then)
    with pytest.raises(NotSignedIn):
        accept(ws, then)
    invited_at = workspace.invite(ws, workspace.STUDIO, made.id).invited_at
    workspace.disable_account(ws, workspace.STUDIO, made.id)
    with pytest.raises(NotSignedIn):
        accept(ws, invited_at)


def test_whom_an_identity_provider_knows_is_known_or_made_as_the_settings_say(ws: Workspace):
    def provided(subject: str, name: str = "Ann", first_admin: bool = False, unknown: bool = False) -> Account:
        return workspace.provided_account(ws, subject, name, first_admin=first_admin, unknown=unknown)

    with pytest.raises(NotSignedIn, match="ann@plant.example has no account here: ask an admin"):
        provided("ann@plant.example")
    chief = provided("Chief@plant.example", "Chief", first_admin=True)
    assert (chief.role, chief.name) == ("admin", "Chief") and provided("chief@plant.example").id == chief.id
    ann = provided("ann@plant.example", unknown=True)
    assert (ann.role, ann.name) == ("labeller", "Ann")
    other = provided("ann@elsewhere.example", unknown=True)
    assert (other.id != ann.id, other.name) == (True, "ann@elsewhere.example")
    with pytest.raises(NotSignedIn):
        provided("", unknown=True)
