"""How people come in: without any login, by accounts of the Studio's own, or by an identity provider."""

import os
from ipaddress import ip_address
from typing import Literal, get_args

import streamlit as st

from vabal_core import workspace
from vabal_core.types import Actor, NotSignedIn, StudioError
from vabal_core.ui.signing import Session
from vabal_core.workspace import Workspace

LOGIN = "VABAL_LOGIN"
ADMIN = "VABAL_ADMIN"  # the first admin: a name, or what the identity provider calls them
UNKNOWN = "VABAL_UNKNOWN_PEOPLE"  # of an identity provider: "refuse", or "labeller"
UNNAMED = "unnamed"

Login = Literal["none", "local", "openid"]


def login() -> Login:
    """What VABAL_LOGIN says; "none" where it is not set. StudioError where it says something else."""
    chosen = os.environ.get(LOGIN) or "none"
    for kind in get_args(Login):
        if chosen == kind:
            return kind
    raise StudioError(f"{LOGIN} is {chosen!r}: it may be {', '.join(get_args(Login))}.")


def check_login() -> None:
    """StudioError where people would come in otherwise than whoever runs the Studio thinks."""
    kind, address = login(), st.get_option("server.address") or "0.0.0.0"
    if kind == "none" and not is_loopback(address):
        raise StudioError(
            f"It was to listen at {address}, where other computers reach it, and nobody has to sign in: set {LOGIN} to "
            "local or openid, or server.address to 127.0.0.1 (README, “For a team”)."
        )
    if kind == "openid" and not _knows_provider():
        raise StudioError(f"{LOGIN} is openid, and .streamlit/secrets.toml has no [auth] with an identity provider.")


def is_loopback(address: str) -> bool:
    """Whether a name or an address means this very computer."""
    try:
        return address == "localhost" or ip_address(address).is_loopback
    except ValueError:
        return False


def _knows_provider() -> bool:
    try:
        return "auth" in st.secrets
    except FileNotFoundError:
        return False


def let_in(ws: Workspace, session: Session) -> Actor:
    """Who the session is, with what they may do now. NotSignedIn where it is over, NotAllowed where its project is not
    theirs to see."""
    if login() == "none":
        return workspace.person(session.name or UNNAMED)
    if not session.began:
        raise NotSignedIn("Sign in first.")
    return workspace.admit(ws, session.name, session.began, session.project_id or None)
