"""The Studio's pages by name, for the menu and for links from one page to another."""

from pathlib import Path
from typing import Literal

import streamlit as st

PageName = Literal["label", "rounds", "progress", "data"]
FOLDER = Path(__file__).parents[2] / "pages"
MENU: dict[PageName, tuple[str, str]] = {
    "label": ("Label", ":material/touch_app:"),
    "rounds": ("Rounds", ":material/model_training:"),
    "progress": ("Progress", ":material/show_chart:"),
    "data": ("Data", ":material/photo_library:"),
}


def page(name: PageName) -> st.Page:
    title, icon = MENU[name]
    return st.Page(FOLDER / f"{name}.py", title=title, icon=icon, url_path=name)


def link(name: PageName, label: str) -> None:
    """A link to another page that keeps the project in the address."""
    kept = {"project": st.query_params["project"]} if "project" in st.query_params else None
    st.page_link(page(name), label=label, icon=":material/arrow_forward:", query_params=kept)
