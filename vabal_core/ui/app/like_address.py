"""The part of the Grid's address that names the image whose like is shown: it can be shared, and pages lead to it."""

import streamlit as st

from vabal_core.ui.app.navigation import page

LIKE = "like"
BEFORE = "show_before_like"  # of the session: which images the Grid showed before
MAX_ID_DIGITS = 18


def image_to_be_like() -> int | None:
    """The id of the image in the address, 0 for what is none; None where no such is named."""
    address = st.query_params.to_dict().get(LIKE)
    if address is None:
        return None
    return int(address) if address.isdecimal() and len(address) <= MAX_ID_DIGITS else 0


def look_for_similar(image_id: int) -> None:
    """Have what is like this image shown from the next run on."""
    if LIKE not in st.query_params:
        st.session_state[BEFORE] = st.session_state.get("show")
    st.query_params[LIKE] = str(image_id)


def leave_similar() -> None:
    """Show again what was shown before."""
    st.query_params.pop(LIKE, None)
    if before := st.session_state.pop(BEFORE, None):
        st.session_state["show"] = before


def go_to_similar() -> None:
    """From another page to the Grid, where an image was named there."""
    if LIKE in st.query_params:
        st.switch_page(page("grid"), query_params=st.query_params.to_dict())
