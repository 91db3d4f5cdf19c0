"""Reading images by a pretrained network, as the pages show it: how far it is, at which side, and what it takes."""

import streamlit as st

from vabal_core import workspace
from vabal_core.types import Project
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.app.errors import show_errors
from vabal_core.ui.app.format import duration
from vabal_core.ui.app.reading import restart_reading
from vabal_core.ui.views.stored_value import keep_setting, show_value, stored_settings
from vabal_core.workspace import FeatureState, Workspace

FROM_THE_IMAGES = 0
SIDES = (64, 96, 128, 160, 192, 224, 320, 448)
MEGABYTE = 1_000_000


def side_control(context: PageContext, preset: str) -> None:
    """At how many pixels the images are read, kept with the project; nothing where `preset` reads none."""
    state = workspace.feature_state(context.ws, context.project.id, preset)
    if state is None:
        return
    current = stored_settings(context)["side"]
    usual = workspace.usual_side(context.ws, context.project.id)
    options = [FROM_THE_IMAGES, *sorted({*SIDES, current} - {FROM_THE_IMAGES})]
    key = context.key("side")

    @show_errors()
    def keep() -> None:
        restart_reading(context.ws, keep_setting(context, "side"))

    show_value(key, current)
    st.selectbox(
        "Images are read at",
        options,
        format_func=lambda side: f"{side} px" if side else f"Their own size, {usual} px",
        key=key,
        on_change=keep,
        disabled=not workspace.may(context.actor, "learn"),
        help="The longer side in pixels at which a pretrained network looks at each image, once. More shows finer "
        "defects and takes longer. Their own size means the size of most images, 224 px at most.",
    )
    st.caption(reading_cost(state))


def reading_cost(state: FeatureState) -> str:
    """How many images are read at this side, and what the others cost, in words."""
    if state.read == state.images:
        return f"All {state.images:,} images are read at {state.side} px."
    left = f"take about {duration(max(1, state.seconds_left))} on two CPU cores, once"
    if not state.read:
        return f"At {state.side} px the {state.images:,} images {left}."
    return f"{state.read:,} of {state.images:,} images are read at {state.side} px; the others {left}."


def reading_after_import(ws: Workspace, project: Project) -> str:
    """When what was imported is ready for learning, in words; "" where nothing is read of it beforehand."""
    state = workspace.feature_state(ws, project.id)
    if state is None:
        return ""
    if state.read == state.images:
        return "All images are read for learning."
    return (
        f"You can label at once. Meanwhile each image is read once for learning: about "
        f"{duration(max(1, state.seconds_left))} on two CPU cores."
    )


def kept_features(context: PageContext) -> None:
    """What was read of the images of all projects, and a way to delete it."""
    size = workspace.feature_bytes(context.ws)
    if not size:
        return

    @show_errors()
    def delete() -> None:
        workspace.remove_features(context.ws, context.actor)

    with st.expander("What was read of the images"):
        st.write(
            "A pretrained network has read each image once, so that learning takes seconds. What it read takes "
            f"{size / MEGABYTE:,.1f} MB for all projects. No label depends on it: it can be deleted at any time, and "
            "is read again when it is needed."
        )
        st.button("Delete what was read", key="delete_features", icon=":material/delete:", on_click=delete)
