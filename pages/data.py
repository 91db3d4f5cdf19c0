"""Data: add images, take the labels away as a file."""

import streamlit as st

from vabal_core import workspace
from vabal_core.ui.app.context import PageContext, page_context_if_any
from vabal_core.ui.app.format import plain
from vabal_core.ui.app.navigation import link
from vabal_core.ui.app.person import browser, current_actor
from vabal_core.ui.app.studio import studio
from vabal_core.ui.views.bin import bin_view
from vabal_core.ui.views.classes import classes_view
from vabal_core.ui.views.export import export_view
from vabal_core.ui.views.features import kept_features
from vabal_core.ui.views.image_files import image_files_view
from vabal_core.ui.views.importing import import_under_way, import_view
from vabal_core.ui.views.imports import imports_view
from vabal_core.ui.views.report import report_view
from vabal_core.ui.views.scale import scale_view
from vabal_core.ui.views.set_aside import set_aside_view

GREY = {"delta_color": "off", "delta_arrow": "off"}  # a part of the number above it, not a change


def what_is_there(context: PageContext) -> None:
    """How many images and labels the project holds, where to look at them, and the way to take the labels along."""
    totals = workspace.image_totals(context.ws, context.project.id)
    counts = workspace.counts(context.ws, context.project.id)
    if not any(totals.values()):
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
    with st.container(horizontal=True, vertical_alignment="center"):
        export_view(context)
        if workspace.may(context.actor, "import"):
            set_aside_view(context)
    report_view(context)
    if workspace.may(context.actor, "import"):
        image_files_view(context)


def imports_and_what_is_there(context: PageContext | None) -> None:
    project = context.project if context else None
    # What is being imported goes before what is there: it may well be for another project.
    if import_under_way(project, browser()):
        import_view(studio(), project, browser())
        if context:
            st.header(plain(f"“{context.project.name}” now"), anchor=False)
            what_is_there(context)
        return
    if context:
        what_is_there(context)
        st.header("Add images", anchor=False)
    import_view(studio(), project, browser())


context = page_context_if_any()
st.title("Data", anchor=False)
may_import = workspace.may(current_actor(), "import")
if may_import:
    imports_and_what_is_there(context)
elif context:
    what_is_there(context)
if context:
    classes_view(context)
    scale_view(context)
if context and may_import:
    imports_view(context)
    bin_view(context)
    kept_features(context)
