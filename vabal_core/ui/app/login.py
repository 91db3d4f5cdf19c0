"""How people come in: without any login, by accounts of the Studio's own, or by an identity provider."""

import os
from typing import Literal, get_args

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


def let_in(ws: Workspace, session: Session) -> Actor:
    """Who the session is, with what they may do now. NotSignedIn where it is over, NotAllowed where its project is not
    theirs to see."""
    if login() == "none":
        return workspace.person(session.name or UNNAMED)
    if not session.began:
        raise NotSignedIn("Sign in first.")
    return workspace.admit(ws, session.name, session.began, session.project_id or None)
