"""Rounds: let the Studio learn from the labels and rank the other images."""

import streamlit as st

from vabal_core import workspace
from vabal_core.ui.app.context import enter
from vabal_core.ui.views.round_report import diagnosis
from vabal_core.ui.views.rounds import history, last_trouble, running, start_form

place = enter("Rounds")
st.write("In a round the Studio learns from your labels, then ranks all other images: the most useful ones first.")
rounds = workspace.list_rounds(place.ws, place.project.id)
finished = [one for one in rounds if one.state == "done"]
if workspace.follow_round(place.ws, place.project.id):
    running(place)
else:
    last_trouble(rounds)
    start_form(place)
if finished:
    diagnosis(place, finished)
st.subheader("Rounds so far", anchor=False)
if rounds:
    history(rounds)
else:
    st.caption("None yet.")
