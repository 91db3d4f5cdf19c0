"""Images of which people say different things, one after the other on the desk, for whoever may decide between them."""

import streamlit as st

from vabal_core import workspace
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.app.navigation import link
from vabal_core.ui.components.desk import desk
from vabal_core.ui.signing import secret, session_token, studio_id
from vabal_core.ui.views.twice_labelled import labelled_twice

NONE_ASKED = (
    "No image has been labelled by two people who did not see each other’s labels. Have a share of the images labelled "
    "twice: the tab “How far people agree” sets it."
)
NOT_ALLOWED = "A reviewer or an admin decides between labels of others. Until then the label given first stands."
HOW = (
    "Each image was labelled by somebody, and again by somebody else who was not shown the first label. Until it is "
    "decided the first label stands. What you decide is what the model learns from, whatever was said before."
)


def differing_view(context: PageContext) -> None:
    """The images to decide on, and what people said of them."""
    counts = workspace.second_look_counts(context.ws, context.project.id)
    if not counts.labelled_twice:
        st.write(NONE_ASKED)
        st.button("Go to “How far people agree”", on_click=st.session_state.update, kwargs={"tab": "people"})
        return
    if not workspace.may(context.actor, "review"):
        st.write(f"{labelled_twice(counts)} {NOT_ALLOWED}")
        link("label", "Go on labelling")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(labelled_twice(counts), help=HOW)
        names = st.toggle("Show who said what", key=context.key("differing_names"))
    key = secret(context.ws.data_dir)
    desk(
        project_id=context.project.id,
        project_name=context.project.name,
        why_fixed=context.why_not("describe"),
        queue="differing",
        images=counts.labelled_twice,
        came_labelled=False,
        token=session_token(key, context.session),
        studio=studio_id(key, context.session.database),
        epoch=int(names),
        tally=True,
        names=names,
    )
