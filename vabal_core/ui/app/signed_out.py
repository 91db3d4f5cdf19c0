"""What somebody sees of the Studio before they are signed in, and which pages the menu offers them then."""

import streamlit as st

from vabal_core import workspace
from vabal_core.types import NotSignedIn
from vabal_core.ui.app.format import plain
from vabal_core.ui.app.login import login
from vabal_core.ui.app.navigation import PageName
from vabal_core.ui.app.person import FIRST, current_actor

RIGHTS: dict[PageName, workspace.Right] = {
    "people": "accounts",
    "audit": "audit",
    "status": "operate",
}  # of pages that are not for everybody
SIGN_IN = "sign-in"  # beside the pages: see api/sign_in.py
WAY_IN = f"""<a class="sign-in" href="{SIGN_IN}">Sign in</a><style>
a.sign-in {{ display: inline-block; padding: 0.5rem 1.2rem; border-radius: 0.5rem; background: #1f5fbf; color: #ffffff;
  font-weight: 600; text-decoration: none; }}
a.sign-in:focus-visible {{ outline: 3px solid #5c9bff; outline-offset: 2px; }}
</style>"""
GO = f'<script>window.location.replace(new URL("{SIGN_IN}", document.baseURI))</script>'


def why_signed_out() -> str:
    """Why somebody has to sign in before they see a page; "" where nobody has to, or they have."""
    try:
        current_actor()
    except NotSignedIn as problem:
        return str(problem)
    return ""


def in_menu(name: PageName) -> bool:
    """Whether the menu offers the page to whoever looks."""
    if name in RIGHTS and not why_signed_out():
        return workspace.may(current_actor(), RIGHTS[name]) and (name != "people" or login() != "none")
    return True


def signed_out_view(reason: str) -> None:
    """The reason, and the way in."""
    st.title("VaB-AL Studio", anchor=False)
    st.write(plain(reason))
    if login() == "local":
        st.html(WAY_IN)
        if reason == FIRST:
            st.html(GO, unsafe_allow_javascript=True)
    else:
        st.button("Sign in", type="primary", on_click=st.login)  # the provider asks as whom
