"""Data: add images, take the labels away as a file."""

from html import escape

import streamlit as st

from vabal_core import workspace
from vabal_core.ui.app.context import PageContext, browser, page_context_if_any
from vabal_core.ui.app.navigation import link
from vabal_core.ui.app.studio import studio
from vabal_core.ui.signing import export_url, secret
from vabal_core.ui.views.features import kept_features, reading_status
from vabal_core.ui.views.importing import import_view

LINK_STYLE = """<style>
a.download { display: inline-block; padding: 0.4rem 0.8rem; font-size: 0.9rem;
  border: 1px solid var(--st-border-color, #8886);
  color: inherit; border-radius: 0.5rem; text-decoration: none; white-space: nowrap; }
a.download:hover, a.download:focus-visible { border-color: var(--st-primary-color); color: var(--st-primary-color); }
</style>"""

GREY = {"delta_color": "off", "delta_arrow": "off"}  # a part of the number above it, not a change


def export_link(context: PageContext) -> None:
    """A link, not a download button: the file is streamed from the database and never stands in memory whole."""
    url, name = export_url(secret(context.ws.data_dir), context.project.id), f"{context.project.name} labels.csv"
    st.html(f'<a class="download" href="{url}" download="{escape(name)}">Download labels (CSV)</a>{LINK_STYLE}')


def what_is_there(context: PageContext) -> None:
    """How many images and labels the project holds, where to look at them, and the way to take the labels along."""
    totals = workspace.image_totals(context.ws, context.project.id)
    counts = workspace.counts(context.ws, context.project.id)
    if not any(totals.values()):
        st.write("This project holds no images yet. Add some below.")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="large"):
        st.metric("Images to learn from", f"{totals['pool']:,}", f"{counts.pool_total:,} labelled", **GREY)
        st.metric(
            "Images for evaluation",
            f"{totals['evaluation']:,}",
            f"{counts.evaluation_total:,} labelled",
            **GREY,
        )
        with st.container(width="content"):
            link("grid", "See the images in the Grid")
            link("review", "Check and correct the labels")
        export_link(context)
    reading_status(context)


context = page_context_if_any()
st.title("Data", anchor=False)
if context:
    what_is_there(context)
    st.header("Add images", anchor=False)
import_view(studio(), context.project if context else None, browser())
if context:
    kept_features(context)
