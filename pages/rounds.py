"""Rounds: let the Studio learn from the labels and rank the other images."""

import streamlit as st

from vabal_core import workspace
from vabal_core.ui.app.context import page_context
from vabal_core.ui.views.round_list import history
from vabal_core.ui.views.round_report import diagnosis_view
from vabal_core.ui.views.round_result import newest_result
from vabal_core.ui.views.round_settings import round_settings, unknown_settings
from vabal_core.ui.views.rounds import last_trouble, running, running_losses, start_box

context = page_context("Rounds")
st.write("In a round the Studio learns from your labels, then ranks all other images: the most useful ones first.")
rounds = workspace.list_rounds(context.ws, context.project.id)
finished = [round_ for round_ in rounds if round_.state == "done"]
is_running = workspace.follow_round(context.ws, context.project.id) is not None
unknown_settings(context)
if is_running:
    running(context)
else:
    last_trouble(rounds)
    start_box(context)
if finished:
    newest_result(context, finished[-1])
# Drawn when it is opened: its charts are most of what the page would have to compute.
specialists = st.expander("For specialists", key="specialists", on_change="rerun")
if specialists.open:
    with specialists:
        if is_running:
            running_losses(context)
        round_settings(context)
        if finished:
            diagnosis_view(context, finished)
        st.subheader("Rounds so far", anchor=False)
        if rounds:
            history(rounds)
        else:
            st.caption("None yet.")
