"""Audit: who changed what, when and from where."""

import streamlit as st

from vabal_core import workspace
from vabal_core.ui.app.context import page_context
from vabal_core.ui.views.audit import audit_view

context = page_context("Audit")
if workspace.may(context.actor, "audit"):
    st.caption("Every decision and every change, the newest on top. No line is ever changed or deleted.")
    audit_view(context)
else:
    st.write("Only reviewers and admins see who changed what.")
