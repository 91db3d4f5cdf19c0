"""Grid: many images at once, one key for all that are selected."""

import streamlit as st

from vabal_core import workspace
from vabal_core.ui.app.context import Place, enter
from vabal_core.ui.app.errors import said
from vabal_core.ui.app.navigation import link
from vabal_core.ui.views.classes import first_class
from vabal_core.ui.views.filters import filters, sorting
from vabal_core.ui.views.image_pages import SIZES, filter_view, queue_view, start_anew

SHOWS = {"queue": "Most useful first", "all": "All images"}


@st.fragment
@said()
def the_grid(place: Place) -> None:
    classes = workspace.classes(place.ws, place.project.id)
    with st.container(horizontal=True, vertical_alignment="center"):
        show = st.segmented_control(
            "Which images",
            list(SHOWS),
            default="queue",
            required=True,
            format_func=SHOWS.get,
            key="show",
            bind="query-params",
            label_visibility="collapsed",
        )
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
        grouped = st.toggle("Group by what the model says", key="grouped", bind="query-params")
    if show == "queue":
        queue_view(place, classes, size=size, grouped=grouped, key=place.key("grid"))
    else:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            wanted = filters(place, "f", classes) | sorting(place, "f", "As imported")
        filter_view(place, classes, wanted, size=size, grouped=grouped, key=place.key("grid"))


place = enter("")
if not any(workspace.image_totals(place.ws, place.project.id).values()):
    st.title("Grid", anchor=False)
    st.write("This project holds no images yet.")
    link("data", "Add images")
elif not workspace.classes(place.ws, place.project.id):
    first_class(place)
else:
    start_anew(place.key("grid"))
    the_grid(place)
