"""What each strategy reached by itself: area, final value, rare share, and labels until random's final value."""

import numpy as np
import pandas as pd
from scipy.optimize import isotonic_regression

from vabal_core.evidence.paired import stratified_mean
from vabal_core.experiment.comparisons import MEAN_OVER_SOURCES, RANDOM


def strategy_scores(runs: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """A row a source and strategy, and a row for all sources (MEAN_OVER_SOURCES) if a strategy ran on each of several.

    runs: the complete runs of a Summary; rows: their rounds. Columns: source, strategy, runs; area, final, each with
    _low and _high; rare_share after the last round; labels_to_random, the labels at which the mean curve reaches
    random's final value (over the seeds of both; NaN: not reached, or no random), and labels_share of the labels at
    which random's own does; over the sources the mean share, NaN where one of them was not reached. Mean curves are
    taken as rising (isotonic regression): else the first point that luck has lifted would count as having reached it.
    """
    by_source = [
        {"source": source, "strategy": strategy} | _score(part) | _labels_to_random(rows, source, strategy)
        for (source, strategy), part in runs.groupby(["source", "strategy"], sort=False)
    ]
    scores = pd.DataFrame(by_source)
    source_count = runs["source"].nunique()
    if source_count < 2:
        return scores
    over = [
        {"source": MEAN_OVER_SOURCES, "strategy": strategy, **_score(part), "labels_to_random": np.nan,
         "labels_share": scores.loc[scores["strategy"] == strategy, "labels_share"].mean(skipna=False)}
        for strategy, part in runs.groupby("strategy", sort=False)
        if part["source"].nunique() == source_count
    ]  # fmt: skip
    return pd.concat([scores, pd.DataFrame(over)], ignore_index=True)


def _score(runs: pd.DataFrame) -> dict[str, float]:
    """Means over the seeds, then over the sources."""
    score: dict[str, float] = {"runs": len(runs)}
    for measure in ("area", "final"):
        mean = stratified_mean(*(values.dropna().to_numpy() for _, values in runs.groupby("source")[measure]))
        score |= {measure: mean.value, f"{measure}_low": max(mean.low, 0.0), f"{measure}_high": min(mean.high, 1.0)}
    return score | {"rare_share": runs.groupby("source")["rare_share"].mean().mean()}


def _labels_to_random(rows: pd.DataFrame, source: str, strategy: str) -> dict[str, float]:
    of_source = rows[rows["source"] == source]
    curves = of_source[of_source["strategy"].isin([strategy, RANDOM])]
    table = curves.pivot_table(index="seed", columns=["strategy", "labels"], values="balanced_accuracy").dropna()
    if RANDOM not in curves["strategy"].values or not len(table):
        return {"labels_to_random": np.nan, "labels_share": np.nan}
    means = table[strategy].mean(), table[RANDOM].mean()
    curve, random = ((mean.index.to_numpy(), rising(mean.to_numpy())) for mean in means)
    labels = labels_to_reach(*curve, random[1][-1])
    return {"labels_to_random": labels, "labels_share": labels / labels_to_reach(*random, random[1][-1])}


def rising(values: np.ndarray) -> np.ndarray:
    """The curve (R,) that never falls and lies nearest to the values (R,), by least squares."""
    return isotonic_regression(values).x


def labels_to_reach(labels: np.ndarray, values: np.ndarray, target: float) -> float:
    """The number of labels at which a curve (R,), (R,) first reaches `target`, straight lines between its points; NaN
    where it does not."""
    reached = np.flatnonzero(values >= target)
    if not len(reached):
        return np.nan
    at = reached[0]
    if at == 0:
        return float(labels[0])
    share = (target - values[at - 1]) / (values[at] - values[at - 1])
    return float(labels[at - 1] + share * (labels[at] - labels[at - 1]))
