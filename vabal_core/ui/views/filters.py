"""Which images to show and in what order: the filters and the sorting that the Grid page and the Review page share."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from vabal_core import workspace
from vabal_core.types import DefectClass, ImageState, Sort, Split
from vabal_core.types.names import page_word
from vabal_core.ui.app.context import PageContext
from vabal_core.workspace import ImageRow

ANY = page_word("Any")
SETS: dict[Split, str] = {"pool": "To learn from", "evaluation": "For evaluation"}
STATES: dict[ImageState, str] = {
    "waiting": "Waiting for a label",
    "labelled": "Labelled",
    "skipped": "Skipped",
    "unsure": "Unsure",
    "flagged": "Flagged",
}
SORTS: dict[str, tuple[Sort, bool]] = {
    "As imported": ("position", False),
    "Newest label first": ("labelled_at", True),
    "Oldest label first": ("labelled_at", False),
    "Best rank first": ("rank", False),
    "Highest score first": ("score", True),
    "Lowest score first": ("score", False),
    "Model most sure first": ("probability", True),
    "Model least sure first": ("probability", False),
    "Model disagrees most first": ("disagreement", True),
}


def sorting(context: PageContext, name: str, first: str) -> dict[str, Any]:
    """Draw the choice of an order, `first` unless another is chosen; its arguments for `workspace.search_images`."""
    names = [first, *(title for title in SORTS if title != first)]
    sort, descending = SORTS[st.selectbox("Sort", names, key=context.key(f"{name}_sort"), width=210)]
    return {"sort": sort, "descending": descending}


def filters(
    context: PageContext, name: str, classes: Sequence[DefectClass], *, without: Sequence[str] = ()
) -> dict[str, Any]:
    """Draw the filters, those `without` left out; their arguments for `workspace.search_images`, unset ones absent.

    Two are in the row, the others behind a button that tells how many of them are set.
    """
    by_name = {defect_class.name: defect_class.id for defect_class in classes}

    def choose(argument: str, label: str, options: dict[Any, Any], **widget: Any) -> dict[str, Any]:
        if argument in without or not options:
            return {}
        key = context.key(f"{name}_{argument}")
        chosen = st.selectbox(label, [ANY, *options], key=key, **widget)
        return {} if chosen == ANY else {argument: options[chosen]}

    in_row = choose("class_id", "Label", by_name, width=180)
    in_row |= choose("predicted_class_id", "Model says", by_name, width=180)
    with st.popover("More filters", icon=":material/filter_list:", key=context.key(f"{name}_filters")):
        left, right = st.columns(2)
        with left:
            behind_button = choose("state", "State", {title: state for state, title in STATES.items()})
            behind_button |= choose("split", "Set", {title: split for split, title in SETS.items()})
            annotators = workspace.annotators(context.ws, context.project.id)
            behind_button |= choose("annotator", "Given by", {annotator: annotator for annotator in annotators})
            behind_button |= choose(
                "round", "Round", _rounds(context), help="Labelled while this round’s ranking was in use."
            )
            behind_button |= choose("people_differ", "People", {"Differ": True, "Do not differ": False})
            behind_button |= choose("gold", "Certain labels", {"Only these": True, "All others": False})
        with right:
            behind_button |= _days(context, name) | _sure(context, name) | _score(context, name)
        if text := st.text_input("File name", key=context.key(f"{name}_text"), type="search").strip():
            behind_button["text"] = text
    if behind_button:
        caption = "1 more filter is set." if len(behind_button) == 1 else f"{len(behind_button)} more filters are set."
        st.caption(caption, width="content")
    return in_row | behind_button


def _rounds(context: PageContext) -> dict[str, int]:
    done = [round_.number for round_ in workspace.list_rounds(context.ws, context.project.id) if round_.state == "done"]
    return {"Before the first": 0} | {f"Round {number}": number for number in done} if done else {}


def _days(context: PageContext, name: str) -> dict[str, Any]:
    """From the first moment of one day to the last of another, where the person is."""
    columns = st.columns(2)
    since = columns[0].date_input("Labelled since", None, key=context.key(f"{name}_since"))
    until = columns[1].date_input("Labelled until", None, key=context.key(f"{name}_until"))
    days = {"since": midnight(since)} if isinstance(since, date) else {}
    return days | ({"until": midnight(until + timedelta(days=1))} if isinstance(until, date) else {})


def midnight(day: date) -> datetime:
    try:
        zone = ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    return datetime.combine(day, time(), zone)


def _sure(context: PageContext, name: str) -> dict[str, Any]:
    low, high = st.slider("Model is sure", 0, 100, (0, 100), format="%d %%", key=context.key(f"{name}_sure"))
    return ({"min_probability": low / 100} if low > 0 else {}) | ({"max_probability": high / 100} if high < 100 else {})


def _score(context: PageContext, name: str) -> dict[str, Any]:
    columns = st.columns(2)
    least = columns[0].number_input("Score from", value=None, format="%.4f", key=context.key(f"{name}_least"))
    most = columns[1].number_input("Score to", value=None, format="%.4f", key=context.key(f"{name}_most"))
    return ({"min_score": least} if least is not None else {}) | ({"max_score": most} if most is not None else {})


def passes(row: ImageRow, criteria: dict[str, Any]) -> bool:
    """Whether one image passes the filters, as `workspace.search_images` would say of it."""
    at_least = {"min_probability": row.probability, "min_score": row.score, "since": row.labelled_at}
    at_most = {"max_probability": row.probability, "max_score": row.score}
    exact = ("class_id", "predicted_class_id", "split", "annotator", "round")
    return (
        all(getattr(row, name) == criteria[name] for name in exact if name in criteria)
        and all(value is not None and value >= criteria[name] for name, value in at_least.items() if name in criteria)
        and all(value is not None and value <= criteria[name] for name, value in at_most.items() if name in criteria)
        and ("until" not in criteria or (row.labelled_at is not None and row.labelled_at < criteria["until"]))
        and criteria.get("text", "").casefold() in row.path.casefold()
    )
