"""An experiment in plain words: which strategy is best, by how much, and whether that can be told."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from vabal_core.evidence.paired import MATTERS, MIN_PAIRS, SIGNIFICANCE
from vabal_core.experiment.comparisons import MEAN_OVER_SOURCES, RANDOM
from vabal_core.experiment.markdown import code, interval, p_value, points, whole
from vabal_core.experiment.summary import Summary


def conclusions(summary: Summary) -> list[str]:
    """Sentences, the most important first; strategies and sources stand in backquotes."""
    scope = MEAN_OVER_SOURCES if len(summary.sources) > 1 else next(iter(summary.sources), "")
    scores = summary.scores[summary.scores["source"] == scope] if len(summary.scores) else summary.scores
    scores = scores.dropna(subset="area") if len(scores) else scores
    if not len(scores):
        on_each = " on every source" if len(summary.sources) > 1 else ""
        return [f"No strategy has a run at its end{on_each} yet ({_planned(summary)}): nothing can be told."]
    best = scores.set_index("strategy", drop=False).loc[summary.strategies[0]]
    sentences = [_first(summary, scores)]
    sentences += [_against(row) for row in (_row(summary.to_random, scope, best["strategy"]),) if row is not None]
    sentences += _next(summary, scope, best["strategy"])
    if _is_better(summary, scope, best["strategy"]):
        sentences += _labels(summary, best, scope)
    sentences += list(_below_random(summary, scope)) + list(_cautions(summary, scores))
    return sentences


def _planned(summary: Summary) -> str:
    return f"{summary.planned:,} run{' is' if summary.planned == 1 else 's are'} planned"


def _first(summary: Summary, scores: pd.DataFrame) -> str:
    where = f", on average over {len(summary.sources)} sources" if len(summary.sources) > 1 else ""
    of = ", of the seeds that all have finished" if scores["runs"].nunique() > 1 else ""
    area = points(float(summary.ranking.iloc[0]))
    what = f"balanced accuracy {area} % on average over the rounds after the first labels{where}{of}"
    name = code(summary.strategies[0])
    if len(scores) > 1:
        return f"Highest of {len(scores)} is {name}: {what}."
    return f"{name} alone {'has a run at its end' if _unfinished(summary) else 'was run'}: {what}."


def _unfinished(summary: Summary) -> int:
    """Runs that are not at their end, those that were not begun among them."""
    return summary.planned - int(summary.runs["complete"].sum())


def _is_better(summary: Summary, scope: str, strategy: str) -> bool:
    """Than random, as far as that can be told. A saving of labels has no interval of its own, and is told only then."""
    row = _row(summary.to_random, scope, strategy)
    return row is not None and row["verdict"] == "better"


def _against(row: pd.Series) -> str:
    """What a comparison of two strategies tells."""
    pair = f"{code(row['strategy'])} and {code(row['other'])}"
    if not row["pairs"]:
        return f"{pair} have no seed in common: they cannot be compared."
    numbers = f"{points(row['difference'], signed=True)} points"
    if not np.isnan(row["low"]):
        numbers += f", 95 % interval {interval(row['low'], row['high'], signed=True)}"
    numbers += f", {_pairs(row)}"
    if row["verdict"] in ("better", "worse"):
        words = f"{code(row['strategy'])} is {row['verdict']} than {code(row['other'])}"
        return f"{words} ({numbers}, p {p_value(row['p_holm'])} after Holm's correction)."
    if row["verdict"] == "alike":
        return f"{pair} are alike ({numbers}): neither a gain nor a loss of {100 * MATTERS:g} point is likely."
    if row["verdict"] == "not shown":
        alone = row["p"] < SIGNIFICANCE  # its interval leaves 0 out, and yet it is one of several that were looked at
        why = f", p {p_value(row['p'])}, but {p_value(row['p_holm'])} after Holm's correction" if alone else ""
        return f"A difference between {pair} is not shown ({numbers}{why})."
    return f"Between {pair} there are not enough seeds to tell ({numbers})."


def _pairs(row: pd.Series) -> str:
    return f"{row['pairs']} pair{'' if row['pairs'] == 1 else 's'} of runs"


def _row(comparisons: pd.DataFrame, scope: str, strategy: str) -> Any:
    rows = comparisons[(comparisons["source"] == scope) & (comparisons["strategy"] == strategy)]
    return rows.iloc[0] if len(rows) else None


def _next(summary: Summary, scope: str, best: str) -> list[str]:
    row = _row(summary.to_best_other, scope, best)
    return [_against(row)] if row is not None and row["other"] != RANDOM else []


def _labels(summary: Summary, best: pd.Series, scope: str) -> list[str]:
    name = code(best["strategy"])
    reached, sources = reached_random(summary, best["strategy"])
    if best["strategy"] == RANDOM or not sources:
        return []
    if not reached:
        return [f"What `random` reaches at the end, {name} does not reach."]
    if scope == MEAN_OVER_SOURCES:
        share = (
            ""
            if np.isnan(best["labels_share"])
            else f", with about {100 * best['labels_share']:.0f} % of the labels on average"
        )
        return [f"What `random` reaches at the end, {name} reaches on {reached} of {sources} sources{share}."]
    labels, share = whole(best["labels_to_random"]), f"{100 * best['labels_share']:.0f} %"
    return [f"What `random` reaches at the end, {name} reaches with about {labels} labels, {share} of them."]


def reached_random(summary: Summary, strategy: str) -> tuple[int, int]:
    """On how many sources a strategy's mean curve reaches random's final value, of how many where both ran."""
    by_source = summary.scores[summary.scores["source"] != MEAN_OVER_SOURCES]
    with_random = by_source[by_source["source"].isin(by_source.loc[by_source["strategy"] == RANDOM, "source"])]
    own = with_random[with_random["strategy"] == strategy]
    return int(own["labels_to_random"].notna().sum()), len(own)


def _below_random(summary: Summary, scope: str) -> Iterator[str]:
    rows = summary.to_random
    worse = rows[(rows["source"] == scope) & (rows["verdict"] == "worse")]
    if len(worse):
        yield f"Worse than `random`: {', '.join(map(code, worse['strategy']))}."


def _cautions(summary: Summary, scores: pd.DataFrame) -> Iterator[str]:
    if RANDOM not in summary.strategies:
        yield "`random` was not run: whether choosing helps at all cannot be told."
    if unfinished := _unfinished(summary):
        runs = f"{unfinished} of {summary.planned} planned runs {'is' if unfinished == 1 else 'are'} not at the end"
        yield f"{runs}: the comparisons are of the others, the curves of all rounds so far."
    if len(summary.sources) > 1:
        unranked = [name for name in summary.strategies if name not in set(scores["strategy"])]
        if unranked:
            names = ", ".join(map(code, unranked))
            yield f"Not run, or not to the end, on every source, and so not in the mean over them: {names}."
    runs = summary.runs[summary.runs["complete"]].groupby(["source", "strategy"]).size()
    if runs.min() < MIN_PAIRS:
        yield f"Fewer than {MIN_PAIRS} runs of a strategy tell nothing about it: more seeds are needed."
    elif runs.groupby("source").nunique().max() > 1:
        yield "The strategies have unequal numbers of runs: each comparison is over the seeds that both have."
