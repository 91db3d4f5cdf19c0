"""Tables in a folder of images that give them classes: each may be read with the folder."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from vabal_core.types import Doubt
from vabal_core.ui.app.errors import show_errors
from vabal_core.ui.app.format import plain
from vabal_core.ui.views.import_jobs import ImportRequest, look_again, settle
from vabal_core.workspace import Workspace


def tables_view(ws: Workspace, doubts: Sequence[Doubt], request: ImportRequest, owner: str) -> None:
    """Each table that is not read, with the way to read it; and the way back where one is."""
    for number, doubt in enumerate(doubts):
        with st.container(border=True, key=f"import_doubt-table-{number}"):
            st.markdown(f":material/help: {plain(doubt.text)}")
            with st.container(horizontal=True):
                _choice(ws, request, owner, doubt.table, f"Take the classes of {doubt.table}, too", f"take-{number}")
                leave = f"import_keep-table-{number}"
                st.button("Leave them", key=leave, icon=":material/check:", on_click=settle, args=(owner, [doubt.text]))
    if request.columns.beside:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                plain(f"{request.columns.beside} is read with the folder: what it names has the class from it.")
            )
            _choice(ws, request, owner, "", "Read the folder without it", "leave")


def _choice(ws: Workspace, request: ImportRequest, owner: str, beside: str, words: str, key: str) -> None:
    """The button that reads the folder with the table at the path `beside`, or without one where that is empty."""
    columns = replace(request.columns, image="", label="", split="", beside=beside)
    again = show_errors()(look_again)
    st.button(plain(words), key=f"import_table-{key}", on_click=again, args=(ws, owner), kwargs={"columns": columns})
