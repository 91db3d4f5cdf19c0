"""People: who may come in, in which role, and who sees this project."""

import streamlit as st

from vabal_core import workspace
from vabal_core.ui.app.context import page_context_if_any
from vabal_core.ui.app.login import login
from vabal_core.ui.app.person import current_actor
from vabal_core.ui.views.people import members_view, new_person_form, people_view

context = page_context_if_any()
st.title("People", anchor=False)
if login() == "none":
    st.write("Nobody signs in to this Studio: whoever opens it on this computer may do everything, under any name.")
    st.write("For a team, whoever runs it turns signing in on. The README tells how, under “For a team”.")
elif not workspace.may(current_actor(), "accounts"):
    st.write("Only an admin sees who may come in.")
else:
    if context:
        members_view(context)
    people_view(current_actor())
    new_person_form(current_actor())
