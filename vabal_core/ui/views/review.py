"""What to look at again: images somebody was unsure about or flagged, labels the model or a near-duplicate speaks
against, what the model takes for what, and everything that is labelled."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

import streamlit as st

from vabal_core import workspace
from vabal_core.types import DefectClass, Round
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.app.format import plain
from vabal_core.ui.app.navigation import PageName, link
from vabal_core.ui.components.confusion import confusion_table
from vabal_core.ui.components.grid import Sheet, image_grid
from vabal_core.ui.components.grid.items import row_tile
from vabal_core.ui.views.filters import filters, passes, sorting
from vabal_core.ui.views.image_pages import NOTHING_FITS, filter_view, newest_round, reading_of, set_page
from vabal_core.ui.views.twice_labelled import certain_labels
from vabal_core.workspace import NearDuplicatePair

SIZE = 60
MAX_PAIRS = 100
MAX_QUICK_SECONDS = 0.5  # in which pairs may be compared after every label
REST_FACTOR = 20  # how many times as long as a slower comparison took its result is kept
GRID = "review"


@dataclass(frozen=True, kw_only=True)
class Tab:
    """A kind of images to look at: what `workspace.search_images` is asked for, and what to say where there is none."""

    name: str
    criteria: dict[str, Any]
    sort: str
    without: tuple[str, ...]
    empty: str
    link_page: PageName
    link_label: str
    about: str = ""  # which images these are, where the name does not say it


@dataclass(frozen=True)
class Compared:
    """The pairs found for the labels of `stamp`; kept until `until` (seconds, monotonic) even if those change."""

    stamp: Any
    pairs: list[NearDuplicatePair]
    until: float


PUT_ASIDE = ("class_id", "state", "round")
TABS: dict[str, Tab] = {
    "unsure": Tab(
        name="Unsure",
        criteria={"state": "unsure"},
        sort="As imported",
        without=PUT_ASIDE,
        empty="No image is marked unsure. Where you cannot tell, press X on the Label page or in the Grid: the image "
        "leaves the queue and waits here for a second look.",
        link_page="label",
        link_label="Go on labelling",
    ),
    "flagged": Tab(
        name="Flagged",
        criteria={"state": "flagged"},
        sort="As imported",
        without=PUT_ASIDE,
        empty="No image is flagged. Where something is wrong with an image, press F on the Label page or in the Grid "
        "and say what: it waits here with your words.",
        link_page="label",
        link_label="Go on labelling",
    ),
    "disagrees": Tab(
        name="Model disagrees",
        criteria={"disagrees": True},
        sort="Model disagrees most first",
        without=("state",),
        empty="The model speaks against no label. It is asked about labelled images in a round; a round that has many "
        "labels to learn from finds more.",
        link_page="rounds",
        link_label="Go to Rounds",
        about="Labels that are another class than a model says that had not learned from the image; labels newer than "
        "the last round are among them.",
    ),
    "labelled": Tab(
        name="All labelled",
        criteria={"labelled": True},
        sort="Newest label first",
        without=("state",),
        empty="Nothing is labelled yet. Label a few images of each class; they are all shown here.",
        link_page="label",
        link_label="Start labelling",
    ),
}
NAMES = {name: tab.name for name, tab in TABS.items()}
NAMES |= {"errors": "Label errors", "twins": "Near-duplicates", "confusion": "Mix-ups"}
NAMES |= {"differing": "Opinions differ", "people": "How far people agree"}
ORDER = ("unsure", "flagged", "errors", "differing", "disagrees", "twins", "confusion", "labelled", "people")
# Of each kind as many as stand side by side on a telephone.
KINDS = {
    "To decide": ("unsure", "flagged", "differing"),
    "Looks wrong": ("errors", "disagrees"),
    "Mixed up": ("twins", "confusion"),
    "All": ("labelled", "people"),
}


def tab_counts(context: PageContext) -> dict[str, str]:
    """How many images each tab holds, mistakes for the table; near-duplicates are compared on their own tab."""
    counts = workspace.counts(context.ws, context.project.id)
    last = measured(context)
    by_tab = {
        "unsure": counts.unsure,
        "flagged": counts.flagged,
        "errors": len(workspace.label_issues(context.ws, context.project.id).open),
        "differing": workspace.second_look_counts(context.ws, context.project.id).differing,
        "disagrees": len(workspace.disagreeing_images(context.ws, context.project.id)),
        "confusion": workspace.report_of(last).mistaken if last else 0,
        "labelled": counts.pool_total + counts.evaluation_total,
    }
    return {name: f"{count:,}" for name, count in by_tab.items()}


def choose_tab(counts: Mapping[str, str], addressed: str | None) -> str:
    """A name of ORDER, chosen by its kind first; without a choice the one in the address, or the first with images."""
    start = addressed if addressed in ORDER else first_with_images(counts, ORDER)
    with st.container(horizontal=True):
        kind = _choice("Kind", list(KINDS), next(kind for kind, tabs in KINDS.items() if start in tabs), "kind", str)
        tabs = KINDS[kind]
        default = start if start in tabs else first_with_images(counts, tabs)

        def counted(name: str) -> str:
            return f"{NAMES[name]} ({counts[name]})" if name in counts else NAMES[name]

        return _choice("What to look at", tabs, default, f"tab_{kind}", counted)


def _choice(label: str, options: Sequence[str], default: str, key: str, words: Callable[[str], str]) -> str:
    return st.segmented_control(
        label, options, default=default, required=True, format_func=words, key=key, label_visibility="collapsed"
    )


def first_with_images(counts: Mapping[str, str], tabs: Sequence[str]) -> str:
    """The first of the tabs that has any, by the counts that `tab_counts` shows; the first of all where none has."""
    return next((name for name in tabs if counts.get(name, "0") != "0"), tabs[0])


def list_view(context: PageContext, classes: Sequence[DefectClass], tab: Tab, name: str) -> None:
    """The images of one tab, with filters and an order."""
    if tab.about:
        st.caption(tab.about)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = filters(context, name, classes, without=tab.without)
        order = sorting(context, name, tab.sort)
        if name == "labelled" and workspace.may(context.actor, "review"):
            certain_labels(context, tab.criteria | chosen)
    empty = NOTHING_FITS if chosen else tab.empty
    criteria = tab.criteria | chosen | order
    filter_view(context, classes, criteria, size=SIZE, key=context.key(GRID), tally=True, empty=empty)
    if not chosen and not reading_of(context.key(GRID), (context.project.id, SIZE, criteria)).rows:
        link(tab.link_page, tab.link_label)


def near_duplicates_view(context: PageContext, classes: Sequence[DefectClass]) -> None:
    """Pairs of labelled images that look nearly the same and have different labels, side by side."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = filters(context, "twins", classes, without=("state", "people_differ", "gold"))
    reading = reading_of(context.key(GRID), (context.project.id, "twins", chosen))
    if reading.rows is None:
        pairs = [pair for pair in _pairs(context) if passes(pair.first, chosen) or passes(pair.second, chosen)]
        set_page(reading, pairs, len(pairs))
    newest = newest_round(context)
    tiles = {row.image_id: row_tile(context, row, newest) for pair in reading.rows for row in (pair.first, pair.second)}
    groups = tuple((_alike(pair), (pair.first.image_id, pair.second.image_id)) for pair in reading.rows)
    empty = (
        "No two labelled images that look nearly the same have different labels."
        if newest
        else "Labelled images are compared once they have been read, after their import or by a round. "
        "No two of those read so far look nearly the same and have different labels."
    )
    sheet = Sheet(
        page=reading.page,
        items=tuple(tiles.values()),
        groups=groups,
        size=SIZE,
        total=len(tiles),
        pairs=True,
        tally=True,
        empty=NOTHING_FITS if chosen else empty,
    )
    image_grid(context, classes, sheet, key=f"{context.key(GRID)}-grid", turned=lambda by, left: None)
    if not newest:
        link("rounds", "Go to Rounds")


def confusion_view(context: PageContext, classes: Sequence[DefectClass]) -> None:
    """What the newest round took each class of the evaluation images for; a cell shows its images."""
    last = measured(context)
    if last is None:
        there = workspace.image_totals(context.ws, context.project.id)["evaluation"]
        waiting = there - workspace.counts(context.ws, context.project.id).evaluation_total
        todo = " Label some of them first (the second queue on the Label page)." if waiting else ""
        st.write(f"No round has measured the evaluation images yet; the next one that is finished does.{todo}")
        if waiting:
            link("label", "Label evaluation images")
        link("rounds", "Go to Rounds")
        return
    names = workspace.class_names(context.ws, context.project.id)
    named = [(class_id, names.get(class_id, "?")) for class_id in last.class_ids]
    cell = confusion_table(named, workspace.report_of(last).confusion, key=context.key(f"confusion-{last.number}"))
    st.caption(
        f"Evaluation images as round {last.number} found them. What you correct here counts from the next round on."
    )
    criteria: dict[str, Any] = {"split": "evaluation", "disagrees": True}
    if cell:
        criteria = {"split": "evaluation", "class_id": cell[0], "predicted_class_id": cell[1]}
        title = f"Labelled {names.get(cell[0], '?')}, taken for {names.get(cell[1], '?')}"
    else:
        title = "All that the model takes for another class"
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.subheader(plain(title), anchor=False)
        with st.container(horizontal=True, vertical_alignment="bottom", width="content"):
            without = ("class_id", "predicted_class_id", "split", "state")
            chosen = filters(context, "confusion", classes, without=without)
            order = sorting(context, "confusion", "Model most sure first")
    empty = NOTHING_FITS if chosen else "No image is here now. A round from before this page was there kept no list."
    filter_view(context, classes, criteria | chosen | order, size=SIZE, key=context.key(GRID), tally=True, empty=empty)


def measured(context: PageContext) -> Round | None:
    """The newest finished round, where it measured evaluation images."""
    last = workspace.last_done_round(context.ws, context.project.id)
    return last if last and workspace.report_of(last).evaluated else None


def _alike(pair: NearDuplicatePair) -> str:
    return f"{100 * pair.similarity:.1f} % alike"


def _pairs(context: PageContext) -> list[NearDuplicatePair]:
    """Compared again when a label has changed; where that takes long, only a small share of the time goes into it."""
    stamp = (workspace.review_stamp(context.ws, context.project.id), newest_round(context))
    cached = st.session_state.get(context.key("pairs"))
    if cached and (cached.stamp == stamp or monotonic() < cached.until):
        return cached.pairs
    started = monotonic()
    pairs = workspace.near_duplicate_pairs(context.ws, context.project.id, limit=MAX_PAIRS)
    seconds = monotonic() - started
    until = monotonic() + (REST_FACTOR * seconds if seconds > MAX_QUICK_SECONDS else 0)
    st.session_state[context.key("pairs")] = Compared(stamp, pairs, until)
    return pairs
