"""Experiments: which way of choosing learns soonest, tried on images whose classes are known already."""

import streamlit as st

from vabal_core import workspace
from vabal_core.ui.app.context import page_context
from vabal_core.ui.app.format import plain
from vabal_core.ui.views.experiment_form import new_experiment_form
from vabal_core.ui.views.experiments import choose_experiment, experiment_view, history
from vabal_core.ui.views.measured_choices import measured_choices

context = page_context("Experiments")
st.write(
    "An experiment plays labelling again on images whose classes are known: each strategy chooses what to label next, "
    "and you see which one learns with fewer labels. On your own labels it answers: would another way of choosing "
    "have helped me?"
)
experiments = workspace.list_experiments(context.ws, context.project.id)
if experiments:
    experiment_view(context, choose_experiment(context, experiments))
measured_choices()
st.header("A new experiment", anchor=False)
if refusal := context.why_not("learn"):
    st.write(plain(refusal))
else:
    new_experiment_form(context)
if len(experiments) > 1:
    st.header("Experiments so far", anchor=False)
    history(experiments)
