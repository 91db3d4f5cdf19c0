"""Paired comparisons of strategies: by source, over the sources, and the matrix of who beats whom."""

import numpy as np
import pandas as pd

from vabal_core.evidence.paired import MIN_PAIRS, holm, stratified_mean, verdict, wilcoxon_p, wins

RANDOM = "random"
MEAN_OVER_SOURCES = "mean over the sources"  # stands in the column `source` of what is told of all of them
COMPARISON = [
    "source", "strategy", "other", "difference", "low", "high", "p", "p_holm", "p_wilcoxon", "pairs", "sources",
    "verdict",
]  # fmt: skip


def scopes(areas: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The parts of the areas (source, seed) x strategy that a table has rows for: each source, then all of them."""
    parts = {source: rows for source, rows in areas.groupby(level="source")}
    return parts | {MEAN_OVER_SOURCES: areas} if len(parts) > 1 else parts


def mean_areas(areas: pd.DataFrame) -> pd.Series:
    """strategy -> mean over sources of the mean over seeds; left out is who has no complete run on one of them.

    Over the seeds that all who are not left out have finished, where each source has any: seeds differ by more than
    strategies do, and means over different ones do not rank.
    """
    own = areas.groupby(level="source").mean().mean(skipna=False).dropna()
    common = areas[own.index].dropna()
    if common.index.get_level_values("source").nunique() < areas.index.get_level_values("source").nunique():
        return own
    return common.groupby(level="source").mean().mean()


def to_random(areas: pd.DataFrame) -> pd.DataFrame:
    """Each strategy's area minus random's, a row a scope and strategy, in the columns of COMPARISON. Over the sources
    only of strategies with a complete run on each: means over different sources do not compare."""
    rows = [
        _comparisons(part, scope, {name: RANDOM for name in names if name != RANDOM})
        for scope, part in scopes(areas).items()
        if RANDOM in (names := mean_areas(part).index)
    ]
    return _stacked(rows)


def to_best_other(areas: pd.DataFrame) -> pd.DataFrame:
    """Each strategy's area minus that of the best of the others, likewise.

    The best is the one of highest mean, so that of many equal strategies one is the best by luck, and the others fall
    a little short of it.
    """
    rows = []
    for scope, part in scopes(areas).items():
        means = mean_areas(part)
        others = {name: means.drop(name) for name in means.index}
        rows.append(_comparisons(part, scope, {name: left.idxmax() for name, left in others.items() if len(left)}))
    return _stacked(rows)


def _comparisons(areas: pd.DataFrame, scope: str, others: dict[str, str]) -> pd.DataFrame:
    """strategy -> other, compared over the seeds that both have; Holm's correction is over the pairs, each of which is
    one test, whichever of the two a row is of."""
    compared = []
    for strategy, other in others.items():
        by_source = _differences(areas, strategy, other)
        # Over several sources the signed ranks are of the sources' means: seeds say nothing of further sources.
        over_sources = scope == MEAN_OVER_SOURCES
        ranked = np.array([values.mean() if over_sources else values for values in by_source]).ravel()
        compared.append((strategy, other, stratified_mean(*by_source), wilcoxon_p(ranked)))
    tests = {frozenset((strategy, other)): mean.p for strategy, other, mean, _ in compared}
    by_pair = dict(zip(tests, holm(np.array(list(tests.values()))), strict=True))
    corrected = [by_pair[frozenset((strategy, other))] for strategy, other, _, _ in compared]
    rows = [
        (scope, strategy, other, mean.value, mean.low, mean.high, mean.p, p, p_wilcoxon, mean.count, mean.strata,
         verdict(mean, p))
        for (strategy, other, mean, p_wilcoxon), p in zip(compared, corrected, strict=True)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=COMPARISON)


def _differences(areas: pd.DataFrame, strategy: str, other: str) -> list[np.ndarray]:
    differences = (areas[strategy] - areas[other]).dropna()
    return [values.to_numpy() for _, values in differences.groupby(level="source")]


def _stacked(frames: list[pd.DataFrame]) -> pd.DataFrame:
    frames = [frame for frame in frames if len(frame)]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=COMPARISON)


def _tested(rows: pd.DataFrame) -> list[str]:
    seeds = rows.groupby(["source", "strategy"])["seed"].nunique().unstack("strategy", fill_value=0)
    return sorted(seeds.columns[(seeds >= MIN_PAIRS).all()])


def penalty_matrix(rows: pd.DataFrame) -> pd.DataFrame:
    """How often the strategy of a row beats that of a column (Ash et al. 2020, section 5), at most the number of
    sources; of the strategies that have MIN_PAIRS complete runs on each source, fewer being no test.

    rows: source, strategy, seed, round, balanced_accuracy of complete runs. For each source and each round after the
    first labels, 1 / (the source's rounds) is added where a two-sided paired t-test over the seeds says so at 0.05.
    """
    names = _tested(rows)
    total = np.zeros((len(names), len(names)))
    for _, of_source in rows[rows["round"] > 0].groupby("source"):
        table = of_source.pivot(index=["round", "seed"], columns="strategy", values="balanced_accuracy")
        by_round = [values.to_numpy() for _, values in table.reindex(columns=names).groupby(level="round")]
        total += sum(wins(values) for values in by_round) / len(by_round)
    return pd.DataFrame(total, index=names, columns=names)
