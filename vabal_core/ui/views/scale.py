"""The scale of a project whose images have more than 8 bits: which values are black and white."""

import streamlit as st

from vabal_core import workspace
from vabal_core.types import Scale
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.app.errors import show_errors
from vabal_core.ui.app.format import plain


def scale_view(context: PageContext) -> None:
    """The scale with fields to change it; nothing where the images have 8 bits."""
    scale = workspace.project_scale(context.project)
    if scale is None:
        return
    key = context.key
    with st.expander("Brightness of the images", icon=":material/contrast:", key=key("scale")):
        st.caption(
            "The images have more than 8 bits a value. One scale turns all into grey, for you and for the model."
        )
        refusal = context.why_not("learn")
        if refusal:
            st.caption(plain(refusal))
        with st.container(horizontal=True, vertical_alignment="bottom"):
            fields = {"Black, up to the value": scale.low, "White, from the value": scale.high}
            # Fields of their own for each scale: they start from what is in use.
            low, high = (
                st.number_input(
                    label,
                    value=value,
                    key=key(f"scale_{label[:5].lower()}-{scale.name}"),
                    width=200,
                    disabled=bool(refusal),
                )
                for label, value in fields.items()
            )
            unchanged = (low, high) == (scale.low, scale.high)
            if st.button("Take this scale", key=key("scale_set"), disabled=unchanged or bool(refusal)):
                _set(context, low, high)


@show_errors()
def _set(context: PageContext, low: float, high: float) -> None:
    if low >= high:
        st.error("Black must lie below white.")
        return
    workspace.set_scale(context.ws, context.actor, context.project.id, Scale(low=low, high=high))
    st.rerun()
