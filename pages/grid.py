"""Grid: many images at once, one key for all that are selected."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from vabal_core import workspace
from vabal_core.types import DefectClass
from vabal_core.ui.app.context import PageContext, page_context
from vabal_core.ui.app.errors import show_errors
from vabal_core.ui.app.like_address import image_to_be_like
from vabal_core.ui.app.state_strip import current_state
from vabal_core.ui.app.studio import one_state
from vabal_core.ui.views.classes import first_classes
from vabal_core.ui.views.exception import exception_view
from vabal_core.ui.views.filters import STATES, filters, sorting
from vabal_core.ui.views.image_pages import SIZES, filter_view, queue_view, start_anew
from vabal_core.ui.views.similar import SimilarLook, similar_view

SHOWS = {"queue": "Most useful first", "sure": "Confirm sure ones", "all": "All images"}
LABELLED = "labelled"  # in the address: the class of the labels
SAYS = "says"  # in the address: the class that the model takes the images for


@st.fragment
@show_errors()
@one_state()
def the_grid(context: PageContext) -> None:
    classes = workspace.classes(context.ws, context.project.id)
    image_id = image_to_be_like()
    strip = st.container()
    with st.container(horizontal=True, vertical_alignment="center"):
        show = which_images(context, seen=image_id is None)
        if show == "sure" and image_id is None:
            st.caption("Strike out what is wrong, confirm the rest with one key.", width="content")
        else:
            size = page_size()
            grouped = st.toggle("Group by what the model says", key="grouped", bind="query-params")
    if image_id is not None:
        similar_to(context, classes, image_id, size=size, grouped=grouped, strip=strip)
        return
    if show == "queue":
        queue_view(context, classes, size=size, grouped=grouped, key=context.key("grid"))
    elif show == "sure":
        exception_view(context, classes, key=context.key("grid"))
    else:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            criteria = filters(context, "f", classes) | sorting(context, "f", "As imported")
        filter_view(context, classes, criteria, size=size, grouped=grouped, key=context.key("grid"))


def which_images(context: PageContext, *, seen: bool) -> str:
    """A name of SHOWS. Not seen where the images are those like another one: it keeps what is to be shown after."""
    is_ranked = current_state(context.ws, context.project).ranking > 0
    st.html("<style>[data-testid=stLayoutWrapper]:has(> .st-key-unseen) { display: none; }</style>")
    with st.container(key="seen" if seen else "unseen", width="content"):
        return st.segmented_control(
            "Which images",
            list(SHOWS),
            default="queue",
            required=True,
            format_func=lambda name: shown_as(name, is_ranked),
            key="show",
            bind="query-params",
            label_visibility="collapsed",
        )


def similar_to(
    context: PageContext,
    classes: Sequence[DefectClass],
    image_id: int,
    *,
    size: int,
    grouped: bool,
    strip: DeltaGenerator,
) -> None:
    """What is like one image, by the filters that are set."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        criteria = filters(context, "f", classes)
        every = st.toggle("Show nearly the same ones too", key="every", bind="query-params")
    look = SimilarLook(image_id=image_id, criteria=criteria, fold=not every, size=size, grouped=grouped)
    similar_view(context, classes, look, strip, key=context.key("grid"))


def page_size() -> int:
    size = st.segmented_control(
        "Images a page",
        SIZES,
        default=60,
        required=True,
        key="size",
        bind="query-params",
        label_visibility="collapsed",
    )
    st.caption("images a page", width="content")
    return size


def filter_from_address(context: PageContext) -> None:
    """Another page leads to the unlabelled images that the model takes for a class, or to those labelled so: set the
    filters so, once."""
    address = st.query_params.to_dict()
    names = {str(item.id): item.name for item in workspace.classes(context.ws, context.project.id)}
    if address.get(SAYS) in names:
        st.session_state[context.key("f_predicted_class_id")] = names[address[SAYS]]
        st.session_state[context.key("f_state")] = STATES["waiting"]
    if address.get(LABELLED) in names:
        st.session_state[context.key("f_class_id")] = names[address[LABELLED]]
    for name in (SAYS, LABELLED):
        st.query_params.pop(name, None)


def shown_as(name: str, is_ranked: bool) -> str:
    """What is useful is known of images that a round has ranked, and of no others."""
    return SHOWS[name] if is_ranked or name != "queue" else "Next to label"


context = page_context("Grid", seen=False)
if not any(workspace.image_totals(context.ws, context.project.id).values()):
    st.write("Once there are images, they stand here side by side, to be labelled many at a time.")
elif not workspace.classes(context.ws, context.project.id):
    first_classes(context)
else:
    filter_from_address(context)
    start_anew(context.key("grid"), context.key("similar"))
    the_grid(context)
