"""A table of words and numbers on a page, as high as it needs to be."""

import pandas as pd
import streamlit as st

from vabal_core.ui.app.format import plain

# On a phone cells stand closer: six columns of short words have room there.
STYLE = """<style>
.st-key-table_{key} [data-testid=stTable] {{ overflow-x: auto; }}
@media (max-width: 640px) {{
  .st-key-table_{key} :is(th, td) {{ padding: 0.3rem 0.4rem 0.3rem 0; }}
  .st-key-table_{key} :is(th, td, p) {{ font-size: 0.8rem; }}
}}
</style>"""


def word_table(frame: pd.DataFrame, key: str) -> None:
    """Its words are broken where there is no room; where that does not do it is moved sideways, not cut off. Every cell
    is shown letter for letter. `key`: as of a widget."""
    st.html(STYLE.format(key=key))
    with st.container(key=f"table_{key}"):
        st.table(frame.map(lambda value: plain(str(value))), hide_index=True, border="horizontal")
