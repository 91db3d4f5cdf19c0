"""The report of an experiment as Markdown: plain words first, then the tables, then which form of it this is."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from vabal_core.evidence.paired import MATTERS, SIGNIFICANCE
from vabal_core.experiment.comparisons import MEAN_OVER_SOURCES, RANDOM
from vabal_core.experiment.form import form_rows
from vabal_core.experiment.markdown import ABSENT, code, interval, p_value, points, table, whole
from vabal_core.experiment.summary import Summary, summarise
from vabal_core.experiment.verdicts import conclusions, reached_random
from vabal_core.loop.checked_files import write_whole

Write = Callable[[pd.DataFrame, Path], None]  # from rows into a folder

REPORT = "report.md"
AREA = (
    "*Area* is the area under the learning curve: balanced accuracy on the test images, in %, averaged over the rounds "
    "after the first labels. Intervals are 95 % of the mean over the seeds."
)
PAIRED = (
    "In points of the area, over runs with the same seed: same split, same first labels. Interval and p are of "
    "Student's paired t-test; *Holm* is p corrected for all strategies of the table; *Wilcoxon* is the signed rank "
    f"test, from six pairs. *Alike*: the interval holds neither a gain nor a loss of {100 * MATTERS:g} point. "
    "*Not shown*: it holds one of the two, or p is above 0.05 once corrected. *Not enough seeds to tell*: it holds "
    "both, or there are fewer than three pairs."
)
OVER_SOURCES = (
    " The mean over the sources takes these sources as given: its interval is of the seeds, each source weighs the "
    "same, and Wilcoxon's test there is over the sources."
)
PENALTY = (
    "How often the row's strategy beats the column's (Ash et al. 2020): at each number of labels, a two-sided paired "
    "t-test at 0.05 adds 1 / rounds, so that a cell is at most the number of sources. The last row is each column's "
    "mean: the lower, the less often a strategy is beaten. Strategies with fewer than three finished runs on a source "
    "cannot be tested and are left out."
)


def write_report(results: pd.DataFrame, folder: Path) -> None:
    """Write report.md of an experiment's rows into a folder; a report there before is replaced in one step."""
    folder.mkdir(parents=True, exist_ok=True)
    content = ("\n".join(report_lines(results)) + "\n").encode()
    write_whole(folder / REPORT, lambda file: file.write(content))


def report_lines(results: pd.DataFrame) -> list[str]:
    """The lines of the report; see `summarise` for the rows and for what is refused."""
    summary = summarise(results)
    lines = [f"# {title(summary)}", "", *(f"- {sentence}" for sentence in conclusions(summary)), ""]
    if len(summary.scores):
        lines += _strategies(summary) + _differences(summary) + _by_source(summary) + _penalties(summary)
    return lines + ["## What was run", "", *table(*form_rows(results))]


def title(summary: Summary) -> str:
    names = summary.sources
    return f"Experiment on {code(names[0])}" if len(names) == 1 else f"Experiments on {len(names)} sources"


def _scopes(frame: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """(scope, what a heading says of it, its rows): all sources together first, then each."""
    names = sorted(frame["source"].unique(), key=lambda name: name != MEAN_OVER_SOURCES)
    for name in names:
        words = "" if len(names) == 1 else f", {name}" if name == MEAN_OVER_SOURCES else f" on {code(name)}"
        yield name, words, frame[frame["source"] == name]


def _strategies(summary: Summary) -> list[str]:
    heads = ["strategy", "runs", "area", "interval", "final", "interval", "rare classes among the labels, %",
             "labels until random's final value", "share of random's labels, %"]  # fmt: skip
    lines = ["## How far each strategy came", "", AREA, ""]
    for scope, words, scores in _scopes(summary.scores):
        rows = [
            [code(row.strategy), row.runs, points(row.area), interval(row.area_low, row.area_high), points(row.final),
             interval(row.final_low, row.final_high), points(row.rare_share), _labels(summary, scope, row),
             whole(100 * row.labels_share)]
            for row in scores.sort_values("area", ascending=False, kind="stable").itertuples()
        ]  # fmt: skip
        lines += [*([f"### Strategies{words}", ""] if words else []), *table(heads, rows), ""]
    return lines


def _labels(summary: Summary, scope: str, row: Any) -> str:
    if scope == MEAN_OVER_SOURCES:
        reached, of = reached_random(summary, row.strategy)
        return f"reached on {reached} of {of}" if of else ABSENT
    absent = RANDOM not in set(summary.scores.loc[summary.scores["source"] == scope, "strategy"])
    return "not reached" if np.isnan(row.labels_to_random) and not absent else whole(row.labels_to_random)


def _differences(summary: Summary) -> list[str]:
    if not len(summary.to_best_other):
        return []
    lines = ["## Differences", "", PAIRED + (OVER_SOURCES if len(summary.sources) > 1 else ""), ""]
    lines += [line for part in _scopes(summary.to_random) for line in _comparison("To random", *part[1:])]
    return lines + [
        line for part in _scopes(summary.to_best_other) for line in _comparison("To the best other", *part[1:])
    ]


def _comparison(head: str, words: str, comparisons: pd.DataFrame) -> list[str]:
    heads = ["strategy", "other", "difference", "interval", "p", "Holm", "Wilcoxon", "pairs", "what it tells"]
    rows = [
        [code(row.strategy), code(row.other), points(row.difference, signed=True),
         interval(row.low, row.high, signed=True), p_value(row.p), p_value(row.p_holm), p_value(row.p_wilcoxon),
         row.pairs if row.source != MEAN_OVER_SOURCES else f"{row.pairs} on {row.sources} sources", row.verdict]
        for row in comparisons.sort_values("difference", ascending=False, kind="stable").itertuples()
    ]  # fmt: skip
    return [f"### {head}{words}", "", *table(heads, rows), ""]


def _by_source(summary: Summary) -> list[str]:
    """Where each strategy is first, and where it is above or below the best other; for several sources only."""
    if len(summary.sources) == 1:
        return []
    frame = summary.to_best_other[summary.to_best_other["source"] != MEAN_OVER_SOURCES]
    significant = frame["p"] < SIGNIFICANCE
    rows = []
    for strategy in summary.strategies:
        own = frame["strategy"] == strategy
        above, below = own & (frame["difference"] > 0), own & (frame["difference"] < 0)
        columns = [frame[mask]["source"] for mask in (above, above & significant, below & significant)]
        rows.append([code(strategy), *(", ".join(map(code, sources)) or ABSENT for sources in columns)])
    heads = ["strategy", "first on", "significantly above the best other on", "significantly below the best other on"]
    words = "Significant: p below 0.05 by the paired t-test on that source, without correction for their number."
    return ["## First and last, source by source", "", words, "", *table(heads, rows), ""]


def _penalties(summary: Summary) -> list[str]:
    if len(summary.penalty) < 2:
        return []
    tested = [name for name in summary.strategies if name in summary.penalty.index]
    matrix = summary.penalty.reindex(index=tested, columns=tested)
    if not matrix.to_numpy().any():
        return ["## Who beats whom", "", "By paired t-tests no strategy beats another, at no number of labels.", ""]
    names = [code(name) for name in matrix.columns]
    values = [
        [code(name), *(f"{value:.2f}" for value in row)]
        for name, row in zip(matrix.index, matrix.to_numpy(), strict=True)
    ]
    mean = ["mean", *(f"{value:.2f}" for value in np.asarray(matrix).mean(0))]
    return ["## Who beats whom", "", PENALTY, "", *table(["", *names], [*values, mean]), ""]
