"""The Studio's pages by name, for the menu and for links from one page to another."""

from pathlib import Path
from typing import Literal

import streamlit as st

PageName = Literal["label", "grid", "review", "rounds", "progress", "experiments", "data", "audit", "people", "status"]
PAGE_SHOWN = "page_shown"  # the key of the session under which the frame keeps the name of the page that it shows
FOLDER = Path(__file__).parents[3] / "pages"
MENU: dict[PageName, tuple[str, str]] = {
    "label": ("Label", ":material/touch_app:"),
    "grid": ("Grid", ":material/grid_view:"),
    "review": ("Review", ":material/fact_check:"),
    "rounds": ("Rounds", ":material/model_training:"),
    "progress": ("Progress", ":material/show_chart:"),
    "experiments": ("Experiments", ":material/science:"),
    "data": ("Data", ":material/photo_library:"),
    "audit": ("Audit", ":material/manage_search:"),
    "people": ("People", ":material/group:"),
    "status": ("Status", ":material/monitor_heart:"),
}


def page(name: PageName, *, hidden: bool = False) -> st.Page:
    """The page; `hidden`: it has its address, and no place in the menu."""
    title, icon = MENU[name]
    visibility = "hidden" if hidden else "visible"
    return st.Page(FOLDER / f"{name}.py", title=title, icon=icon, url_path=name, visibility=visibility)


def link(name: PageName, label: str, project: str | None = None, **more: str) -> None:
    """A link to another page, in `project` or else in the one that is in the address now; `more` of that address."""
    project_name = project or st.query_params.get("project")
    query = ({"project": project_name} if project_name else {}) | more
    st.page_link(page(name), label=label, icon=":material/arrow_forward:", query_params=query or None)


def go_to_project(name: str) -> None:
    """Make `name` the chosen project from the next run on."""
    st.session_state["chosen_project"] = name
    st.query_params["project"] = name
