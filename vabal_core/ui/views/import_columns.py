"""What the columns of a table are, chosen by a person where the table does not say it itself."""

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import streamlit as st

from vabal_core.types import TableColumns
from vabal_core.ui.views.import_jobs import ImportRequest, look_again
from vabal_core.workspace import TablePreview, Workspace

COLUMNS = {"image": "The image", "label": "Its class", "split": "Its use (train, test)"}


def columns_view(ws: Workspace, table: TablePreview | None, request: ImportRequest, owner: str) -> None:
    """The first rows of the table, and what names image, class and split: where that was guessed, cannot be told, or
    was chosen here."""
    if table is None or not (table.in_doubt or replace(request.columns, beside="") != TableColumns()):
        return
    epoch = st.session_state.get("import_epoch", 0)
    keys = {name: f"import_column-{name}-{epoch}" for name in COLUMNS}

    def choose() -> None:
        names = {name: st.session_state.get(key) or "" for name, key in keys.items()}
        chosen = replace(request.columns, **names)
        st.session_state["import_epoch"] = epoch + 1
        look_again(ws, owner, columns=chosen)

    with st.container(border=True, key="import_columns"):
        st.markdown("Which columns of the table name the image, its class and its use? These are its first rows.")
        with st.container(horizontal=True):
            for name, label in COLUMNS.items():
                _choice(table, name, label, keys[name], choose)
        rows = pd.DataFrame(table.rows, columns=table.titles)
        st.dataframe(rows, hide_index=True, width="content")


def _choice(table: TablePreview, name: str, label: str, key: str, choose: Callable[[], None]) -> None:
    taken = getattr(table.columns, name)
    st.selectbox(
        label,
        table.titles,
        index=table.titles.index(taken) if taken in table.titles else None,
        key=key,
        on_change=choose,
        placeholder="no column",
        width=240,
    )
