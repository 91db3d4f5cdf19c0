"""Data: look through the images, correct labels, add images, take the labels away as a file."""

from html import escape

import streamlit as st

from vabal_core import workspace
from vabal_core.ui.browsing import browse_view
from vabal_core.ui.frame import Place, browser, enter_if_any
from vabal_core.ui.importing import import_running, import_view
from vabal_core.ui.studio import studio
from vabal_core.ui.tokens import export_url, secret

LINK_STYLE = """<style>
a.download { display: inline-block; padding: 0.4rem 0.8rem; font-size: 0.9rem;
  border: 1px solid var(--st-border-color, #8886);
  color: inherit; border-radius: 0.5rem; text-decoration: none; white-space: nowrap; }
a.download:hover, a.download:focus-visible { border-color: var(--st-primary-color); color: var(--st-primary-color); }
</style>"""
VIEWS = {"browse": "Browse", "add": "Add images"}


def export_link(place: Place) -> None:
    """A link, not a download button: the file is streamed from the database and never stands in memory whole."""
    url, name = export_url(secret(place.ws.data_dir), place.project.id), f"{place.project.name} labels.csv"
    st.html(f'<a class="download" href="{url}" download="{escape(name)}">Download labels (CSV)</a>{LINK_STYLE}')


def toolbar(place: Place) -> str:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        view = st.segmented_control(
            "View",
            list(VIEWS),
            format_func=VIEWS.get,
            default="add" if import_running(browser()) else "browse",
            required=True,
            key="view",
            bind="query-params",
            label_visibility="collapsed",
        )
        export_link(place)
    return view


place = enter_if_any()
st.title("Data", anchor=False)
view = toolbar(place) if place else "add"
if view == "add":
    import_view(studio(), place.project if place else None, browser())
elif not any(workspace.image_totals(place.ws, place.project.id).values()):
    st.write("This project holds no images yet. Choose “Add images” above.")
else:
    browse_view(place)
