"""One table a class: what is labelled, what that tells of all images, and what to do next. Sorted, and as a file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import quote, urlencode

import pandas as pd
import streamlit as st

from vabal_core.types.cells import as_cell
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.app.format import percent
from vabal_core.ui.views.estimate_words import finds_words
from vabal_core.ui.views.progress_words import next_step
from vabal_core.workspace import NEXT_IMAGES, ClassEstimates, ClassProgress, Estimate, ProjectEstimates

TABLE_STYLE = """<style>
.class-table { overflow-x: auto; }
.class-table table { border-collapse: collapse; width: 100%; }
.class-table :is(th, td) { text-align: left; padding: 0.4rem 0.8rem 0.4rem 0; font-weight: 400;
  border-bottom: 1px solid rgba(125, 136, 148, 0.35); vertical-align: top; }
.class-table thead th { font-weight: 600; }
.class-table tbody th { font-weight: 600; overflow-wrap: anywhere; min-width: 6rem; }
.class-table a { color: inherit; text-decoration: underline; text-underline-offset: 0.2em; }
@media (max-width: 640px) {
  .class-table thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .class-table :is(tbody, tbody th, td) { display: block; border: 0; padding: 0.1rem 0; }
  .class-table tbody tr { display: block; padding: 0.5rem 0; border-bottom: 1px solid rgba(125, 136, 148, 0.35); }
  .class-table td:not(:last-child)::before { content: attr(data-head) ": "; opacity: 0.78; }
}
</style>"""
NEED = "In need of labels"


@dataclass(frozen=True, kw_only=True)
class Row:
    """A class of the table."""

    progress: ClassProgress
    estimates: ClassEstimates | None  # None while they are being made


@dataclass(frozen=True, kw_only=True)
class Column:
    """`text` of a row; `value`: what it is sorted by, largest first (None and NaN last)."""

    head: str
    text: Callable[[Row], str]
    value: Callable[[Row], Any]


def columns(images: int, since: int | None) -> list[Column]:
    """Those of a project of whose `images` a model spoke; `since`: the round that labels are compared with."""
    of = {
        "Labels": (
            lambda row: f"{row.progress.labels:,} ({percent(row.progress.share)})",
            lambda row: row.progress.labels,
        ),
        f"Since round {since}": (_since_text, lambda row: row.progress.labels - (row.progress.labels_before or 0)),
        "Of all images": _estimate("prevalence", 1),
        "Found by the model": _estimate("recall", 0),
        "Right when it says so": _estimate("precision", 0),
        "Images it is wrong about": (lambda row: _wrong(row, images), lambda row: _value(row, "wrong")),
        "People agree": _estimate("agreement", 0),
        "Last found": (_last_text, lambda row: row.estimates and row.estimates.last_found),
        "Still without a label": (_left_text, lambda row: row.estimates and row.estimates.left.value),
        "In the next 100": (_next_text, lambda row: (finds := _next(row)) and finds.value),
    }
    return [
        Column(head=head, text=text, value=value)
        for head, (text, value) in of.items()
        if since is not None or not head.startswith("Since")
    ]


def class_table(
    context: PageContext, progress: Sequence[ClassProgress], estimates: ProjectEstimates | None, waiting: int
) -> None:
    """A row a class, each with what to do next; `waiting`: images without a label."""
    if not progress:
        return
    by_class = {row.defect_class.id: row for row in estimates.classes} if estimates else {}
    rows = [Row(progress=row, estimates=by_class.get(row.defect_class.id)) for row in progress]
    shown = columns(estimates.judged if estimates else 0, progress[0].since)
    rows = _sorted(context, rows, shown)
    head = "".join(f'<th scope="col" role="columnheader">{escape(name)}</th>' for name in _heads(shown))
    body = "".join(_row(context, row, shown, waiting) for row in rows)
    # The roles are those that a table has: a phone shows each row as a block, which would have none.
    parts = f'<thead><tr role="row">{head}</tr></thead><tbody role="rowgroup">{body}</tbody>'
    table = f'<table role="table">{parts}</table>'
    st.html(f'{TABLE_STYLE}<div class="class-table" tabindex="0" role="region" aria-label="Classes">{table}</div>')
    st.download_button(
        "Download this table (CSV)",
        _csv(rows),
        f"{context.project.name} classes.csv",
        "text/csv",
        key="class_table_csv",
    )


def _heads(shown: Sequence[Column]) -> list[str]:
    return ["Class", *(column.head for column in shown), "Next step"]


def _sorted(context: PageContext, rows: Sequence[Row], shown: Sequence[Column]) -> list[Row]:
    """In the order that the person chose; the classes come by need."""
    by_head = {column.head: column for column in shown}
    chosen = st.selectbox("Sort by", [NEED, "Class", *by_head], key=context.key("classes_by"), width=280)
    if chosen == NEED:
        return list(rows)
    if chosen == "Class":
        return sorted(rows, key=lambda row: row.progress.defect_class.name.casefold())
    values = [by_head[chosen].value(row) for row in rows]
    measured = [n for n, value in enumerate(values) if value is not None and value == value]  # NaN is not itself
    first = sorted(measured, key=lambda n: values[n], reverse=True)
    return [rows[n] for n in (*first, *sorted(set(range(len(rows))) - set(measured)))]


def _row(context: PageContext, row: Row, shown: Sequence[Column], waiting: int) -> str:
    rare = " (rare)" if row.progress.rare else ""
    name = f'<th scope="row" role="rowheader">{escape(row.progress.defect_class.name)}{rare}</th>'
    cells = "".join(
        f'<td role="cell" data-head="{escape(column.head)}">{_unbroken(column.text(row))}</td>' for column in shown
    )
    return f'<tr role="row">{name}{cells}<td role="cell">{_more(context, row.progress, waiting)}</td></tr>'


def _unbroken(text: str) -> str:
    """For a page, with a number and its "%" on one line."""
    return escape(text.replace(" %", "\u00a0%"))


def _more(context: PageContext, row: ClassProgress, waiting: int) -> str:
    """A link to the unlabelled images that the model takes for the class; where there are none, what to do instead."""
    if not (row.waiting and waiting):
        return escape(next_step(row, waiting))
    query = {"project": context.project.name, "show": "All images", "says": row.defect_class.id}
    address, words = f"grid?{urlencode(query, quote_via=quote)}", f"See the {row.waiting:,} taken for it"
    label = f"{words}: {row.defect_class.name}"
    return f'<a href="{escape(address)}" aria-label="{escape(label)}">{words}</a>'


def _csv(rows: Sequence[Row]) -> bytes:
    """The texts, and each estimate with its limits in columns of its own, so that a program can read them."""
    frame = pd.DataFrame([{"Class": as_cell(row.progress.defect_class.name)} | _facts(row) for row in rows])
    return frame.to_csv(index=False).encode("utf-8-sig")


def _facts(row: Row) -> Mapping[str, Any]:
    facts: dict[str, Any] = {"labels": row.progress.labels, "share_of_labels": row.progress.share}
    if (of_class := row.estimates) is None:
        return facts
    for name in ("prevalence", "recall", "precision", "wrong", "agreement"):
        estimate: Estimate = getattr(of_class, name)
        facts |= {f"{name}_{part}": getattr(estimate, part) for part in ("value", "low", "high", "count")}
    facts |= {f"left_{part}": getattr(of_class.left, part) for part in ("value", "low", "high")}
    finds = _next(row)
    facts |= {f"next_{part}": getattr(finds, part, None) for part in ("images", "value", "low", "high")}
    return facts | {"last_found": of_class.last_found and of_class.last_found.isoformat(timespec="seconds")}


def _estimate(name: str, digits: int) -> tuple[Callable[[Row], str], Callable[[Row], Any]]:
    def text(row: Row) -> str:
        if row.estimates is None:
            return "being counted"
        estimate: Estimate = getattr(row.estimates, name)
        if not estimate.count:
            return "–"
        span = f"{100 * estimate.low:.{digits}f} to {percent(estimate.high, digits)}"
        return f"{percent(estimate.value, digits)} ({span})"

    return text, lambda row: _value(row, name)


def _value(row: Row, name: str) -> float | None:
    return None if row.estimates is None else getattr(row.estimates, name).value


def _since_text(row: Row) -> str:
    return f"{row.progress.labels - row.progress.labels_before:+,} ({percent(row.progress.share_before)} then)"


def _wrong(row: Row, images: int) -> str:
    wrong = row.estimates.wrong if row.estimates else None
    if wrong is None or not wrong.count:
        return "–" if row.estimates else "being counted"
    value, low, high = (round(images * share) for share in (wrong.value, wrong.low, wrong.high))
    return f"about {value:,} ({low:,} to {high:,})"


def _last_text(row: Row) -> str:
    last: datetime | None = row.estimates.last_found if row.estimates else None
    return f"{last.astimezone():%d %b %Y, %H:%M}" if last else "–"


def _left_text(row: Row) -> str:
    if row.estimates is None:
        return "being counted"
    left = row.estimates.left
    if left.value is None:
        return "nobody can tell"
    return f"about {left.value:,} ({left.low:,} to {left.high:,})" if left.value else f"at most {left.high:,}"


def _next(row: Row) -> Any:
    return row.estimates.next_finds if row.estimates else None


def _next_text(row: Row) -> str:
    finds = _next(row)
    if not finds:
        return "–"
    return finds_words(finds) if finds.images == NEXT_IMAGES else f"{finds_words(finds)} of {finds.images}"
