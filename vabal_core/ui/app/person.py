"""Who looks at a page: the browser by a secret name, the person by the name in the sidebar."""

from urllib.parse import unquote
from uuid import uuid4

import streamlit as st

from vabal_core import workspace
from vabal_core.types import Actor
from vabal_core.ui.signing import UNNAMED

COOKIE, BROWSER_COOKIE, HINTS_COOKIE = "studio_person", "studio_browser", "studio_hints"
MAX_NAME_CHARACTERS = 60
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


def current_actor() -> Actor:
    """Who looks at this page, by the name in the sidebar."""
    name = st.session_state.get("person", "").strip()
    return workspace.person(name or f"{UNNAMED} {browser()[:4]}")  # undo takes back one's own labels, not a stranger's


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


def ask_for_name() -> None:
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
