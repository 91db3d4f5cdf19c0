"""The grid: one component that shows many images, takes one key for all selected, and sends to the app's own route."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from vabal_core.types import ChosenBy, DefectClass
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.app.like_address import look_for_similar
from vabal_core.ui.components.modules import component_script
from vabal_core.ui.signing import secret, session_token, studio_id

FOLDER = Path(__file__).parent

_component = st.components.v2.component(
    "vabal_image_grid",
    html=(FOLDER / "component.html").read_text(encoding="utf-8"),
    css=(FOLDER / "component.css").read_text(encoding="utf-8"),
    js=component_script("grid"),
)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One page of images. `items` as `grid.items` makes them; `groups`: (title, image ids), each under a heading.

    A `page` of another name starts anew, the same name goes on with what was decided on it. `queue`: the images wait
    for a label, and those that are selected are held for this person; `sure`: the model is sure of them, and what is
    not selected (struck out) is confirmed as what it says; `pairs`: two and two; `tally`: tell when decisions have been
    stored; `chosen_by`: what its images were chosen by, where no queue brought them.
    """

    page: str
    items: tuple[dict[str, Any], ...]
    groups: tuple[tuple[str, tuple[int, ...]], ...]
    size: int
    total: int
    first: int = 0
    next: bool = False
    back: bool = False
    queue: bool = False
    sure: bool = False
    compact: bool = False
    pairs: bool = False
    tally: bool = False
    chosen_by: ChosenBy | None = "filter"
    empty: str = ""


def image_grid(
    context: PageContext,
    classes: Sequence[DefectClass],
    sheet: Sheet,
    *,
    key: str,
    turned: Callable[[int, list[int]], None],
    removed: Callable[[list[int]], None] | None = None,
    set_aside: Callable[[list[int]], None] | None = None,
) -> None:
    """Draw the grid. `turned(by, left)` is called before the next run when the person asks for another page: 1 or -1,
    and the images of this page that were left undecided; `removed(ids)` when images of it are to be left out, and
    `set_aside(ids)` when they are to be for evaluation: offered where `removed` is given. Everything decided is stored
    by then. Where more images like one are asked for, its id stands in the address from the next run on."""

    def turn() -> None:
        request = st.session_state[key].get("turn")
        # A second click before the first has brought its page asks for what is already under way.
        if request and request["page"] == sheet.page:
            turned(request["by"], request["left"])

    def move(where: str, moved: Callable[[list[int]], None] | None) -> None:
        request = st.session_state[key].get(where)
        if moved and request and request["page"] == sheet.page:
            moved([image_id for image_id in request["ids"] if isinstance(image_id, int)])

    _component(
        key=key,
        data=_data(context, classes, sheet) | {"removable": removed is not None},
        on_turn_change=turn,
        on_remove_change=partial(move, "remove", removed),
        on_aside_change=partial(move, "aside", set_aside),
        on_similar_change=partial(_be_like, key),
        on_saved_change=lambda: None,
    )


def _be_like(key: str) -> None:
    image_id = st.session_state[key].get("similar")
    if isinstance(image_id, int):
        look_for_similar(image_id)


def _data(context: PageContext, classes: Sequence[DefectClass], sheet: Sheet) -> dict[str, Any]:
    signing = secret(context.ws.data_dir)
    return vars(sheet) | {
        "groups": [{"title": title, "ids": ids} for title, ids in sheet.groups],
        "classes": [
            {"id": defect_class.id, "name": defect_class.name, "key": defect_class.key} for defect_class in classes
        ],
        "project": context.project.id,
        "token": session_token(signing, context.session),
        "studio": studio_id(signing, context.session.database),
    }
