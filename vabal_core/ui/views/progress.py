"""The pieces of the Progress page: a question with its answer and chart, a table of classes, an empty state."""

from collections.abc import Sequence
from html import escape
from urllib.parse import quote, urlencode

import plotly.graph_objects as go
import streamlit as st

from vabal_core import workspace
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.app.errors import show_errors
from vabal_core.ui.app.format import percent, plain
from vabal_core.ui.app.navigation import PageName, link
from vabal_core.ui.views.progress_words import evaluation_words, hits_text, next_step
from vabal_core.workspace import ClassProgress, LearningCurves

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
COLUMNS = ("Class", "Labels", "Since round {since}", "Found now", "Found before", "")


def answer(question: str, sentence: str) -> None:
    st.header(question, anchor=False)
    st.markdown(plain(sentence))


def rare_choice(context: PageContext, curves: LearningCurves) -> None:
    """Let the person say which classes are the rare ones; a first guess comes from the evaluation images."""
    by_name = {defect_class.name: defect_class.id for defect_class in workspace.classes(context.ws, context.project.id)}

    @show_errors()
    def keep() -> None:
        chosen = [by_name[name] for name in st.session_state[context.key("rare")]]
        workspace.update_settings(context.ws, context.actor, context.project.id, rare_class_ids=chosen)

    st.multiselect(
        "Rare classes",
        list(by_name),
        default=list(curves.rare),
        key=context.key("rare"),
        on_change=keep,
        help="Without a choice: the classes that are much less common than the others among the evaluation images.",
    )


def class_table(context: PageContext, rows: Sequence[ClassProgress], waiting: int) -> None:
    """A row a class, that in need of labels first, each with what to do next; `waiting`: images without a label."""
    since = rows[0].since if rows else None
    names = [name.format(since=since) for name in COLUMNS if since is not None or "since" not in name]
    head = "".join(f'<th scope="col" role="columnheader">{escape(name) or "Next step"}</th>' for name in names)
    body = "".join(_class_row(context, row, names[1:], waiting) for row in rows)
    # The roles are those that a table has: a phone shows each row as a block, which would have none.
    parts = f'<thead><tr role="row">{head}</tr></thead><tbody role="rowgroup">{body}</tbody>'
    table = f'<table role="table">{parts}</table>'
    st.html(f'{TABLE_STYLE}<div class="class-table" tabindex="0" role="region" aria-label="Classes">{table}</div>')


def _class_row(context: PageContext, row: ClassProgress, heads: Sequence[str], waiting: int) -> str:
    cells = [f"{row.labels:,} ({percent(row.share)})"]
    if row.since is not None:
        cells.append(f"{row.labels - row.labels_before:+,} ({percent(row.share_before)} then)")
    cells += [hits_text(row.hits), hits_text(row.hits_before)]
    name = f'<th scope="row" role="rowheader">{escape(row.defect_class.name)}{" (rare)" if row.rare else ""}</th>'
    told = "".join(
        f'<td role="cell" data-head="{escape(head)}">{escape(cell)}</td>'
        for head, cell in zip(heads, cells, strict=False)
    )
    return f'<tr role="row">{name}{told}<td role="cell">{_more(context, row, waiting)}</td></tr>'


def _more(context: PageContext, row: ClassProgress, waiting: int) -> str:
    """A link to the unlabelled images that the model takes for the class; where there are none, what to do instead."""
    if not (row.waiting and waiting):
        return escape(next_step(row, waiting))
    query = {"project": context.project.name, "show": "All images", "says": row.defect_class.id}
    address, words = f"grid?{urlencode(query, quote_via=quote)}", f"See the {row.waiting:,} taken for it"
    label = f"{words}: {row.defect_class.name}"
    return f'<a href="{escape(address)}" aria-label="{escape(label)}">{words}</a>'


def measured_on(context: PageContext, curves: LearningCurves) -> str:
    """Which evaluation images stand behind the newest accuracy, and which do not."""
    total = workspace.image_totals(context.ws, context.project.id)["evaluation"]
    count = int(curves.quality["count"].iloc[-1])
    text = (
        f"Measured on {count:,} of {total:,} evaluation images{evaluation_words(curves.evaluation_from)}; the model "
        "never learns from them. “Most likely”, bars and bands: the range that holds in 95 of 100 such cases."
    )
    return f"{text} Left out: {curves.set_aside:,} marked unsure or flagged." if curves.set_aside else text


def side_by_side(key: str) -> None:
    """The parts of containers whose keys begin so stand side by side where there is room for both, else one above the
    other."""
    of_key = f"[class*=st-key-{key}]"
    st.html(
        f"<style>{of_key} {{ align-items: flex-start; }}\n"
        f"{of_key} > * {{ flex: 1 1 26rem !important; min-width: min(26rem, 100%); }}</style>"
    )


def chart(title: str, text: str, figure: go.Figure, key: str) -> None:
    if title:
        st.subheader(title, anchor=False)
    if text:
        st.caption(text)
    st.plotly_chart(figure, key=f"chart_{key}", config={"displayModeBar": False}, alt=title or key)


def empty(text: str, page: PageName, label: str) -> None:
    """Nothing to show yet: what is missing, and the link to where it comes from."""
    st.write(text)
    link(page, label)
