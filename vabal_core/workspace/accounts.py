"""Accounts: who may come in, in which role, and into which projects. Admins alone change them."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.engine import Connection

from vabal_core.store import accounts as rows
from vabal_core.store.change_log import log_change
from vabal_core.store.database import reading, writing
from vabal_core.store.labels import IMPORTED
from vabal_core.types import Account, Actor, Role, StudioError
from vabal_core.types.names import clean_name, same_name
from vabal_core.workspace.admission import forget_directory
from vabal_core.workspace.people import ORACLE, STUDIO, require_right
from vabal_core.workspace.projects import require_project
from vabal_core.workspace.workspace import Workspace

MAX_NAME_CHARACTERS = 60
RESERVED_NAMES = (IMPORTED, ORACLE.name, STUDIO.name)


def list_accounts(ws: Workspace, actor: Actor) -> list[Account]:
    """Every account, disabled ones too, the oldest first."""
    require_right(actor, "accounts")
    return rows.all_accounts(ws.engine)


def make_account(ws: Workspace, actor: Actor, name: str, role: Role, subject: str = "") -> Account:
    """An account without a password, in no project; `subject` is what an identity provider calls the person.

    StudioError where the name, or the subject, is somebody else's or will not do.
    """
    require_right(actor, "accounts")
    name, subject = clean_name(name, "person's"), subject.strip().lower()
    if len(name) > MAX_NAME_CHARACTERS:
        raise StudioError(f"A person's name has at most {MAX_NAME_CHARACTERS} characters, not {len(name)}.")
    with writing(ws.engine) as transaction:
        _refuse_taken(rows.all_accounts(transaction), name, subject)
        made = rows.insert_account(transaction, name, role, subject or None)
        log_change(transaction, actor, None, "account made", name, new=role)
    forget_directory(ws)
    return made


def set_role(ws: Workspace, actor: Actor, account_id: int, role: Role) -> Account:
    """Give the person another role, from their next request on. StudioError where no admin would be left."""
    return _change(ws, actor, account_id, role=role)


def disable_account(ws: Workspace, actor: Actor, account_id: int) -> Account:
    """Let the person in no more, and end their sessions everywhere. StudioError where no admin would be left."""
    now = datetime.now(UTC)
    return _change(ws, actor, account_id, disabled_at=now, signed_out_at=now, invited_at=None)


def enable_account(ws: Workspace, actor: Actor, account_id: int) -> Account:
    """Let the person in again, by the password that they had."""
    return _change(ws, actor, account_id, disabled_at=None)


def invite(ws: Workspace, actor: Actor, account_id: int) -> Account:
    """Begin a link by which the person sets a password, once: `invited_at` is what it is about. An older link that
    nobody has used opens nothing any more. StudioError where the account is disabled."""
    require_right(actor, "accounts")
    with writing(ws.engine) as transaction:
        if _account(transaction, account_id).disabled_at is not None:
            raise StudioError("This account is disabled: enable it first.")
        invited = rows.update_account(transaction, account_id, invited_at=datetime.now(UTC))
        log_change(transaction, actor, None, "account invited", invited.name)
        return invited


def sign_out(ws: Workspace, actor: Actor) -> None:
    """End every session of this person, on whatever computer."""
    with writing(ws.engine) as transaction:
        for account in rows.all_accounts(transaction):
            if account.name == actor.name:
                rows.update_account(transaction, account.id, signed_out_at=datetime.now(UTC))
    forget_directory(ws)


def project_members(ws: Workspace, actor: Actor, project_id: int) -> frozenset[int]:
    """The ids of the accounts that see the project, beside those of admins."""
    require_right(actor, "accounts")
    members = rows.all_memberships(ws.engine)
    return frozenset(account_id for member_of, account_id in members if member_of == project_id)


def set_members(ws: Workspace, actor: Actor, project_id: int, account_ids: Collection[int]) -> None:
    """From now on these people see the project, beside every admin. ValueError for an id of no account."""
    require_right(actor, "accounts")
    require_project(ws, project_id)
    with writing(ws.engine) as transaction:
        for account_id in account_ids:
            _account(transaction, account_id)
        before = _member_names(transaction, project_id)
        rows.replace_members(transaction, project_id, account_ids)
        now = _member_names(transaction, project_id)
        log_change(transaction, actor, project_id, "members changed", old=before, new=now)
    forget_directory(ws)


def invite_first_admin(ws: Workspace, name: str) -> Account | None:
    """Where no admin can sign in yet: the account of the one called `name`, with a link of its own as by `invite`, made
    where there is none. None where an admin has a password."""
    with reading(ws.engine) as transaction:
        accounts = rows.all_accounts(transaction)
    if any(account.role == "admin" and account.has_password and not account.disabled_at for account in accounts):
        return None
    return invite_admin(ws, STUDIO, name)


def invite_admin(ws: Workspace, actor: Actor, name: str) -> Account:
    """The account of the one called `name`, as an admin who may come in, with a link of its own as by `invite`; made
    where there is none."""
    require_right(actor, "accounts")
    accounts = rows.all_accounts(ws.engine)
    account = next((account for account in accounts if same_name(account.name, name)), None)
    account = account or make_account(ws, actor, name, "admin")
    set_role(ws, actor, account.id, "admin")
    enable_account(ws, actor, account.id)
    return invite(ws, actor, account.id)


def _change(ws: Workspace, actor: Actor, account_id: int, **values: Any) -> Account:
    require_right(actor, "accounts")
    with writing(ws.engine) as transaction:
        before = _account(transaction, account_id)
        changed = rows.update_account(transaction, account_id, **values)
        old, new = _standing(before), _standing(changed)
        if old != new:
            log_change(transaction, actor, None, "account changed", before.name, old=old, new=new)
        accounts = rows.all_accounts(transaction)
        if not any(account.role == "admin" and account.disabled_at is None for account in accounts):
            raise StudioError("No admin would be left: make somebody else an admin first.")
    forget_directory(ws)
    return changed


def _account(transaction: Connection, account_id: int) -> Account:
    for account in rows.all_accounts(transaction):
        if account.id == account_id:
            return account
    raise ValueError(f"no account has the id {account_id}")


def _member_names(transaction: Connection, project_id: int) -> str:
    names = {account.id: account.name for account in rows.all_accounts(transaction)}
    members = (account_id for member_of, account_id in rows.all_memberships(transaction) if member_of == project_id)
    return ", ".join(sorted(names[account_id] for account_id in members))


def _standing(account: Account) -> str:
    return f"{account.role}, disabled" if account.disabled_at else account.role


def _refuse_taken(accounts: Sequence[Account], name: str, subject: str) -> None:
    if any(same_name(name, reserved) for reserved in RESERVED_NAMES):
        raise StudioError(f"“{name}” stands beside labels that no person gave: choose another name.")
    for account in accounts:
        if same_name(account.name, name):
            raise StudioError(f"There is a person called “{account.name}” already: choose another name.")
        if subject and account.subject == subject:
            raise StudioError(f"{subject} is known already, as “{account.name}”.")
