"""An experiment as one HTML file that needs nothing else: the report's sentences, and every figure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go

from vabal_core.ui.charts import experiment as charts
from vabal_core.ui.charts.experiment_tables import difference_table
from vabal_core.workspace import (
    MEAN_OVER_SOURCES,
    PAIRED_DIFFERENCES,
    ExperimentSummary,
    experiment_conclusions,
    experiment_title,
    summarise_experiment,
    write_experiment_report,
)

HTML = "report.html"
HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>
body {{ max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1d232b; background: #ffffff;
  font: 15px/1.5 system-ui, sans-serif; }}
h1 {{ font-size: 1.6rem; }} h2 {{ font-size: 1.3rem; margin-top: 2.5rem; }}
h3 {{ font-size: 1rem; margin: 1.5rem 0 0; }} p {{ color: #5b6b7f; margin: 0.2rem 0; }}
code {{ background: #f2f4f7; padding: 0 0.25em; border-radius: 0.25em; }}
.table {{ overflow-x: auto; margin: 0.5rem 0 1rem; }} table {{ border-collapse: collapse; font-size: 0.9rem; }}
th, td {{ padding: 0.25rem 1rem 0.25rem 0; border-bottom: 1px solid #dde2e8; text-align: left; vertical-align: top; }}
td {{ font-variant-numeric: tabular-nums; }}
</style></head><body>"""
FONT = {"family": "system-ui, sans-serif", "size": 13, "color": "#1d232b"}

STRIPE = "Within the grey stripe a difference is less than a point."


@dataclass(frozen=True, kw_only=True)
class Section:
    """A figure, what there is to know of it, and the numbers behind it where these are worth a table."""

    heading: str
    words: str
    figure: go.Figure
    table: pd.DataFrame | None = None


def write_reports(results: pd.DataFrame, folder: Path) -> None:
    """Write the report of an experiment's rows into a folder: as Markdown, and with its figures as HTML."""
    write_experiment_report(results, folder)
    summary = summarise_experiment(results)
    write_page(experiment_title(summary), experiment_conclusions(summary), summary, folder / HTML)


def write_page(title: str, sentences: Sequence[str], summary: ExperimentSummary, file: Path) -> None:
    """Write the page to `file`; title and sentences as in the report, names in backquotes."""
    parts = [HEAD.format(title=escape(title.replace("`", ""))), f"<h1>{_words(title)}</h1>", "<ul>"]
    parts += [*(f"<li>{_words(sentence)}</li>" for sentence in sentences), "</ul>"]
    library = True  # plotly.js itself stands in the file once, before the first figure
    for scope in _scopes(summary):
        name = scope.capitalize() if scope == MEAN_OVER_SOURCES else scope
        parts += [f"<h2>{escape(name)}</h2>"] if len(summary.sources) > 1 else []
        for section in sections(summary, scope):
            parts += [f"<h3>{escape(section.heading)}</h3>", f"<p>{_emphasised(section.words)}</p>"]
            parts += [_div(section.figure, library), _table(section.table)]
            library = False
    partial = file.with_name(f".{file.name}.part")
    partial.write_text("\n".join([*parts, "</body></html>", ""]), encoding="utf-8")
    partial.replace(file)


def _words(text: str) -> str:
    return re.sub("`([^`]*)`", r"<code>\1</code>", escape(text))


def _emphasised(text: str) -> str:
    return re.sub(r"\*([^*]+)\*", r"<em>\1</em>", escape(text))


def _table(frame: pd.DataFrame | None) -> str:
    if frame is None:
        return ""
    return f'<div class="table">{frame.to_html(index=False, border=0, classes=[])}</div>'


def _scopes(summary: ExperimentSummary) -> list[str]:
    return [*([MEAN_OVER_SOURCES] if len(summary.sources) > 1 else []), *summary.sources]


def _div(figure: go.Figure, library: bool) -> str:
    figure.update_layout(template="plotly_white", font=FONT, colorway=charts.PALETTE)
    return figure.to_html(
        full_html=False, include_plotlyjs=library, config={"displayModeBar": False, "responsive": True}
    )


def sections(summary: ExperimentSummary, scope: str) -> Iterator[Section]:
    """What there is to show of a source, or of all of them."""
    names = summary.strategies
    curves = summary.curves[summary.curves["source"] == scope]
    if len(curves):
        yield Section(
            heading="Learning curves", words=_curve_words(curves), figure=charts.learning_curves(curves, names)
        )
    yield from _comparisons(summary, scope)
    if (curves["metric"] == "rare_share").any():
        yield Section(
            heading="Rare classes among the labels",
            words=_curve_words(curves),
            figure=charts.learning_curves(curves, names, "rare_share"),
        )
    recalls = summary.recalls[summary.recalls["source"] == scope]
    if len(recalls):
        yield Section(
            heading="Recall of each class after the last round",
            words="Mean over the seeds.",
            figure=charts.recalls(recalls, names),
        )


def _curve_words(curves: pd.DataFrame) -> str:
    if charts.has_bands(curves):
        return "Mean over the seeds and its 95 % interval."
    return "Mean over the seeds. Their 95 % interval is drawn from three seeds on."


def _comparisons(summary: ExperimentSummary, scope: str) -> Iterator[Section]:
    names, over_all = summary.strategies, scope == MEAN_OVER_SOURCES or len(summary.sources) == 1
    scores = summary.scores[summary.scores["source"] == scope] if len(summary.scores) else summary.scores
    if len(scores):
        interval = ", with its 95 % interval over the seeds" if scores["area_low"].notna().any() else ""
        yield Section(
            heading="Area under the learning curve",
            words=f"Balanced accuracy, mean over the rounds after the first labels{interval}.",
            figure=charts.areas(scores, names),
        )
    yield from _differences(summary, scope, PAIRED_DIFFERENCES if over_all else "Paired by seed.")
    if over_all and len(summary.penalty) > 1:
        yield Section(
            heading="How often the row beats the column",
            words="By paired t-tests at each number of labels (Ash et al. 2020). The lower the last row, the better.",
            figure=charts.penalties(summary.penalty, names),
        )
    if scope == MEAN_OVER_SOURCES and len(summary.to_best_other):
        each = summary.to_best_other[summary.to_best_other["source"] != scope]
        yield Section(
            heading="Difference to the best other, source by source",
            words="In points of the area; a star: p below 0.05 on that source, without correction.",
            figure=charts.by_source(each, names),
        )


def _differences(summary: ExperimentSummary, scope: str, words: str) -> Iterator[Section]:
    """To random, and to the best other; `words` say how they are worked out, before the first of them."""
    for other, comparisons in (("random", summary.to_random), ("the best other", summary.to_best_other)):
        rows = comparisons[comparisons["source"] == scope]
        if len(rows):
            yield Section(
                heading=f"Difference to {other}",
                words=f"{words} {STRIPE}".strip(),
                figure=charts.differences(rows, summary.strategies),
                table=difference_table(rows),
            )
            words = ""
