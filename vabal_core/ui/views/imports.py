"""What was imported into a project, each import with the way to undo it and to take that back."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from vabal_core import workspace
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.app.errors import show_errors
from vabal_core.ui.app.format import plain
from vabal_core.workspace import Import


def imports_view(context: PageContext) -> None:
    """One line an import, newest first; nothing where none is remembered."""
    imports = workspace.list_imports(context.ws, context.project.id)
    if imports:
        with st.expander(f"Imports ({len(imports):,})", icon=":material/history:", key=context.key("imports")):
            for listed in imports:
                _line(context, listed)


def _line(context: PageContext, listed: Import) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        day = f"{listed.created_at:%Y-%m-%d %H:%M}"
        st.markdown(
            f"{day} · {plain(Path(listed.source).name or listed.source)}", help=plain(listed.source), width="content"
        )
        st.caption(plain(_state(listed)), width="content")
        if listed.undone_at is None:
            _button(context, "Undo", f"undo_import-{listed.id}", workspace.undo_import, listed)
        elif listed.removed:
            _button(context, "Bring back", f"restore_import-{listed.id}", workspace.restore_import, listed)


def _button(context: PageContext, label: str, key: str, verb: Callable[..., int], listed: Import) -> None:
    st.button(label, key=key, on_click=show_errors()(verb), args=(context.ws, context.actor, listed.id))


def _state(listed: Import) -> str:
    """What has become of it, in words."""
    if listed.undone_at is not None:
        return f"undone, {listed.removed:,} images in the bin"
    images = f"{listed.images:,} images, {listed.labelled:,} labelled"
    if listed.finished_at is None:
        images += f", stopped before all {listed.planned:,} were in"
    return f"{images}, by {listed.annotator}"
