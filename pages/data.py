"""Data: look through the images, correct labels, add images, take the labels away as a file."""

import streamlit as st

from vabal_core import workspace
from vabal_core.ui.browsing import browse_view
from vabal_core.ui.facts import image_totals
from vabal_core.ui.frame import Place, enter_if_any
from vabal_core.ui.importing import import_running, import_view
from vabal_core.ui.studio import studio

VIEWS = {"browse": "Browse", "add": "Add images"}


def export_button(place: Place) -> None:
    # The file is made when the button is pressed, not at every visit of the page.
    st.download_button(
        "Download labels (CSV)",
        data=lambda: b"".join(workspace.export_csv(place.ws, place.project.id)),
        file_name=f"{place.project.name} labels.csv",
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
        key="export",
    )


def toolbar(place: Place) -> str:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        view = st.segmented_control(
            "View",
            list(VIEWS),
            format_func=VIEWS.get,
            default="add" if import_running() else "browse",
            required=True,
            key="view",
            bind="query-params",
            label_visibility="collapsed",
        )
        export_button(place)
    return view


place = enter_if_any()
st.title("Data", anchor=False)
view = toolbar(place) if place else "add"
if view == "add":
    import_view(studio(), place.project.name if place else None)
elif not any(image_totals(place.ws, place.project.id).values()):
    st.write("This project holds no images yet. Choose “Add images” above.")
else:
    browse_view(place)
