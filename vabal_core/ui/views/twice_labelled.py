"""Which share of the images is labelled twice, and which images have a label that is certain."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from vabal_core import workspace
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.app.errors import show_errors

SHARES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
RATES = (0.0, 0.01, 0.02, 0.05, 0.1)
SETTINGS = {
    "second_share": (
        "Labelled by a second person too",
        SHARES,
        "{:g} of 100 images",
        "Drawn by chance when an image gets its first label. With one person alone such images wait, and nothing else "
        "does.",
    ),
    "gold_rate": (
        "Certain images among those that people get",
        RATES,
        "{:g} of 100 images",
        "Images whose label is certain are slipped in, at most once a person. What people say of them changes nothing; "
        "it tells how often they see what is there.",
    ),
    "gold_share": (
        "Certain from then on, of images you decide",
        SHARES,
        "{:g} of 100 decided",
        "Drawn by chance from the images on which people differed and somebody decided.",
    ),
}
MOST_AT_ONCE = 500


def second_look_settings(context: PageContext) -> None:
    """Each is written as soon as it is changed."""
    settings = workspace.usable_settings(context.project)
    gold = workspace.gold_count(context.ws, context.project.id)
    with st.expander("What is labelled twice, and certain images", expanded=not settings["second_share"]):
        for name, (title, options, words, help_) in SETTINGS.items():
            _choice(context, name, title, settings[name], options, words, help_)
        images = "1 image is certain." if gold == 1 else f"{gold:,} images are certain."
        st.caption(f"{images} “Certain labels” on the tab All labelled makes more of them.")


def certain_labels(context: PageContext, criteria: dict[str, Any]) -> None:
    """Buttons that make the labels which pass the filters certain, or take that from them."""
    with st.popover("Certain labels", icon=":material/verified:"):
        st.write(
            "Are the labels certain that the filters show? Then the Studio may slip these images in among those that "
            "people get, to see how often they say the same. It is written down that you decided so."
        )
        with st.container(horizontal=True):
            if st.button("They are certain", key=context.key("certain")):
                _change(context, criteria, workspace.mark_gold, "certain now")
            if st.button("They are not", key=context.key("uncertain")):
                _change(context, criteria, workspace.unmark_gold, "not certain any more")


@show_errors()
def _change(context: PageContext, criteria: dict[str, Any], change: Callable[..., int], words: str) -> None:
    project_id = context.project.id
    rows, total = workspace.search_images(context.ws, project_id, **criteria, limit=MOST_AT_ONCE)
    if total > MOST_AT_ONCE:
        st.warning(f"The filters show {total:,} images; {MOST_AT_ONCE} at once are the most. Set more filters.")
        return
    count = change(context.ws, context.actor, project_id, [row.image_id for row in rows])
    st.success(f"1 label is {words}." if count == 1 else f"{count:,} labels are {words}.")


def _choice(
    context: PageContext,
    name: str,
    title: str,
    current: float,
    options: tuple[float, ...],
    words: str,
    help_: str,
) -> None:
    key, shares = context.key(name), sorted({*options, current})

    @show_errors()
    def keep() -> None:
        workspace.update_settings(context.ws, context.actor, context.project.id, **{name: st.session_state[key]})

    st.selectbox(
        title,
        shares,
        index=shares.index(current),
        format_func=lambda share: words.format(100 * share) if share else "None",
        help=help_,
        key=key,
        on_change=keep,
        width=320,
    )
