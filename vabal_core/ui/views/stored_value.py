"""Widgets that show a setting of the project as it is stored now, and write it as soon as it is changed."""

from typing import Any

import streamlit as st

from vabal_core import workspace
from vabal_core.types import Project
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.app.errors import show_errors


def stored_settings(context: PageContext) -> dict[str, Any]:
    """The settings as they are stored now. A part of a page that is run again by itself still holds the project as it
    was when the whole page was drawn, before the person set something there."""
    return workspace.usable_settings(workspace.require_project(context.ws, context.project.id))


def stored_value(context: PageContext, name: str, current: Any) -> dict[str, Any]:
    """Arguments of a widget for the setting `name`, which is `current` now: its key, its value, and what writes it."""

    @show_errors()
    def keep() -> None:
        keep_setting(context, name)

    show_value(context.key(name), current)
    return {"key": context.key(name), "on_change": keep}


def show_value(key: str, current: Any) -> None:
    """The widget of this key shows `current`, whatever was chosen in it before: it is given no first value of its own,
    which would count once only."""
    if st.session_state.get(key) != current:
        st.session_state[key] = current


def keep_setting(context: PageContext, name: str) -> Project:
    """Write what the setting's widget shows."""
    shown = st.session_state[context.key(name)]
    return workspace.update_settings(context.ws, context.actor, context.project.id, **{name: shown})
