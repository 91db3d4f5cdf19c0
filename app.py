"""VaB-AL Studio, the web application. Start it with `streamlit run app.py`."""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from vabal_core.ui.api import ROUTES
from vabal_core.ui.app.failures import Failures
from vabal_core.ui.app.guard import Guard
from vabal_core.ui.app.lifespan import lifespan
from vabal_core.ui.app.start import prepare_server

prepare_server()
app = st.App(
    Path(__file__).parent / "vabal_core" / "ui" / "app" / "main.py",
    routes=ROUTES,
    lifespan=lifespan,
    middleware=[Middleware(Guard), Middleware(Failures)],
)
