"""The "?" of every page: what it is for in a few steps, its keys, and one picture."""

from base64 import b64encode
from dataclasses import dataclass
from html import escape
from pathlib import Path

import streamlit as st

from vabal_core.ui.app.navigation import MENU, PageName

PICTURES = Path(__file__).parent / "pictures"
# At the top of the window, beside Streamlit's menu, where every page has room for it; what Streamlit says there of a
# server that is away stands beside it.
STYLE = """<style>
.st-key-page_help { position: fixed; top: 0.5rem; right: 3.5rem; width: auto; z-index: 999991; }
[data-testid=stStatusWidget] { margin-right: 4rem; }
.help-picture { width: 100%; max-width: 22rem; }
.help-keys { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 0.8rem; margin: 0; }
.help-keys dt { font-weight: 600; }
.help-keys dd { margin: 0; }
</style>"""


@dataclass(frozen=True, kw_only=True)
class Help:
    """`picture`: what it shows, in words; `steps` in the order in which they are taken; `keys`: what is pressed, and
    what it does."""

    picture: str
    steps: tuple[str, ...]
    keys: tuple[tuple[str, str], ...] = ()


DECIDE = (
    ("1, 2, 3 …", "the class with that key"),
    ("U", "take the last decision back"),
    ("S", "skip: it comes again later"),
    ("X", "unsure: it waits on the Review page"),
    ("F", "flag: something is wrong with the image"),
)
SELECT = (
    *DECIDE,
    ("Ctrl+A, Escape", "select all, or none"),
    ("Z", "look at one image, large"),
    ("*", "more images like it"),
)
HELPS: dict[PageName, Help] = {
    "label": Help(
        picture="An image, and beside it a button with its key for each class",
        steps=(
            "Look at the image and press the key of its class: the next one comes at once.",
            "After some labels the Studio learns by itself, and brings the images most worth a label first; a few in a "
            "hundred are drawn at random, to tell what chance would bring.",
        ),
        keys=(
            *DECIDE,
            ("Enter", "accept the suggestion"),
            ("H", "hide or show it"),
            ("*", "more like it"),
            ("?", "all keys of this page"),
        ),
    ),
    "grid": Help(
        picture="Many images, three of them selected, and the classes in a row above",
        steps=(
            "Select images: a click, Shift and a click for a row of them, or drag over them.",
            "Press the key of a class: all that are selected get it.",
        ),
        keys=(*SELECT, ("/", "to the classes that have no key of their own")),
    ),
    "review": Help(
        picture="Two images side by side: what a person says and what the model says",
        steps=(
            "Choose what to look at: what people were unsure about, flagged, or what the model sees otherwise.",
            "Select images and press the key of the right class. A decision can always be taken back.",
            "Label errors come one by one: Enter takes what the model says, K keeps the label, a class's key gives any "
            "other.",
            "Opinions differ: K keeps the first label, Enter takes the other. What you decide is what the model "
            "learns.",
        ),
        keys=SELECT,
    ),
    "rounds": Help(
        picture="From labels to learning to a ranking",
        steps=(
            "In a round the Studio learns from your labels and ranks all other images.",
            "It starts by itself every few labels; the button starts one now. Labelling goes on meanwhile.",
        ),
    ),
    "progress": Help(
        picture="Two bars for each round: rare images brought, and how many chance would give",
        steps=(
            "Four answers, from top to bottom: what the ranking brought, whether rare classes grow, how good the model "
            "is, what is left.",
            "The table below says which class needs labels most, and leads to more images of it.",
        ),
    ),
    "experiments": Help(
        picture="Two curves that rise with the number of labels, one above the other",
        steps=(
            "An experiment plays labelling again on images whose classes are known.",
            "It shows which way of choosing images would have needed fewer labels.",
        ),
    ),
    "data": Help(
        picture="A folder goes in, a table comes out",
        steps=(
            "Drop a folder, a ZIP or a table: you see what would become of it before anything is written.",
            "Download the labels as a table, or the images in a folder for each class.",
        ),
    ),
    "audit": Help(
        picture="A list of lines, the newest on top, each with a small clock",
        steps=(
            "Every decision on an image, and every other change: who, when, from which page, what it was before.",
            "Narrow it down by person, kind, day, class or image, and download it as a table. No line is ever deleted.",
        ),
    ),
    "people": Help(
        picture="Three people, a link to each, and a project that two of them see",
        steps=(
            "Add somebody and send them the link: they set their own password by it, once.",
            "Choose who sees the project that is open. Admins see every project.",
            "Whoever is disabled is signed out everywhere within seconds; their labels stay.",
        ),
    ),
    "status": Help(
        picture="A server, a gauge of its disk, and a warning above them",
        steps=(
            "What needs looking after stands on top: a disk that is nearly full, a backup that is missing or old.",
            "Below it: what goes on, who labels, and which versions run.",
        ),
    ),
}


def _address(name: PageName) -> str:
    """The picture itself as an address: a page is shown no drawing that stands within its text."""
    return "data:image/svg+xml;base64," + b64encode((PICTURES / f"{name}.svg").read_bytes()).decode()


def page_help(name: str) -> None:
    """Draw the "?" of the page `name`; nothing for a page without one."""
    shown = HELPS.get(name)
    if shown is None:
        return
    st.html(STYLE)
    # What is in it is sent with the page: opening it asks the server for nothing, and no run of the page closes it.
    with st.container(key="page_help"), st.popover("?", help=f"How the {MENU[name][0]} page works"):
        _content(name, shown)


def _content(name: PageName, shown: Help) -> None:
    st.html(f'<img class="help-picture" src="{_address(name)}" alt="{escape(shown.picture)}">')
    for number, step in enumerate(shown.steps, start=1):
        st.markdown(f"{number}. {step}")
    if shown.keys:
        pairs = "".join(f"<dt>{escape(key)}</dt><dd>{escape(what)}</dd>" for key, what in shown.keys)
        st.html(f'<dl class="help-keys">{pairs}</dl>')
