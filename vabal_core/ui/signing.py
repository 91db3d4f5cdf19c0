"""Signed tokens: who labels in which project, who signed in, in which browser they did before, and whom a link invites.

The secret lies in the data folder, so that a page left open goes on working after the server was restarted. Each token
names the database that it was made for: of another one, or of one that was emptied, the same ids mean other things.
"""

import os
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from filelock import FileLock
from itsdangerous import BadSignature, Signer, URLSafeSerializer

from vabal_core.types import Account, NotSignedIn, StudioError
from vabal_core.types.names import fold_name

SECRET_FILE = "secret"
NOT_WHOLE = "The link is not whole: copy all of it, or ask for a new one."
OTHER_STUDIO = "This page was opened on another Studio. Reload it."
SIGN_IN_AGAIN = "Sign in again: this was for another Studio."


@dataclass(frozen=True, kw_only=True)
class Session:
    """Who looks at a page, since when they are signed in (seconds since 1970; 0: nobody signs in here), and the one
    project of the database that the page is about (0: none)."""

    database: str
    name: str
    began: float = 0.0
    project_id: int = 0


@lru_cache(maxsize=8)
def secret(data_dir: Path) -> str:
    """The server's secret, made on first use and readable by its owner alone (mode 0600).

    Servers that start at once agree on one, and a crash leaves a whole one or none. StudioError where the file holds
    something that is no secret, or may not be read or written.
    """
    path = data_dir / SECRET_FILE
    try:
        return _read_secret(path) or _make_secret(path)
    except OSError as error:
        raise StudioError(
            f"The secret in {path} cannot be used: {error}. Check its rights and the free space."
        ) from error


def _read_secret(path: Path) -> str:
    """ "" where there is none, or only what a crash left of one that was never used: no bytes, or zeros."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return ""
    try:
        return content.strip(b"\0 \t\r\n").decode("ascii")
    except UnicodeDecodeError:
        raise StudioError(
            f"The secret in {path} is damaged: {len(content)} bytes that are no plain text. Put the file back from a "
            "backup; or delete it, start the Studio again and reload the pages that are open."
        ) from None


def _make_secret(path: Path) -> str:
    # A lock, not a hard link: some file systems have no links, and an empty file of old has to make way.
    with FileLock(path.with_name(f"{SECRET_FILE}.lock")):
        if made_meanwhile := _read_secret(path):
            return made_meanwhile
        key = token_urlsafe(32)
        beside = path.with_name(f"{SECRET_FILE}.new")
        beside.unlink(missing_ok=True)
        descriptor = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(key)
            file.flush()
            os.fsync(descriptor)
        os.replace(beside, path)
        return key


def studio_id(key: str, database: str) -> str:
    """A short public name of this installation and its database: labels kept in a browser go back to no other."""
    return Signer(key, salt="studio").get_signature(database).decode()[:12]


def session_token(key: str, session: Session) -> str:
    """What a page sends along to say whose it is."""
    return _serializer(key, "session").dumps(asdict(session))


def read_session(key: str, database: str, token: str) -> Session:
    """The session of a token; NotSignedIn for one that this server did not make, or made for another database."""
    session = Session(**_opened(key, "session", token, OTHER_STUDIO))
    if session.database != database:
        raise NotSignedIn("This page belongs to another database than the Studio has now. Reload it.")
    return session


def session_cookie_name(key: str, database: str) -> str:
    """A browser keeps the cookies of all ports of a machine together: each Studio there has one of its own."""
    return f"studio_session_{studio_id(key, database)}"


def session_cookie(key: str, session: Session) -> str:
    """What a browser keeps of somebody who signed in here."""
    return _serializer(key, "cookie").dumps([session.database, session.name, session.began])


def read_cookie(key: str, database: str, cookie: str) -> Session:
    """NotSignedIn for one that is not this server's, or of another database."""
    made_for, name, began = _opened(key, "cookie", cookie, SIGN_IN_AGAIN)
    if made_for != database:
        raise NotSignedIn("Sign in again: this was for another database.")
    return Session(database=database, name=name, began=began)


def trust_cookie_name(key: str, database: str, name: str) -> str:
    """Of the cookie that a browser keeps for each person who signed in by it."""
    return f"studio_trust_{studio_id(key, database + fold_name(name))}"


def trust_cookie(key: str, database: str, name: str) -> str:
    """What a browser keeps of somebody who has signed in by it once, under a number that nobody else has."""
    return _serializer(key, "trust").dumps([database, fold_name(name), token_urlsafe(12)])


def read_trust(key: str, database: str, name: str, cookie: str) -> str:
    """The number under which a browser is trusted with the name; "" where that one has not signed in by it."""
    try:
        made_for, trusted, number = _opened(key, "trust", cookie, SIGN_IN_AGAIN)
    except NotSignedIn:
        return ""
    return number if (made_for, trusted) == (database, fold_name(name)) else ""


def invitation(key: str, database: str, account: Account) -> str:
    """The part of a link that lets `account` set a password. ValueError where none is to be set."""
    if account.invited_at is None:
        raise ValueError(f"{account.name} is not invited")
    return _serializer(key, "invitation").dumps([database, account.name, account.invited_at.isoformat()])


def read_invitation(key: str, database: str, link: str) -> tuple[str, datetime]:
    """(name, when invited) of a link. NotSignedIn for one that is not whole, not this server's, or of another
    database."""
    made_for, name, invited_at = _opened(key, "invitation", link, NOT_WHOLE)
    if made_for != database:
        raise NotSignedIn("This link is for another database. Ask an admin for a new one.")
    return name, datetime.fromisoformat(invited_at)


def _serializer(key: str, purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(key, salt=purpose)


def _opened(key: str, purpose: str, token: str, refusal: str) -> Any:
    try:
        return _serializer(key, purpose).loads(token)
    except BadSignature:
        raise NotSignedIn(refusal) from None
