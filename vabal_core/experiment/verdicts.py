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
        return ["No round after the first labels is finished by a strategy on every source: nothing can be told yet."]
    best = scores.sort_values("area", ascending=False, kind="stable").iloc[0]
    sentences = [_first(best, len(scores), len(summary.sources))]
    sentences += [_against(row) for row in (_row(summary.to_random, scope, best["strategy"]),) if row is not None]
    sentences += _next(summary, scope, best["strategy"])
    sentences += _labels(summary, best, scope)
    sentences += list(_below_random(summary, scope)) + list(_cautions(summary, scores))
    return sentences


def _first(best: pd.Series, strategies: int, sources: int) -> str:
    where = f", on average over {sources} sources" if sources > 1 else ""
    what = f"balanced accuracy {points(best['area'])} % on average over the rounds after the first labels{where}"
    name = code(best["strategy"])
    return f"Highest of {strategies} is {name}: {what}." if strategies > 1 else f"{name} alone was run: {what}."


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
            else f", with {100 * best['labels_share']:.0f} % of the labels on average"
        )
        return [f"What `random` reaches at the end, {name} reaches on {reached} of {sources} sources{share}."]
    labels, share = whole(best["labels_to_random"]), f"{100 * best['labels_share']:.0f} %"
    return [f"What `random` reaches at the end, {name} reaches with {labels} labels, {share} of them."]


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
    unfinished = int((~summary.runs["complete"]).sum())
    if unfinished:
        runs = f"{unfinished} of {len(summary.runs)} runs"
        yield f"{runs} are not at their end: they are in the curves, not in the comparisons."
    if len(summary.sources) > 1:
        unranked = [name for name in summary.strategies if name not in set(scores["strategy"])]
        if unranked:
            yield f"Not finished on every source, and so not in the mean over them: {', '.join(map(code, unranked))}."
    runs = summary.runs[summary.runs["complete"]].groupby(["source", "strategy"]).size()
    if runs.min() < MIN_PAIRS:
        yield f"Fewer than {MIN_PAIRS} runs of a strategy tell nothing about it: more seeds are needed."
    elif runs.groupby("source").nunique().max() > 1:
        yield "The strategies have unequal numbers of runs: each comparison is over the seeds that both have."
