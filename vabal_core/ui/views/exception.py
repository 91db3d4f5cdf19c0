"""Label by exception: images that the model is sure of, class by class; one key confirms those not struck out."""

from collections.abc import Sequence

import streamlit as st

from vabal_core import workspace
from vabal_core.types import DefectClass
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.app.format import plain
from vabal_core.ui.components.grid import Sheet
from vabal_core.ui.components.grid.items import queue_tile
from vabal_core.ui.views.image_pages import Reading, draw_sheet, reading_of, set_page, turn
from vabal_core.workspace import SureGroup, SureImages

PAGE = 60
NONE_LEFT = "The model is not sure of any image that waits. Label the most useful ones; a better ranking follows."


def exception_view(context: PageContext, classes: Sequence[DefectClass], *, key: str) -> None:
    """The images that the model is sure of, PAGE at a time; why there are none where it may not be trusted."""
    reading = reading_of(key, ("sure", context.project.id))
    if reading.rows is None or reading.turned:
        page = _next_page(context, reading)
        set_page(reading, [page], page.waiting)
    (page,) = reading.rows
    if page.why_not:
        st.info(plain(page.why_not))
        return
    tiles = tuple(queue_tile(context, item) for group in page.groups for item in group.items)
    sheet = Sheet(
        page=reading.page if tiles else "",
        items=tiles,
        groups=tuple((_title(group), tuple(item.image_id for item in group.items)) for group in page.groups),
        size=PAGE,
        total=reading.total,
        next=bool(tiles),
        queue=True,
        sure=True,
        compact=True,
        chosen_by=None,
        empty="" if tiles else NONE_LEFT,
    )
    draw_sheet(context, classes, sheet, reading, key, turned=lambda by, left: turn(reading, by, left))


def _next_page(context: PageContext, reading: Reading) -> SureImages:
    """The next images; where all others were passed, those come again."""

    def sure(exclude: Sequence[int]) -> SureImages:
        return workspace.sure_images(context.ws, context.actor, context.project.id, count=PAGE, exclude=exclude)

    page = sure(reading.passed)
    if not page.groups and reading.passed:
        reading.passed = []
        page = sure(())
    return page


def _title(group: SureGroup) -> str:
    """The class, how many waited as the page was made, and what stands behind the trust in it."""
    rate = group.hit_rate
    images = "evaluation images" if rate.evaluation else "labelled images that it had not yet learned from and"
    waited = f"{group.waiting:,} waited as this page came"
    return f"{group.name} ({waited}). Of {rate.called:,} {images} called so, {rate.right:,} were."
