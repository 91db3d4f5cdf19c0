"""Adding and renaming the defect classes of a project, while labelling."""

import streamlit as st

from vabal_core import workspace
from vabal_core.types import StudioError
from vabal_core.ui.problems import say
from vabal_core.ui.words import plain
from vabal_core.workspace import Workspace


def class_editor(ws: Workspace, project_id: int) -> None:
    """One line a class with its key and its name to change, and one line for a new class."""
    _add_form(ws, project_id, "Add a class")
    classes = workspace.classes(ws, project_id)
    with st.form("rename_classes", border=False):
        st.caption("Rename")
        names = {
            one.id: st.text_input(plain(f"Class of key {one.key}"), one.name, key=f"name_{one.id}", icon=None)
            for one in classes
        }
        if st.form_submit_button("Save names", key="save_names"):
            changed = [one for one in classes if names[one.id].strip() != one.name]
            wanted = [name.strip().casefold() for name in names.values()]
            if len(set(wanted)) < len(wanted) or not all(wanted):  # all are renamed, or none
                st.error("Each class needs a name of its own. Nothing was renamed.")
                return
            _try([lambda one=one: workspace.rename_class(ws, one.id, names[one.id]) for one in changed])


def first_class(ws: Workspace, project_id: int) -> None:
    """What a project without classes shows in place of the labelling desk."""
    st.title("Name your first class", anchor=False)
    st.write(
        "A class is one kind of defect, for example “scratches”. Each class gets a key; you can add more at any time."
    )
    _add_form(ws, project_id, "Add the class")


def _add_form(ws: Workspace, project_id: int, button: str) -> None:
    with st.form("add_class", border=False, clear_on_submit=True):
        name = st.text_input("New class", placeholder="for example: scratches", key="new_class", max_chars=100)
        if st.form_submit_button(button, key="add_class_button"):
            _try([lambda: workspace.add_class(ws, project_id, name)])


def _try(steps: list) -> None:
    try:
        for step in steps:
            step()
    except (StudioError, ValueError) as problem:
        say(problem)
    else:
        st.rerun()
