"""The frame around every page: its title and the menu. Streamlit runs this file first, whatever page is asked for."""

from pathlib import Path

import streamlit as st

from vabal_core.ui.app.errors import show_errors
from vabal_core.ui.app.navigation import MENU, PAGE_SHOWN, page
from vabal_core.ui.app.signed_out import in_menu, signed_out_view, why_signed_out
from vabal_core.ui.app.studio import one_state

# A file of our own: named icons and emoji would be fetched from the internet.
ICON = Path(__file__).with_name("icon.svg")


def home() -> None:
    # A default page answers at "/" alone; sending it on gives every page one address that can be kept and shared.
    st.switch_page(page("label"), query_params=st.query_params.to_dict())


def show(reason: str) -> None:
    """The page that is asked for or, where somebody has to sign in first, the reason and the way in."""
    pages = [st.Page(home, default=True, visibility="hidden"), *(page(name, hidden=not in_menu(name)) for name in MENU)]
    if reason:
        st.navigation(pages, position="hidden")
        signed_out_view(reason)
        return
    chosen = st.navigation(pages)
    st.set_page_config(page_title=f"{chosen.title} · VaB-AL Studio")
    st.session_state[PAGE_SHOWN] = chosen.url_path
    with show_errors(), one_state():
        chosen.run()


# Before the navigation, which else takes the icon of the page for the tab's and fetches it from outside.
st.set_page_config(page_title="VaB-AL Studio", page_icon=ICON, layout="wide")
with show_errors():
    show(why_signed_out())
