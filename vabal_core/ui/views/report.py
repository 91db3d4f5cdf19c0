"""The report of a project, to be filed: one click makes it."""

import streamlit as st

from vabal_core import workspace
from vabal_core.ui.addresses import report_url
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.signing import secret
from vabal_core.ui.views.export import download_link

HELP = (
    "One file that opens in any browser, without a network and in years to come: the images, classes and labels, how "
    "good the model is, what is left, all settings. Print it for a PDF."
)


def report_view(context: PageContext) -> None:
    """The link to the report, and whether people are named in it; nothing for somebody who may not take it away."""
    if not workspace.may(context.actor, "export"):
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        button = st.container(width="content")  # before the box that says what its address is
        names = st.checkbox("Names of people in the report", True, key=context.key("report_names"), help=HELP)
        with button:
            url = report_url(secret(context.ws.data_dir), context.session, context.actor.name, names=names)
            download_link(url, "Download report (HTML)")
