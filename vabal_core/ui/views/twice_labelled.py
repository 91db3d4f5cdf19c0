"""Which share of the images is labelled twice, and which images have a label that is certain."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from vabal_core import workspace
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.app.errors import show_errors
from vabal_core.ui.views.stored_value import stored_settings, stored_value
from vabal_core.workspace import SecondLookCounts

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
    settings = stored_settings(context)
    with st.expander("What is labelled twice, and certain images", expanded=not settings["second_share"]):
        for name, (title, options, words, help_) in SETTINGS.items():
            _choice(context, name, title, settings[name], options, words, help_)
        st.caption(f"{_certain_words(context)} “Certain labels” on the tab All labelled makes more of them.")


def certain_labels(context: PageContext, criteria: dict[str, Any]) -> None:
    """Buttons that make the labels which pass the filters certain, or take that from them."""
    with st.popover("Certain labels", icon=":material/verified:"):
        st.write(
            "Are the labels certain that the filters show? Then the Studio may slip these images in among those that "
            "people get, to see how often they say the same. It is written down that you said so; each stays the label "
            "of whoever gave it."
        )
        with st.container(horizontal=True):
            if st.button("They are certain", key=context.key("certain")):
                _change(context, criteria, workspace.mark_gold, "certain now")
            if st.button("They are not", key=context.key("uncertain")):
                _change(context, criteria, workspace.unmark_gold, "not certain any more")
        st.caption(_certain_words(context))


def labelled_twice(counts: SecondLookCounts) -> str:
    """How many images have been labelled twice, and what came of them."""
    decided = "1 is decided" if counts.adjudicated == 1 else f"{counts.adjudicated:,} are decided"
    outcomes = f"people agree on {counts.agreed:,} and differ on {counts.differing:,}; {decided}."
    if counts.labelled_twice == 1:
        return f"1 image has been labelled twice: {outcomes}"
    return f"{counts.labelled_twice:,} images have been labelled twice: {outcomes}"


def _certain_words(context: PageContext) -> str:
    """How many images are certain, and which people they can come to."""
    counts = workspace.gold_counts(context.ws, context.project.id)
    total = sum(counts.values())
    if not total:
        return "No image is certain."
    images = "1 image is" if total == 1 else f"{total:,} images are"
    return (
        f"{images} certain: {counts['pool']:,} among images to learn from, {counts['evaluation']:,} among evaluation "
        "images. They come up only among images of their own kind."
    )


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
    shares = sorted({*options, current})
    st.selectbox(
        title,
        shares,
        format_func=lambda share: words.format(100 * share) if share else "None",
        help=help_,
        width=320,
        **stored_value(context, name, current),
    )
