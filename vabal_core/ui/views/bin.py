"""The bin of a project: images and classes that are out of the way, classes that were merged, and the way back."""

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import streamlit as st

from vabal_core import workspace
from vabal_core.types import Image
from vabal_core.ui.addresses import image_url
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.app.errors import show_errors
from vabal_core.ui.app.format import plain
from vabal_core.ui.signing import secret
from vabal_core.workspace import BinContents

PAGE = 48
TILE = 150  # pixels: two beside each other on a telephone
STYLE = """<style>
.binned { width: 100%; aspect-ratio: 4 / 3; object-fit: contain; border-radius: 4px;
  background: var(--st-secondary-background-color, #8882); }
</style>"""


def bin_view(context: PageContext) -> None:
    """What lies in the bin; nothing where it is empty."""
    contents = workspace.bin_contents(context.ws, context.project.id, limit=PAGE)
    if not contents.image_count and not contents.classes and not contents.merged:
        return
    with st.expander(f"Bin ({_what(contents)})", icon=":material/delete:", key=context.key("bin")):
        st.caption(_caption(contents))
        for defect_class in contents.classes:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"Class {plain(defect_class.name)}", width="content")
                _button(context, f"restore_class-{defect_class.id}", workspace.restore_class, defect_class.id)
        for merged in contents.merged:
            with st.container(horizontal=True, vertical_alignment="center"):
                words = f"Class {plain(merged.name)}: merged, its labels count as {plain(merged.into)}"
                st.markdown(words, width="content")
                _button(context, f"restore_class-{merged.id}", workspace.restore_class, merged.id, label="Take apart")
        if contents.images:
            _images(context, contents.images, contents.image_count)
        if contents.images or contents.classes:
            _emptying(context)


def _caption(contents: BinContents) -> str:
    """What it means for each kind of thing that is here."""
    images = "Images here are neither shown, learned from nor exported; their labels are kept."
    classes = "No image is labelled as a class here, and nobody is offered it."
    merged = "Merged classes are not in the bin: their images are shown, learned from and exported as the other class."
    kinds = (contents.image_count, images), (contents.classes, classes), (contents.merged, merged)
    return " ".join(words for there, words in kinds if there)


def _what(contents: BinContents) -> str:
    images, classes, merged = contents.image_count, len(contents.classes), len(contents.merged)
    parts = [f"{images:,} image{'s' * (images != 1)}"] * bool(images)
    parts += [f"{classes:,} class{'es' * (classes != 1)}"] * bool(classes)
    parts += [f"{merged:,} merged class{'es' * (merged != 1)}"] * bool(merged)
    return ", ".join(parts)


def _images(context: PageContext, images: Sequence[Image], count: int) -> None:
    ids = [image.id for image in images]
    with st.container(horizontal=True, vertical_alignment="center"):
        label = "Bring all of them back" if count == len(images) else f"Bring these {len(images)} back"
        _button(context, "restore_images", workspace.restore_images, context.project.id, ids, label=label)
        if count > len(images):
            st.caption(f"The last {len(images)} of {count:,}; the others come up as these go.", width="content")
    key = secret(context.ws.data_dir)
    scale = workspace.scale_name(context.project)
    with st.container(horizontal=True):
        for image in images:
            with st.container(width=TILE):
                url = image_url(key, context.session, image.id, image.fingerprint, "thumbnail", scale)
                st.html(f'<img class="binned" src="{escape(url)}" alt="{escape(image.path)}" loading="lazy">{STYLE}')
                _button(context, f"restore_image-{image.id}", workspace.restore_images, context.project.id, [image.id])


def _button(
    context: PageContext, key: str, verb: Callable[..., Any], *arguments: Any, label: str = "Bring back"
) -> None:
    st.button(label, key=key, on_click=show_errors()(verb), args=(context.ws, context.actor, *arguments))


def _emptying(context: PageContext) -> None:
    """Asked twice: it is the one thing here that cannot be taken back."""
    key = context.key

    def empty() -> None:
        with show_errors():
            workspace.empty_bin(context.ws, context.actor, context.project.id)

    with st.popover("Empty the bin", icon=":material/delete_forever:", key=key("empty_bin")):
        st.write("What lies in the bin goes for good, and copies of it in the Studio’s own folder are deleted.")
        st.button("Empty it for good", type="primary", key=key("empty_bin_now"), on_click=empty)
