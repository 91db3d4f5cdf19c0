"""VaB-AL Studio, the web application. Start it with `streamlit run app.py`."""

from pathlib import Path

import streamlit as st

from vabal_core.ui.routes import ROUTES
from vabal_core.ui.start import lifespan

app = st.App(Path(__file__).parent / "vabal_core" / "ui" / "main.py", routes=ROUTES, lifespan=lifespan)
