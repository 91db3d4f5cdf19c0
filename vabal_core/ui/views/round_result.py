"""What the newest finished round has brought: what to beware of, and the first images of its ranking."""

from html import escape

import streamlit as st

from vabal_core import workspace
from vabal_core.types import QueueItem, Round
from vabal_core.ui.addresses import image_url
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.app.format import plain, round_duration
from vabal_core.ui.app.navigation import page
from vabal_core.ui.signing import secret

IMAGES = 12
STYLE = """<style>
.first-images { display: grid; grid-template-columns: repeat(12, 1fr); gap: 8px; max-width: 96rem;
  margin: 0 !important; padding: 0 !important; list-style: none; }
.first-images li { min-width: 0; margin: 0 !important; }
.first-images img { display: block; width: 100%; aspect-ratio: 1; object-fit: contain; border-radius: 4px;
  background: var(--st-secondary-background-color, #8882); }
.first-images span { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap;
  font-size: 0.8rem; }
@media (max-width: 1200px) { .first-images { grid-template-columns: repeat(6, 1fr); } }
@media (max-width: 500px) { .first-images { grid-template-columns: repeat(4, 1fr); } }
</style>"""


def newest_result(context: PageContext, newest: Round) -> None:
    """Warnings first, then the images that the ranking puts first, and the way to label them."""
    diagnosis = workspace.diagnose_round(context.ws, context.project.id, newest.number)
    st.subheader(f"Round {newest.number} is finished", anchor=False)
    ranked = f" and ranked {diagnosis.report.ranked:,} images" if diagnosis.report.ranked else ""
    labels = "1 label" if newest.labelled == 1 else f"{newest.labelled:,} labels"
    st.caption(f"It learned from {labels}{ranked} in {round_duration(newest)}.")
    for text in diagnosis.warnings:
        st.warning(plain(text), icon=":material/warning:")
    items = workspace.next_images(context.ws, context.project.id, "ranked", count=IMAGES)
    if not items:
        st.caption("Every image that it ranked is labelled by now.")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("**The most useful images come first:**", width="content")
        if st.button("Label these now", icon=":material/touch_app:", key="label_these"):
            st.switch_page(page("label"), query_params={"project": context.project.name})
        if any(item.predicted for item in items):
            st.caption("Below each image: what the model takes it for.", width="content")
    _first_images(context, items)


def _first_images(context: PageContext, items: list[QueueItem]) -> None:
    key, scale = secret(context.ws.data_dir), workspace.scale_name(context.project)
    tiles = []
    for number, item in enumerate(items, start=1):
        url = image_url(key, context.session, item.image_id, item.fingerprint, "thumbnail", scale)
        guess = item.predicted or ""
        words = f"Image {number} of the ranking" + (f", the model says {guess}" if guess else "")
        picture = f'<img src="{escape(url)}" alt="{escape(words)}" title="{escape(item.path)}" loading="lazy">'
        tiles.append(f"<li>{picture}<span>{escape(guess)}</span></li>")
    st.html(f'<ul class="first-images">{"".join(tiles)}</ul>{STYLE}')
