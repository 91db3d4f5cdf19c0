"""Who looks at a page: the browser by a secret name; the person by signing in, or else by the name in the sidebar."""

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import streamlit as st

from vabal_core import workspace
from vabal_core.types import Actor, NotSignedIn
from vabal_core.ui.app.format import plain
from vabal_core.ui.app.login import ADMIN, UNKNOWN, UNNAMED, let_in, login
from vabal_core.ui.app.navigation import PAGE_SHOWN
from vabal_core.ui.app.studio import studio
from vabal_core.ui.signing import Session, read_cookie, secret, session_cookie_name

COOKIE, BROWSER_COOKIE, HINTS_COOKIE = "studio_person", "studio_browser", "studio_hints"
MAX_NAME_CHARACTERS = 60
FIRST = "Sign in first."
# A page beside the Studio's own: see api/sign_in.py.
CHANGE_PASSWORD = """<a class="change-password" href="password">Change your password</a><style>
a.change-password { font-size: 0.875rem; color: inherit; }
</style>"""
# Kept in cookies, because a session's memory ends with a reload and a link shared with a colleague carries no name.
REMEMBER = """
export default function ({ data }) {
  const keep = (name, value) => { document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=strict`; };
  keep("studio_browser", data.browser);
  if (data.name) keep("studio_person", encodeURIComponent(data.name));
  if (data.hints) keep("studio_hints", data.hints);
}
"""

_remember = st.components.v2.component("vabal_remember_name", js=REMEMBER)


def browser() -> str:
    """A secret name of the browser that looks at this page, the same after a reload: what it started belongs to it."""
    if "browser" not in st.session_state:
        cookie = st.context.cookies.get(BROWSER_COOKIE)
        is_valid = isinstance(cookie, str) and len(cookie) == 32 and cookie.isalnum()
        st.session_state["browser"] = cookie if is_valid else uuid4().hex
    return st.session_state["browser"]


def current_session() -> Session:
    """Whose page this is. NotSignedIn where somebody has to sign in first."""
    ws, kind = studio(), login()
    database = workspace.database_identity(ws)
    if kind == "local":
        cookie = st.context.cookies.get(session_cookie_name(secret(ws.data_dir), database))
        if not isinstance(cookie, str):
            raise NotSignedIn(FIRST)
        return read_cookie(secret(ws.data_dir), database, cookie)
    if kind == "openid":
        return _provided_session(database)
    name = st.session_state.get("person", "").strip()
    # Undo takes back one's own labels, not a stranger's.
    return Session(database=database, name=name or f"{UNNAMED} {browser()[:4]}")


def _provided_session(database: str) -> Session:
    """By what the identity provider said of the person, when they signed in there."""
    if not st.user.is_logged_in:
        raise NotSignedIn(FIRST)
    claims = st.user.to_dict()
    subject = subject_of(claims)
    account = workspace.provided_account(
        studio(),
        subject,
        str(claims.get("name") or ""),
        first_admin=bool(subject) and subject == os.environ.get(ADMIN, "").strip().lower(),
        unknown=os.environ.get(UNKNOWN) == "labeller",
    )
    return Session(database=database, name=account.name, began=float(claims.get("iat") or 0))


def subject_of(claims: Mapping[str, Any]) -> str:
    """What an identity provider calls a person, in small letters: their e-mail address, where it does not say that
    nobody has checked it, or else the name that it has for them."""
    has_address = claims.get("email") and claims.get("email_verified", True) is True
    return str(claims["email"] if has_address else claims.get("sub") or "").strip().lower()


def current_actor() -> Actor:
    """Who looks at this page. NotSignedIn where somebody has to sign in first."""
    return replace(let_in(studio(), current_session()), page=st.session_state.get(PAGE_SHOWN, ""))


def remember_person() -> None:
    """Keep the name, the browser's own, and which hints were put away over a reload."""
    name, hints = st.session_state.get("person", ""), ".".join(sorted(hints_put_away()))
    _remember(key="remember", data={"name": name, "browser": browser(), "hints": hints})


def hints_put_away() -> set[str]:
    """Names of the hints that were put away in this browser."""
    if "hints" not in st.session_state:
        cookie = st.context.cookies.get(HINTS_COOKIE)
        st.session_state["hints"] = set(cookie.split(".")) - {""} if isinstance(cookie, str) else set()
    return st.session_state["hints"]


def put_hint_away(name: str) -> None:
    hints_put_away().add(name)


def show_person(actor: Actor) -> None:
    """Who is signed in, the way to another password, and the way out."""
    with st.sidebar.container(horizontal=True, vertical_alignment="center", key="signed_in"):
        st.markdown(f"{plain(actor.name)}  \n:small[{actor.role}]", width="stretch")
        if st.button("Sign out", key="sign_out", help="On every computer where you are signed in."):
            workspace.sign_out(studio(), actor)
            if login() == "openid":
                st.logout()
            st.rerun()
    if login() == "local":
        st.sidebar.html(CHANGE_PASSWORD)


def ask_for_name() -> None:
    """The name in the sidebar, where nobody signs in."""
    if "person" not in st.session_state:
        cookie = st.context.cookies.get(COOKIE)
        st.session_state["person"] = unquote(cookie)[:MAX_NAME_CHARACTERS] if isinstance(cookie, str) else ""
    st.session_state["person_box"] = st.session_state["person"]
    st.sidebar.text_input(
        "Your name",
        key="person_box",
        max_chars=MAX_NAME_CHARACTERS,
        placeholder="written beside each label",
        help="Each label you give carries this name, also in the exported file.",
        on_change=lambda: st.session_state.update(person=st.session_state["person_box"].strip()),
    )
