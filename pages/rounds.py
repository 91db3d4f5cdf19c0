"""Rounds: let the Studio learn from the labels and rank the other images."""

import streamlit as st

from vabal_core import workspace
from vabal_core.ui.app.context import page_context
from vabal_core.ui.views.round_list import history
from vabal_core.ui.views.round_report import diagnosis_view
from vabal_core.ui.views.rounds import last_trouble, running, start_form

context = page_context("Rounds")
st.write("In a round the Studio learns from your labels, then ranks all other images: the most useful ones first.")
rounds = workspace.list_rounds(context.ws, context.project.id)
finished = [round_ for round_ in rounds if round_.state == "done"]
if workspace.follow_round(context.ws, context.project.id):
    running(context)
else:
    last_trouble(rounds)
    start_form(context, rounds)
if finished:
    diagnosis_view(context, finished)
st.subheader("Rounds so far", anchor=False)
if rounds:
    history(rounds)
else:
    st.caption("None yet.")
