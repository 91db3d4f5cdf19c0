"""A form whose fields keep what was typed when it is refused, and are empty again once it was done.

Streamlit's own `clear_on_submit` empties them either way.
"""

import streamlit as st

DONE_FIELDS = "fields_of_forms_done"  # in the session: keys of the fields to empty in the next run


def empty_next_time(*keys: str) -> None:
    """The form was done: its text fields `keys` are empty from the next run on."""
    st.session_state[DONE_FIELDS] = keys


def empty_fields_done() -> None:
    """Before the fields are drawn, after which Streamlit lets nobody change them."""
    for key in st.session_state.pop(DONE_FIELDS, ()):
        st.session_state[key] = ""
