"""More like this: the images nearest to one image, with that one in sight and a way out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from vabal_core import workspace
from vabal_core.types import DefectClass, Image
from vabal_core.ui.addresses import image_url
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.app.format import plain
from vabal_core.ui.app.like_address import leave_similar
from vabal_core.ui.app.navigation import link
from vabal_core.ui.signing import secret
from vabal_core.ui.views.image_pages import NOTHING_FITS, draw_sheet, load_page, reading_of, rows_sheet, turn
from vabal_core.workspace import ImageRow, SimilarImages

STYLE = """<style>
.like { display: flex; align-items: center; gap: 0.8rem; }
.like img { flex: none; width: 5.5rem; height: 5.5rem; object-fit: contain; border-radius: 0.4rem;
  background: #1b1d21; }
.like p { margin: 0; overflow-wrap: anywhere; }
.like .words { font-size: 0.9rem; opacity: 0.78; }
</style>"""


@dataclass(frozen=True, kw_only=True)
class SimilarLook:
    """What is asked for: the images like `image_id` that pass the filter `criteria`, `size` at a time; with `fold` none
    that is nearly the same as one before it."""

    image_id: int
    criteria: Mapping[str, Any]
    fold: bool
    size: int
    grouped: bool


def similar_view(
    context: PageContext, classes: Sequence[DefectClass], look: SimilarLook, strip: DeltaGenerator, *, key: str
) -> None:
    """The images, below `strip`, which shows the one that they are like; why there are none where it cannot be told."""
    reading = reading_of(context.key("similar"), (context.project.id, look))

    def search(**page: int) -> tuple[list[ImageRow], int]:
        reading.result = workspace.similar_images(
            context.ws, context.project.id, look.image_id, fold=look.fold, **look.criteria, **page
        )
        return list(reading.result.rows), reading.result.total

    if reading.rows is None or reading.turned:
        load_page(reading, look.size, search)
    similar: SimilarImages = reading.result
    with strip:
        _strip(context, look.image_id, similar)
    if similar.why_not:
        st.info(plain(similar.why_not))
        link(similar.way_on, {"rounds": "Go to Rounds", "data": "Go to Data"}[similar.way_on])
        return
    sheet = rows_sheet(
        context,
        classes,
        reading,
        size=look.size,
        grouped=look.grouped,
        chosen_by="similar",
        behind=similar.behind,
        empty=NOTHING_FITS,
    )
    draw_sheet(context, classes, sheet, reading, key, turned=lambda by, left: turn(reading, by, []))


def _strip(context: PageContext, image_id: int, similar: SimilarImages) -> None:
    image = workspace.images_by_id(context.ws, [image_id]).get(image_id)
    is_here = image is not None and image.project_id == context.project.id
    with st.container(horizontal=True, vertical_alignment="center"):
        if is_here:
            st.html(_picture(context, image, similar) + STYLE, width="stretch")
        else:
            st.markdown("**Images like another**", width="stretch")
        st.button("Back to the Grid", icon=":material/close:", key="leave_similar", on_click=leave_similar)


def _picture(context: PageContext, image: Image, similar: SimilarImages) -> str:
    """The image itself, large enough to compare, and what is said of those like it."""
    key, scale = secret(context.ws.data_dir), workspace.scale_name(context.project)
    url = image_url(key, context.session, image.id, image.fingerprint, "thumbnail", scale)
    name = escape(image.path.replace("\\", "/").rsplit("/", 1)[-1])
    picture = f'<img src="{escape(url)}" alt="The image that the others are like: {name}">'
    words = f"<p><b>Images like {name}</b></p><p class=words>{escape(_words(similar))}</p>"
    return f'<div class="like">{picture}<div>{words}</div></div>'


def _words(similar: SimilarImages) -> str:
    if not similar.total:
        return ""
    words = f"The {similar.total:,} most like it, nearest first."
    folded = sum(similar.behind.values())
    return words + (f" {folded:,} more, nearly the same as one of these, not shown (“+1”)." if folded else "")
