"""Setting images aside for evaluation later, from those that nobody has labelled."""

import streamlit as st

from vabal_core import workspace
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.app.errors import show_errors

USUAL_SHARE = 0.1


def set_aside_view(context: PageContext) -> None:
    """A menu that draws a number of unlabelled images; what came of it stands beside it once."""
    key = context.key
    _, waiting = workspace.search_images(context.ws, context.project.id, split="pool", state="waiting", limit=1)

    def draw() -> None:
        with show_errors():
            count = st.session_state[key("set_aside_count")]
            moved = workspace.set_aside(context.ws, context.actor, context.project.id, count=count)
            st.session_state[key("set_aside_done")] = moved

    with st.popover("Set images aside", icon=":material/straighten:", key=key("set_aside"), disabled=not waiting):
        st.write("They are drawn by lot from the images without a label, and only measure how good the model is.")
        usual = max(1, round(USUAL_SHARE * waiting))
        st.number_input("How many", 1, max(1, waiting), usual, key=key("set_aside_count"))
        st.button("Set them aside", type="primary", key=key("set_aside_now"), on_click=draw)
    if moved := st.session_state.pop(key("set_aside_done"), 0):
        st.caption("1 image was set aside." if moved == 1 else f"{moved:,} images were set aside.", width="content")
