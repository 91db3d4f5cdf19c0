"""Review: what to look at again, and correcting it in place."""

import streamlit as st

from vabal_core import workspace
from vabal_core.ui.app.context import PageContext, page_context
from vabal_core.ui.app.errors import show_errors
from vabal_core.ui.app.like_address import go_to_similar
from vabal_core.ui.app.studio import one_state
from vabal_core.ui.views.agreement import people_view
from vabal_core.ui.views.differing import differing_view
from vabal_core.ui.views.image_pages import start_anew
from vabal_core.ui.views.label_errors import label_errors_view
from vabal_core.ui.views.review import (
    GRID,
    TABS,
    choose_tab,
    confusion_view,
    list_view,
    near_duplicates_view,
    tab_counts,
)


@st.fragment
@show_errors()
@one_state()
def the_review(context: PageContext) -> None:
    go_to_similar()
    classes = workspace.classes(context.ws, context.project.id)
    tab = choose_tab(tab_counts(context), st.query_params.get("tab"))
    # Not bound by Streamlit, which would put the counts into the address too.
    st.query_params["tab"] = tab
    if tab == "twins":
        near_duplicates_view(context, classes)
    elif tab == "confusion":
        confusion_view(context, classes)
    elif tab == "errors":
        label_errors_view(context)
    elif tab == "differing":
        differing_view(context)
    elif tab == "people":
        people_view(context)
    else:
        list_view(context, classes, TABS[tab], tab)


context = page_context("Review", seen=False)
if not any(workspace.image_totals(context.ws, context.project.id).values()):
    st.write("Once there are labels, they are looked at again here: the doubtful ones first.")
else:
    start_anew(context.key(GRID))
    the_review(context)
