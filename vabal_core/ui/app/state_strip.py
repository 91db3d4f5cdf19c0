"""The strip at the top of each page: what the project needs next or what is going on, and what to press."""

from html import escape
from time import time

import streamlit as st

from vabal_core import workspace
from vabal_core.types import Actor, NotAllowed, NotSignedIn, Project
from vabal_core.ui.app.errors import show_errors
from vabal_core.ui.app.format import time_left
from vabal_core.ui.app.login import let_in
from vabal_core.ui.app.navigation import PageName, page
from vabal_core.ui.app.reading import image_reading, start_reading
from vabal_core.ui.app.studio import one_state
from vabal_core.ui.signing import Session
from vabal_core.workspace import Action, ProjectState, Workspace

STYLE = """<style>
.st-key-state_strip { padding: 0.3rem 0.75rem; border-radius: 0.4rem; background: rgba(128, 128, 128, 0.12);
  row-gap: 0.2rem; min-height: 2.6rem; }
.st-key-state_strip p { margin: 0; }
/* The words break into lines before the button falls below them; a phone has no room for both. */
@media (min-width: 641px) { .st-key-state_strip { flex-wrap: nowrap; } }
@media (max-width: 640px) { .st-key-state_strip { padding-block: 0.6rem; row-gap: 0.5rem; } }
.st-key-distrust { padding: 0.25rem 0.75rem; border-left: 0.3rem solid #d9a400; background: rgba(217, 164, 0, 0.14); }
.st-key-distrust p { margin: 0; }
</style>"""
SECONDS_BETWEEN_LOOKS = "3s"
NO_RANKING: tuple[PageName, ...] = ("people", "audit", "status")  # pages where nobody labels


def current_state(ws: Workspace, project: Project) -> ProjectState:
    """The state of the project, with what this server reads of its images."""
    return workspace.project_state(ws, project.id, image_reading(project))


@st.fragment(run_every=SECONDS_BETWEEN_LOOKS)
@show_errors()
@one_state()
def state_strip(ws: Workspace, project: Project, actor: Actor, session: Session, page_name: str) -> None:
    """Draw the strip, anew every few seconds: labels given and rounds that end change it. `page_name` is the page that
    it stands on: what leads there, or has a button of its own there, is not offered. A page whose session is over, or
    that now shows another role than its person has, does not stay open."""
    if not _is_still(ws, actor, session):
        st.rerun(scope="app")
    state = current_state(ws, project)
    st.html(STYLE)
    with st.container(horizontal=True, vertical_alignment="center", key="state_strip"):
        # As it is: no Markdown, in which a class's name could mean something. The desk writes the newest one here after
        # each label; with the time, each drawing is another one, so that what is drawn later stands in its place.
        drawn = f'<p data-at="{time()}" class="sentence">{escape(state.sentence)}</p>'
        st.html(drawn, width="stretch")
        if state.progress is not None or state.going_on not in ("nothing", "failed"):
            st.progress(min(1.0, state.progress or 0.0), text=how_long(state), width=220)
        if state.action and _is_offered(state.action, actor, page_name):
            with st.container(width="content"):
                _button(ws, project, actor, state.action)
    if state.distrust and page_name not in NO_RANKING:
        with st.container(key="distrust"):
            st.html(f'<p role="alert">{escape(state.distrust)}</p>')


def how_long(state: ProjectState) -> str:
    """The time left of what is going on, or why nobody can tell."""
    if state.seconds_left is not None:
        return time_left(state.seconds_left)
    return f"time left not known: {state.why_unknown}" if state.why_unknown else "beginning"


def _is_still(ws: Workspace, actor: Actor, session: Session) -> bool:
    try:
        return let_in(ws, session).role == actor.role
    except (NotAllowed, NotSignedIn):
        return False


def _is_offered(action: Action, actor: Actor, page_name: str) -> bool:
    """Whether the person may do it, and the page itself does not lead there."""
    is_allowed = action.right is None or workspace.may(actor, action.right)
    return is_allowed and not _leads_here(action, page_name) and not _offered_below(action, page_name)


def _leads_here(action: Action, page_name: str) -> bool:
    here = all(st.query_params.get(name) == value for name, value in action.query.items())
    return action.page == page_name and here


def _offered_below(action: Action, page_name: str) -> bool:
    """Whether the page has a button of its own for it: the desk starts rounds below its goal, and so does Rounds."""
    of_evaluation = "evaluation" in st.query_params.get("queue", "").lower()
    return action.kind == "start_round" and (page_name == "rounds" or (page_name == "label" and not of_evaluation))


def _button(ws: Workspace, project: Project, actor: Actor, action: Action) -> None:
    if not st.button(action.label, key="state_action", type="primary"):
        return
    if action.kind == "start_round":
        workspace.start_usual_round(ws, actor, project.id)
        st.rerun(scope="app")
    elif action.kind == "read_features":
        start_reading(ws, project)
        st.rerun(scope="app")
    elif action.page:
        st.switch_page(page(action.page), query_params={"project": project.name, **action.query})
