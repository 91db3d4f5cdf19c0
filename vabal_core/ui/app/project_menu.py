"""The menu below the box of projects: make one, and later give it another name, or put it into the bin."""

import streamlit as st

from vabal_core import workspace
from vabal_core.types import Actor, Project
from vabal_core.types.names import fold_name
from vabal_core.ui.app.errors import show_errors
from vabal_core.ui.app.format import plain
from vabal_core.ui.app.navigation import go_to_project, page
from vabal_core.ui.app.person import current_actor
from vabal_core.workspace import Workspace

# Most plants sort out what is good as well, and a model that has never seen it calls everything a defect.
PROPOSED_CLASSES = "no defect\n"
OPEN = "project_dialog"
MENU = "project_menu"


def project_menu(ws: Workspace, project: Project | None) -> None:
    """Draw the menu, and what was opened from it; `project` is the one that is open."""
    with st.popover("Manage projects", icon=":material/folder_open:", width="stretch", key=MENU, on_change="rerun"):
        _entry("New project", ":material/add:", "new")
        if project:
            _entry("Rename this project", ":material/edit:", "rename")
            _entry("Remove this project", ":material/delete:", "remove")
        if workspace.removed_projects(ws):
            _entry("Removed projects", ":material/restore_from_trash:", "bin")
    # Kept in the session, so that a run of the whole page leaves it open.
    opened = st.session_state.get(OPEN)
    if opened == "new":
        _new_project(ws)
    elif opened == "bin":
        _removed_projects(ws)
    elif project and opened == "rename":
        _rename_project(ws, project)
    elif project and opened == "remove":
        _remove_project(ws, project)


def _entry(label: str, icon: str, name: str) -> None:
    st.button(label, icon=icon, type="tertiary", key=f"project_{name}", on_click=_open, args=(name,))


def _open(name: str) -> None:
    st.session_state[OPEN] = name
    st.session_state[MENU] = False  # its dialog stands alone


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
    go_to_project(workspace.create_project(ws, actor, name, classes=lines_of(classes)).name)


def lines_of(text: str) -> list[str]:
    """The names in `text`, one a line; one that is there twice, in whatever spelling, comes once."""
    names: dict[str, str] = {}
    for line in text.splitlines():
        if line.strip():
            names.setdefault(fold_name(line), line)
    return list(names.values())


@st.dialog("Rename this project", on_dismiss=_close)
def _rename_project(ws: Workspace, project: Project) -> None:
    errors = st.container()
    with st.form("rename_project_form", border=False):  # so that Enter in the field does as the button
        name = st.text_input("Name", project.name, key="rename_project_name")
        renamed = st.form_submit_button("Rename", type="primary", key="rename_project")
    if renamed:
        with errors, show_errors():
            go_to_project(workspace.rename_project(ws, current_actor(), project.id, name).name)
            _close()
            st.rerun()


@st.dialog("Remove this project", on_dismiss=_close)
def _remove_project(ws: Workspace, project: Project) -> None:
    totals, counts = workspace.image_totals(ws, project.id), workspace.counts(ws, project.id)
    rounds = len(workspace.list_rounds(ws, project.id))
    images, labels = sum(totals.values()), counts.pool_total + counts.evaluation_total
    st.write(plain(f"With “{project.name}” go {images:,} images, {labels:,} labels and {rounds:,} rounds."))
    st.write("It goes into the bin: “Removed projects” in this menu brings it back, as it was.")
    typed = st.text_input("Type the name of the project to remove it", key="remove_project_name")
    is_typed = fold_name(typed) == fold_name(project.name)
    if st.button("Remove the project", type="primary", key="remove_project", disabled=not is_typed):
        with show_errors():
            workspace.remove_project(ws, current_actor(), project.id)
            _close()
            st.session_state.pop("chosen_project", None)
            st.query_params.pop("project", None)
            st.rerun()


@st.dialog("Removed projects", on_dismiss=_close)
def _removed_projects(ws: Workspace) -> None:
    for project in workspace.removed_projects(ws):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(plain(project.name), width="content")
            with st.container(horizontal=True, width="content"):
                if st.button("Bring back", key=f"restore_project-{project.id}"):
                    with show_errors():
                        go_to_project(workspace.restore_project(ws, current_actor(), project.id).name)
                        _close()
                        st.rerun()
                with st.popover("Delete", key=f"empty_project-{project.id}"):
                    st.write(plain(f"“{project.name}” goes for good, with all that it holds."))
                    if st.button("Delete it for good", type="primary", key=f"empty_project_now-{project.id}"):
                        with show_errors():
                            workspace.empty_project(ws, current_actor(), project.id)
                            st.rerun()
