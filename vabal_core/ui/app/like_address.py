"""The part of the Grid's address that names the image whose like is shown: it can be shared, and pages lead to it."""

import streamlit as st

from vabal_core.ui.app.navigation import page

LIKE = "like"
ASKED_FOR = "like_asked_for"  # of the session: the id that a press has just named
MAX_ID_DIGITS = 18


def look_for_similar(image_id: int) -> None:
    """Have what is like this image shown from the next run on."""
    st.session_state[ASKED_FOR] = image_id


def image_to_be_like() -> int | None:
    """The id of the image in the Grid's address, 0 for what is none; None where no such is named."""
    if (image_id := st.session_state.pop(ASKED_FOR, None)) is not None:
        st.query_params[LIKE] = str(image_id)
    address = st.query_params.to_dict().get(LIKE)
    if address is None:
        return None
    return int(address) if address.isdecimal() and len(address) <= MAX_ID_DIGITS else 0


def leave_similar() -> None:
    """Show again what was shown before."""
    st.query_params.pop(LIKE, None)


def go_to_similar() -> None:
    """From another page to the Grid, where an image was named there; its own address stays, to come back to."""
    if (image_id := st.session_state.pop(ASKED_FOR, None)) is not None:
        project = {name: value for name, value in st.query_params.to_dict().items() if name == "project"}
        st.switch_page(page("grid"), query_params=project | {LIKE: str(image_id)})
