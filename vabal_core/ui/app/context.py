"""What every page starts with: the project and the person, chosen in the sidebar and remembered over a reload."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import NoReturn

import streamlit as st

from vabal_core import workspace
from vabal_core.types import Actor, Project
from vabal_core.ui.app.background import find_job
from vabal_core.ui.app.errors import show_errors
from vabal_core.ui.app.format import plain
from vabal_core.ui.app.help import page_help
from vabal_core.ui.app.hints import first_minute
from vabal_core.ui.app.lifespan import DEMO
from vabal_core.ui.app.login import let_in, login
from vabal_core.ui.app.navigation import PAGE_SHOWN, go_to_project, link
from vabal_core.ui.app.person import ask_for_name, current_actor, current_session, remember_person, show_person
from vabal_core.ui.app.project_menu import project_menu
from vabal_core.ui.app.state_strip import state_strip
from vabal_core.ui.app.studio import studio
from vabal_core.ui.signing import Session
from vabal_core.workspace import Workspace

# The image on the Label page gets the room that Streamlit would leave empty at both sides; small words, and the
# white ones of a button or a choice in the dark, can be read; a title that takes no room is there for who hears the
# page. Three choices stand side by side on a telephone, none of them cut.
STYLE = """<style>
[data-testid=stMainBlockContainer] { padding-left: 2rem; padding-right: 2rem; max-width: 110rem; }
[data-testid=stCaptionContainer] { color: inherit; opacity: 0.78; }
[data-testid=stBaseButton-primary]:not(:hover, :active, :disabled) { background-color: #1f5fbf; border-color: #1f5fbf; }
[data-testid=stMultiSelect] [data-tag] { background-color: #1f5fbf; }
@media (max-width: 480px) { [data-testid=stButtonGroup] button { padding-left: 0.55rem; padding-right: 0.55rem; } }
@media (max-width: 640px) { [data-testid=stHorizontalBlock] { row-gap: 1rem; } }
[data-testid=stElementContainer]:has(h1.unseen) { position: absolute; width: 1px; overflow: hidden; }
.st-key-history { position: absolute; height: 0; overflow: hidden; }
h1.unseen { position: absolute; width: 1px; height: 1px; margin: 0; padding: 0; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap; }
</style>"""
FOLDER = Path(__file__).parent
HISTORY = (FOLDER / "history.js").read_text(encoding="utf-8")
PAGES_OF_HINTS = ("label", "grid")


@dataclass(frozen=True)
class PageContext:
    """Where a page is: which workspace, which project, and who looks at it, in which session of theirs."""

    ws: Workspace
    project: Project
    actor: Actor
    session: Session

    def key(self, name: str) -> str:
        """A widget's key that is this project's own: another project shows and keeps a value of its own there."""
        return f"{name}-{self.project.id}"

    def why_not(self, right: workspace.Right) -> str:
        """Why whoever looks may not do that, for a control that would refuse; "" where they may."""
        return workspace.why_not_allowed(self.actor, right)


def page_context(title: str, *, seen: bool = True) -> PageContext:
    """Draw the sidebar and the title; a server without any project shows what to do instead, and the page ends. A title
    that is not seen leaves its room to the page, and is heard."""
    context = page_context_if_any()
    if context is None:
        _no_project()
        st.stop()
    if seen:
        st.title(title, anchor=False)
    else:
        st.html(f'<h1 class="unseen">{escape(title)}</h1>')
    return context


def page_context_if_any() -> PageContext | None:
    """Draw the sidebar and the strip alone; None where there is no project yet."""
    st.html(STYLE)
    with st.container(key="history"):
        st.html(f"<script>{HISTORY}</script>", unsafe_allow_javascript=True)
    st.logo(FOLDER / "logo.svg", size="large", icon_image=FOLDER / "icon.svg")
    ws = studio()
    actor = current_actor()
    projects = workspace.visible_projects(ws, actor)
    project = _choose_project(projects) if projects else None
    if workspace.may(actor, "import"):
        with st.sidebar:
            project_menu(ws, project)
    if login() != "none":
        show_person(actor)
    elif project:
        ask_for_name()
    with st.sidebar:
        remember_person()
    if project is None:
        return None
    session = replace(current_session(), project_id=project.id)
    page_name = st.session_state.get(PAGE_SHOWN, "")
    context = PageContext(ws, project, replace(let_in(ws, session), page=page_name), session)
    state_strip(ws, project, context.actor, session, page_name)
    if page_name in PAGES_OF_HINTS and project.name == workspace.DEMO_NAME:
        first_minute(ws, project.id)
    page_help(page_name)
    return context


def _no_project() -> None:
    st.title("Welcome to VaB-AL Studio", anchor=False)
    job = find_job(DEMO)
    if job and not job.finished:
        _demo_progress()
        return
    if job and job.error:
        st.error(plain(f"The demo project could not be made: {job.error}"))
    if not workspace.may(current_actor(), "import"):
        st.write("No project is open to you yet. Ask an admin to make you a member of one, then reload this page.")
        return
    st.write("There is no project yet. A project holds your images, their classes and all labels.")
    link("data", "Add images to start a project")


@st.fragment(run_every="1s")
@show_errors()
def _demo_progress() -> None:
    job = find_job(DEMO)
    if job is None or job.finished:
        st.rerun(scope="app")
    share = job.event.done / job.event.total if job.event.total else 0.0
    st.progress(min(share, 1.0), text="Making a small demo project, so that there is something to try. A few seconds …")


def _choose_project(projects: Sequence[Project]) -> Project:
    names = [project.name for project in projects]
    chosen = st.query_params.get("project") or st.session_state.get("chosen_project") or names[-1]
    if chosen not in names:
        _not_here(chosen, names[-1])
    go_to_project(chosen)
    st.session_state["project_box"] = chosen
    st.sidebar.selectbox(
        "Project", names, key="project_box", on_change=lambda: go_to_project(st.session_state["project_box"])
    )
    return projects[names.index(chosen)]


def _not_here(name: str, other: str) -> NoReturn:
    """Say so in the page itself, and show no other project: who came by an old address would label that unawares."""
    why = "It has another name now, was removed, or is not open to you."
    st.warning(plain(f"There is no project called “{name}” here. {why}"))
    st.button(plain(f"Open “{other}”"), type="primary", on_click=go_to_project, args=(other,))
    st.stop()
