"""The menu below the box of projects: make one, and later give it another name, or put it into the bin."""

import streamlit as st

from vabal_core import workspace
from vabal_core.types import Actor, Project
from vabal_core.types.names import clean_name, fold_name
from vabal_core.ui.app.errors import show_errors
from vabal_core.ui.app.navigation import go_to_project, page
from vabal_core.ui.app.person import current_actor
from vabal_core.workspace import Workspace

# Most plants sort out what is good as well, and a model that has never seen it calls everything a defect.
PROPOSED_CLASSES = "no defect\n"
OPEN = "project_dialog"


def project_menu(ws: Workspace, project: Project | None) -> None:
    """Draw the menu, and what was opened from it; `project` is the one that is open."""
    with st.popover("Manage projects", icon=":material/folder_open:", width="stretch", key="project_menu"):
        _entry("New project", ":material/add:", "new")
    # Kept in the session, so that a run of the whole page leaves it open.
    if st.session_state.get(OPEN) == "new":
        _new_project(ws)


def _entry(label: str, icon: str, name: str) -> None:
    st.button(label, icon=icon, type="tertiary", key=f"project_{name}", on_click=_open, args=(name,))


def _open(name: str) -> None:
    st.session_state[OPEN] = name


def _close() -> None:
    st.session_state.pop(OPEN, None)


@st.dialog("New project", on_dismiss=_close)
def _new_project(ws: Workspace) -> None:
    errors = st.container()
    name = st.text_input("Name", key="new_project_name", placeholder="for example: Line 2, top side")
    classes = st.text_area(
        "Classes, one a line",
        PROPOSED_CLASSES,
        key="new_project_classes",
        height=180,
        help="Paste them from anywhere. They get the keys 1, 2, 3 … in this order; more can be added at any time.",
    )
    if st.button("Make the project", type="primary", key="new_project_make"):
        with errors, show_errors():
            make_project(ws, current_actor(), name, classes)
            _close()
            st.switch_page(page("data"), query_params={"project": st.session_state["chosen_project"]})


def make_project(ws: Workspace, actor: Actor, name: str, classes: str) -> None:
    """A project called `name` with the classes of the lines of `classes`, and it is open. StudioError, and nothing is
    made, where a name will not do."""
    names: dict[str, str] = {}
    for line in classes.splitlines():
        if line.strip():
            names.setdefault(fold_name(line), clean_name(line, "class"))
    project = workspace.create_project(ws, actor, name)
    for class_name in names.values():
        workspace.add_class(ws, actor, project.id, class_name)
    go_to_project(project.name)
