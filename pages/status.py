"""Status: how the server runs, for whoever keeps it running."""

import streamlit as st

from vabal_core import workspace
from vabal_core.ui.app.context import page_context_if_any
from vabal_core.ui.app.person import current_actor
from vabal_core.ui.app.studio import studio
from vabal_core.ui.views.server_status import status_view

page_context_if_any()
st.title("Status", anchor=False)
if workspace.may(current_actor(), "operate"):
    status_view(workspace.read_status(studio(), current_actor()))
else:
    st.write("Only admins see how the server runs.")
