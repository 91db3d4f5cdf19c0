"""The frame around every page: its title and the menu. Streamlit runs this file first, whatever page is asked for."""

import streamlit as st

from vabal_core.ui.pages import MENU, page

st.set_page_config(page_title="VaB-AL Studio", page_icon=":material/frame_inspect:", layout="wide")
st.navigation([page(name) for name in MENU]).run()
