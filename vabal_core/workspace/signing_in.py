"""How a person proves who they are: by a password of their own, or by what an identity provider says of them.

Passwords are kept as argon2id hashes alone. Each try counts as wrong until it has proved right, so that many at once
get no more tries than one after the other. Tries in a browser by which the person has signed in before count by
themselves, as OWASP's "device cookies" do: whoever else types wrong passwords keeps nobody out of their own browser.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.engine import Connection

from vabal_core.store import accounts as rows
from vabal_core.store.change_log import log_change
from vabal_core.store.database import Database, writing
from vabal_core.store.sign_in_failures import add_failure, failures_of, forget_failures
from vabal_core.types import Account, Actor, Busy, NotSignedIn, StudioError
from vabal_core.types.names import fold_name, same_name
from vabal_core.workspace.accounts import make_account
from vabal_core.workspace.admission import directory, forget_directory
from vabal_core.workspace.people import STUDIO
from vabal_core.workspace.workspace import Workspace

FREE_TRIES = 5  # in a row; the next ones have to wait, twice as long each time
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=15)
LINK_LASTS = timedelta(days=7)
MIN_PASSWORD_CHARACTERS, MAX_PASSWORD_CHARACTERS = 10, 200
WRONG = "Name and password do not fit together."
NOT_YOURS = "The password until now is another one. Nothing was changed."
LINK_OVER = (
    "This link has been used, or is too old. Sign in with the password that you set by it, or ask an admin for a new "
    "link."
)

HASHER = PasswordHasher()


def check_password(ws: Workspace, name: str, password: str, trusted: str = "") -> Account:
    """The account that is called `name` and has this password. `trusted`: the number of the browser, where that person
    has signed in by it before.

    NotSignedIn where there is none, in the same words and after the same work whatever does not fit; Busy, with the
    time to wait, after too many wrong tries for that name, in that browser or in all that are not trusted.
    """
    tries = _whose_tries(name, trusted)
    _count_try(ws, tries)
    account = next((account for account in rows.all_accounts(ws.engine) if same_name(account.name, name)), None)
    hashed = rows.password_hash(ws.engine, account.id) if account else None
    fits = _fits(hashed or _hash_of_nobody(), password[: MAX_PASSWORD_CHARACTERS + 1])
    if account is None or hashed is None or not fits or account.disabled_at is not None:
        raise NotSignedIn(WRONG)
    with writing(ws.engine) as transaction:
        forget_failures(transaction, tries)
    return account


def change_password(ws: Workspace, actor: Actor, old: str, new: str, trusted: str = "") -> Account:
    """Set the actor's own password, who proves by the `old` one that it is theirs; their sessions of before are over.
    NotSignedIn and Busy as `check_password`; StudioError as `accept_invitation`."""
    _refuse_weak(actor.name, new)
    try:
        account = check_password(ws, actor.name, old, trusted)
    except NotSignedIn:
        raise NotSignedIn(NOT_YOURS) from None
    hashed = HASHER.hash(new)
    with writing(ws.engine) as transaction:
        account = _set_password(transaction, account.id, hashed)
        log_change(transaction, actor, None, "password set", account.name)
    forget_directory(ws)
    return account


def invited_account(ws: Workspace, name: str, invited_at: datetime) -> Account:
    """Whom a link is for. NotSignedIn where it has been used, a newer one was made, or it is too old."""
    return _invited(ws.engine, name, invited_at)


def accept_invitation(ws: Workspace, name: str, invited_at: datetime, password: str) -> Account:
    """Set the password of whom the link is for; the link opens nothing any more, and sessions of before are over.
    NotSignedIn as `invited_account`; StudioError for a password that is too short, too long, or the name."""
    _refuse_weak(name, password)
    hashed = HASHER.hash(password)
    with writing(ws.engine) as transaction:
        account = _invited(transaction, name, invited_at)
        account = _set_password(transaction, account.id, hashed)
        forget_failures(transaction, fold_name(name))
        invited = Actor(id=name, name=name, role=account.role, page="invitation")
        log_change(transaction, invited, None, "password set", name)
    forget_directory(ws)
    return account


def provided_account(ws: Workspace, subject: str, name: str, *, first_admin: bool, unknown: bool) -> Account:
    """The account of whom an identity provider calls `subject`. Where there is none yet, one is made for the
    `first_admin`, and where `unknown` people may come in, as a labeller in no project; else NotSignedIn."""
    subject = subject.strip().lower()
    accounts = directory(ws).accounts.values()
    account = next((account for account in accounts if account.subject == subject), None)
    if account is not None:
        return account
    if not subject or not (first_admin or unknown):
        raise NotSignedIn(f"{subject} has no account here: ask an admin.")
    is_free = fold_name(name) and not any(same_name(account.name, name) for account in accounts)
    return make_account(ws, STUDIO, name if is_free else subject, "admin" if first_admin else "labeller", subject)


def _invited(database: Database, name: str, invited_at: datetime) -> Account:
    for account in rows.all_accounts(database):
        if account.name == name and account.invited_at == invited_at and account.disabled_at is None:
            if datetime.now(UTC) - invited_at >= LINK_LASTS:
                break
            return account
    raise NotSignedIn(LINK_OVER)


def _set_password(transaction: Connection, account_id: int, hashed: str) -> Account:
    """A link that was not used opens nothing any more, and sessions of before are over."""
    changes = {"password": hashed, "invited_at": None, "signed_out_at": datetime.now(UTC)}
    return rows.update_account(transaction, account_id, **changes)


def _whose_tries(name: str, trusted: str) -> str:
    typed = fold_name(name)[:MAX_PASSWORD_CHARACTERS]
    return f"{typed}\n{trusted}" if trusted else typed  # no name that was folded has lines


def _count_try(ws: Workspace, tries: str) -> None:
    with writing(ws.engine) as transaction:
        count, last_at = failures_of(transaction, tries)
        longest = 1 + int(LONGEST_WAIT / FIRST_WAIT).bit_length()  # no larger a power is needed
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(count - FREE_TRIES, longest)) if count >= FREE_TRIES else None
        left = (last_at + wait - datetime.now(UTC)).total_seconds() if wait else 0
        if left > 0:
            raise Busy(f"Too many wrong passwords for this name. Try again in {round(left) + 1} s.")
        add_failure(transaction, tries)


def _fits(hashed: str, password: str) -> bool:
    try:
        return HASHER.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False


@lru_cache(maxsize=1)
def _hash_of_nobody() -> str:
    return HASHER.hash("nobody has this password")


def _refuse_weak(name: str, password: str) -> None:
    if not MIN_PASSWORD_CHARACTERS <= len(password) <= MAX_PASSWORD_CHARACTERS:
        words = f"from {MIN_PASSWORD_CHARACTERS} to {MAX_PASSWORD_CHARACTERS} characters, not {len(password)}"
        raise StudioError(f"A password has {words}.")
    if fold_name(password) == fold_name(name):
        raise StudioError("Choose a password that is not your name.")
