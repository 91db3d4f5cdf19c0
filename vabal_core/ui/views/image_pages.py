"""One page of images after another: out of the ranked queue, or of those that pass a filter.

A page stays as it was loaded while a person works on it: what they decide is shown by the browser, and the page after
it is made from what is stored by then. A full run of the page (another visit, a reload) loads it anew.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from vabal_core import workspace
from vabal_core.types import ChosenBy, DefectClass, QueueItem
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.app.errors import show_errors
from vabal_core.ui.components.grid import Sheet, image_grid
from vabal_core.ui.components.grid.items import Groups, by_guess, queue_tile, row_tile
from vabal_core.workspace import ImageRow

SIZES = (24, 60, 120)
MAX_PASSED_IMAGES = 5_000
LEFT_OUT = "left_out"
ASIDE = "set_aside_from_grid"
NOTHING_BEHIND: Mapping[int, int] = {}
NOTHING_FITS = "No image fits these filters. Set one of them back to “Any”."
ALL_LABELLED = (
    "No image of this queue is waiting. Images you were unsure about are on the Review page; new ones come in on the "
    "Data page."
)


@dataclass(kw_only=True)
class Reading:
    """Where a person is in a row of pages. `source`: the queue or filter that the pages are of; `passed`: images of the
    queue that were left undecided on earlier pages; `result`: what the rows came with."""

    source: Any
    offset: int = 0
    passed: list[int] = field(default_factory=list)
    turned: int = 0
    rows: Sequence[Any] | None = None
    total: int = 0
    page: str = ""
    result: Any = None


def start_anew(*names: str) -> None:
    """Have these readings load their page again, at the place where they are."""
    for name in names:
        if reading := st.session_state.get(name):
            reading.rows = None


def reading_of(name: str, source: Any) -> Reading:
    """The reading kept under `name`; a new one where the source is another now."""
    reading = st.session_state.get(name)
    if reading is None or reading.source != source:
        reading = st.session_state[name] = Reading(source=source)
    return reading


def turn(reading: Reading, by: int, left: Sequence[int]) -> None:
    reading.turned = by
    reading.passed = [*reading.passed, *left][-MAX_PASSED_IMAGES:]


def set_page(reading: Reading, rows: Sequence[Any], total: int) -> None:
    st.session_state["pages_loaded"] = st.session_state.get("pages_loaded", 0) + 1
    reading.rows, reading.total, reading.turned = rows, total, 0
    reading.page = str(st.session_state["pages_loaded"])


def newest_round(context: PageContext) -> int:
    last = workspace.last_done_round(context.ws, context.project.id)
    return last.number if last else 0


def queue_view(context: PageContext, classes: Sequence[DefectClass], *, size: int, grouped: bool, key: str) -> None:
    """The ranked queue, `size` images at a time, none that another person has."""
    reading = reading_of(key, ("queue", context.project.id, size))
    if reading.rows is None or reading.turned:
        items = _next_items(context, reading, size)
        _, waiting = workspace.search_images(context.ws, context.project.id, split="pool", state="waiting", limit=1)
        set_page(reading, items, max(waiting, len(items)))
    tiles = tuple(queue_tile(context, item) for item in reading.rows)
    groups = by_guess(tiles, classes) if grouped else _one_group(tiles)
    # Without a round there is nothing to tell of an image but its state, so its line has room for nothing more.
    if tiles:
        sheet = Sheet(
            page=reading.page,
            items=tiles,
            groups=groups,
            size=size,
            total=reading.total,
            next=True,
            queue=True,
            compact=True,
            chosen_by=None if newest_round(context) else "filter",  # no ranking chose them: who picks some, does
        )
    else:
        sheet = Sheet(page="", items=(), groups=(), size=size, total=0, queue=True, empty=ALL_LABELLED)
    draw_sheet(context, classes, sheet, reading, key, turned=lambda by, left: turn(reading, by, left))


def _next_items(context: PageContext, reading: Reading, size: int) -> list[QueueItem]:
    """The next images; where all that wait were passed or others have them, those come again."""

    def free(exclude: Sequence[int]) -> list[QueueItem]:
        return workspace.free_images(
            context.ws, context.actor, context.project.id, "ranked", count=size, exclude=exclude
        )

    items = free(reading.passed)
    if not items and reading.passed:
        reading.passed = []
        items = free(())
    return items


def filter_view(
    context: PageContext,
    classes: Sequence[DefectClass],
    criteria: dict[str, Any],
    *,
    size: int,
    key: str,
    grouped: bool = False,
    tally: bool = False,
    empty: str = NOTHING_FITS,
) -> None:
    """The images that pass the filter `criteria` (arguments of `workspace.search_images`), `size` at a time."""
    reading = reading_of(key, (context.project.id, size, criteria))
    if reading.rows is None or reading.turned:
        load_page(
            reading, size, lambda **page: workspace.search_images(context.ws, context.project.id, **criteria, **page)
        )
    sheet = rows_sheet(context, classes, reading, size=size, grouped=grouped, tally=tally, empty=empty)
    draw_sheet(context, classes, sheet, reading, key, turned=lambda by, left: turn(reading, by, []))


def rows_sheet(
    context: PageContext,
    classes: Sequence[DefectClass],
    reading: Reading,
    *,
    size: int,
    grouped: bool,
    empty: str,
    tally: bool = False,
    chosen_by: ChosenBy = "filter",
    behind: Mapping[int, int] = NOTHING_BEHIND,
) -> Sheet:
    """The page of the reading, whose rows are of `workspace.search_images`; `behind`: image id -> how many images that
    are nearly the same are not shown beside it."""
    newest = newest_round(context)
    tiles = tuple(row_tile(context, row, newest) | {"behind": behind.get(row.image_id, 0)} for row in reading.rows)
    groups = by_guess(tiles, classes) if grouped else _one_group(tiles)
    return Sheet(
        page=reading.page,
        items=tiles,
        groups=groups,
        size=size,
        total=reading.total,
        first=reading.offset,
        back=reading.offset > 0,
        next=has_more(reading),
        tally=tally,
        chosen_by=chosen_by,
        empty="" if tiles else empty,
    )


def draw_sheet(
    context: PageContext,
    classes: Sequence[DefectClass],
    sheet: Sheet,
    reading: Reading,
    key: str,
    turned: Callable[[int, list[int]], None],
) -> None:
    """The sheet as a grid, with what was left out of it last, to be brought back."""

    def remove(image_ids: list[int]) -> None:
        leave_out(context, image_ids)
        reading.rows = None

    def set_aside(image_ids: list[int]) -> None:
        put_aside(context, image_ids)
        reading.rows = None

    def bring_back() -> None:
        restore_left_out(context)
        reading.rows = None

    # There whether or not it holds anything: else the grid would be put in another place, and start anew.
    with st.container(horizontal=True, vertical_alignment="center"):
        if left_out := st.session_state.get(context.key(LEFT_OUT)):
            images = "1 image is" if len(left_out) == 1 else f"{len(left_out):,} images are"
            st.caption(f"{images} left out, in the bin on the Data page.", width="content")
            st.button("Bring back", key=context.key("bring_back"), on_click=bring_back)
        if moved := st.session_state.get(context.key(ASIDE)):
            st.caption(moved, width="content")
    moves = {"removed": remove, "set_aside": set_aside} if workspace.may(context.actor, "import") else {}
    image_grid(context, classes, sheet, key=f"{key}-grid", turned=turned, **moves)


@show_errors()
def leave_out(context: PageContext, image_ids: Sequence[int]) -> None:
    """Put images into the bin, and remember which for as long as the person may want them back at once."""
    workspace.remove_images(context.ws, context.actor, context.project.id, image_ids)
    st.session_state[context.key(LEFT_OUT)] = list(image_ids)


@show_errors()
def put_aside(context: PageContext, image_ids: Sequence[int]) -> None:
    """Have images measure the model from now on, and say how many could be."""
    moved = workspace.set_aside(context.ws, context.actor, context.project.id, image_ids=image_ids)
    words = "1 image is for evaluation now." if moved == 1 else f"{moved:,} images are for evaluation now."
    if stay := len(image_ids) - moved:
        words += f" {stay:,} with a label, or there already, stayed."
    st.session_state[context.key(ASIDE)] = words


@show_errors()
def restore_left_out(context: PageContext) -> None:
    """Take back what was left out last."""
    image_ids = st.session_state.pop(context.key(LEFT_OUT), [])
    workspace.restore_images(context.ws, context.actor, context.project.id, image_ids)


def load_page(reading: Reading, size: int, search: Callable[..., tuple[list[ImageRow], int]]) -> None:
    """Load the page where the reading is, or the one it is to turn to.

    An image that was decided may no longer pass the filter, and those behind it have moved up: the next page starts
    behind the images of this page that still pass.
    """
    if reading.turned > 0 and reading.rows:
        rows_now, _ = search(offset=reading.offset, limit=size)
        shown_ids = {row.image_id for row in reading.rows}
        reading.offset += sum(row.image_id in shown_ids for row in rows_now)
    elif reading.turned < 0:
        reading.offset = max(0, reading.offset - size)
    rows, total = search(offset=reading.offset, limit=size)
    if not rows and total:
        reading.offset = (total - 1) // size * size
        rows, total = search(offset=reading.offset, limit=size)
    set_page(reading, rows, total)


def has_more(reading: Reading) -> bool:
    return reading.offset + len(reading.rows or ()) < reading.total


def _one_group(tiles: Sequence[dict[str, Any]]) -> Groups:
    return (("", tuple(tile["id"] for tile in tiles)),) if tiles else ()
