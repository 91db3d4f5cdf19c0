"""Who is let in, and to which project.

Looked up in what was read from the database at most a few seconds ago: to admit somebody costs no query, and whoever is
disabled is out within these seconds, on every server of the database.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from weakref import WeakKeyDictionary

from vabal_core.store.accounts import all_accounts, all_memberships
from vabal_core.store.database import reading
from vabal_core.store.identity import ensure_identity, identity_if_any
from vabal_core.types import Account, Actor, NotAllowed, NotSignedIn, Project
from vabal_core.workspace.projects import list_projects
from vabal_core.workspace.workspace import Workspace

SESSION_SECONDS = 12 * 3600.0  # a long shift
FRESH_SECONDS = 3.0
CLOCKS_APART = 60.0  # seconds by which an identity provider's clock may be ahead
OVER = "Your session is over. Sign in again."


@dataclass(frozen=True, kw_only=True)
class Directory:
    """Who may come in, as it was `read_at` (time.monotonic()). `members`: (project id, account id)."""

    identity: str
    accounts: Mapping[str, Account]
    members: frozenset[tuple[int, int]]
    read_at: float


_directories: WeakKeyDictionary[Workspace, Directory] = WeakKeyDictionary()
_being_read = Lock()


def directory(ws: Workspace) -> Directory:
    """Who may come in. While one thread reads it anew, the others go by what was read before. StudioError where the
    database cannot be read."""
    latest = _directories.get(ws)
    if _is_fresh(latest) or not _being_read.acquire(blocking=latest is None):
        return latest
    try:
        latest = _directories.get(ws)  # another thread may have been quicker
        if not _is_fresh(latest):
            latest = _directories[ws] = _read(ws)
        return latest
    finally:
        _being_read.release()


def forget_directory(ws: Workspace) -> None:
    """The next look is at the database itself: after a change that this process has made."""
    _directories.pop(ws, None)


def database_identity(ws: Workspace) -> str:
    """The name, at random, that this database has had since it was made: no other one has it, not even a copy."""
    return directory(ws).identity


def admit(ws: Workspace, name: str, began: float, project_id: int | None = None) -> Actor:
    """Whoever signed in as `name` at `began` (seconds since 1970), with the role that they have now.

    NotSignedIn where that session is over, or the account is disabled; NotAllowed where they are not a member of the
    project.
    """
    account = directory(ws).accounts.get(name)
    if account is None or not began - CLOCKS_APART <= time.time() < began + SESSION_SECONDS:
        raise NotSignedIn(OVER)
    if account.disabled_at is not None:
        raise NotSignedIn(f"The account of {name} is disabled: ask an admin.")
    if account.signed_out_at is not None and began <= account.signed_out_at.timestamp():
        raise NotSignedIn(OVER)
    actor = Actor(id=account.name, name=account.name, role=account.role)
    if project_id is not None and not may_see(ws, actor, project_id):
        raise NotAllowed(f"{name} is not a member of this project: ask an admin.")
    return actor


def may_see(ws: Workspace, actor: Actor, project_id: int) -> bool:
    """Whether the project is there for this person: for its members, and for every admin."""
    if actor.role == "admin":
        return True
    people = directory(ws)
    account = people.accounts.get(actor.name)
    return account is not None and (project_id, account.id) in people.members


def visible_projects(ws: Workspace, actor: Actor) -> list[Project]:
    """The projects that are there for this person, oldest first; none in the bin."""
    return [project for project in list_projects(ws) if may_see(ws, actor, project.id)]


def _is_fresh(latest: Directory | None) -> bool:
    return latest is not None and time.monotonic() - latest.read_at < FRESH_SECONDS


def _read(ws: Workspace) -> Directory:
    began = time.monotonic()
    ensure_identity(ws.engine)
    with reading(ws.engine) as transaction:
        return Directory(
            identity=identity_if_any(transaction),
            accounts={account.name: account for account in all_accounts(transaction)},
            members=all_memberships(transaction),
            read_at=began,
        )
