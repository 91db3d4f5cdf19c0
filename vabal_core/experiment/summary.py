"""From the rows of an experiment (one a round of a run) to the tables that a report and its figures show.

The area under the learning curve is the mean of balanced accuracy over the rounds after the first labels, which all
strategies share.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from vabal_core.experiment.comparisons import mean_areas, penalty_matrix, to_best_other, to_random
from vabal_core.experiment.complete import RUN, complete_rows, planned_runs
from vabal_core.experiment.scores import strategy_scores

REQUIRED = [*RUN, "round", "labels", "balanced_accuracy"]
SHARES = ("balanced_accuracy", "accuracy", "macro_f1", "rare_share", "pick_error_rate", "calibration_error")
CLASS = ["source", "strategy", "class_index", "class_name"]
METRICS = (*SHARES, "classes_found", "log_loss")


@dataclass(frozen=True, kw_only=True, eq=False)
class Summary:
    """What is known of an experiment. Shares in 0..1; low and high bound a 95 % interval, NaN where seeds are too few.

    sources, strategies  names; the strategies by `ranking`, best first, then those that have none
    planned              runs that were planned, finished or not, begun or not
    ranking              strategy -> mean area over all sources, best first, over the seeds that all of them have
                         finished where there are any (see `mean_areas`)
    runs                 source, strategy, seed, rounds, complete, area, final, rare_share: a row a run
    curves               source, strategy, round, labels, metric, value, low, high, count: means over the seeds so far
    scores               of the complete runs, a row a source and strategy, and a row for all sources: see
                         `strategy_scores`
    to_random, to_best_other  paired differences of the area, in the columns of COMPARISON
    penalty              strategies x strategies: how often the row's beats the column's
    recalls              source, strategy, class_index, class_name, value, low, high, count: after the last round

    A run is complete if it has every round that was planned, and one after the first labels at least: means over
    different rounds do not compare.
    """

    sources: tuple[str, ...]
    strategies: tuple[str, ...]
    planned: int
    ranking: pd.Series
    runs: pd.DataFrame
    curves: pd.DataFrame
    scores: pd.DataFrame
    to_random: pd.DataFrame
    to_best_other: pd.DataFrame
    penalty: pd.DataFrame
    recalls: pd.DataFrame


def summarise(results: pd.DataFrame) -> Summary:
    """ValueError where a column is absent or a round of a run stands there twice."""
    rows = _checked(results)
    runs = _runs(rows)
    complete = rows.merge(runs.loc[runs["complete"], RUN])
    areas = runs[runs["complete"]].pivot(index=["source", "seed"], columns="strategy", values="area").dropna(how="all")
    ranking = mean_areas(areas).sort_values(ascending=False, kind="stable")
    return Summary(
        sources=tuple(rows["source"].unique()),
        strategies=(*ranking.index, *(name for name in rows["strategy"].unique() if name not in ranking)),
        planned=max(planned_runs(rows), len(runs)),
        ranking=ranking,
        runs=runs,
        curves=_curves(rows),
        scores=strategy_scores(runs[runs["complete"]], complete),
        to_random=to_random(areas),
        to_best_other=to_best_other(areas),
        penalty=penalty_matrix(complete),
        recalls=_recalls(complete),
    )


def _checked(results: pd.DataFrame) -> pd.DataFrame:
    absent = [column for column in REQUIRED if column not in results]
    if absent:
        raise ValueError(f"an experiment's rows need the columns {', '.join(REQUIRED)}; absent: {', '.join(absent)}")
    rows = results.dropna(subset="balanced_accuracy").sort_values([*RUN, "round"], ignore_index=True)
    twice = rows[rows.duplicated([*RUN, "round"])]
    if len(twice):
        source, strategy, seed, round_ = twice.iloc[0][[*RUN, "round"]]
        raise ValueError(
            f"round {round_} of {strategy}, seed {seed}, on {source} stands there twice: give each experiment's source "
            "a name of its own"
        )
    return rows


def _runs(rows: pd.DataFrame) -> pd.DataFrame:
    rare = rows.get("rare_share", np.nan)
    rows = rows.assign(area=rows["balanced_accuracy"].where(rows["round"] > 0), rare_share=rare)
    runs = rows.groupby(RUN, as_index=False).agg(
        rounds=("round", "max"),
        area=("area", "mean"),
        final=("balanced_accuracy", "last"),
        rare_share=("rare_share", "last"),
    )
    finished = complete_rows(rows)[RUN].drop_duplicates().assign(complete=True)
    runs = runs.merge(finished, how="left", on=RUN)
    return runs.assign(complete=runs["complete"].notna())


def _curves(rows: pd.DataFrame) -> pd.DataFrame:
    metrics = [metric for metric in METRICS if metric in rows]
    long = rows.melt([*RUN, "round", "labels"], metrics, "metric", "value").dropna(subset="value")
    curves = _with_interval(long, ["source", "strategy", "round", "labels", "metric"])
    curves["high"] = curves["high"].mask(curves["metric"].isin(SHARES), curves["high"].clip(upper=1))
    return curves


def _with_interval(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The mean of the column `value` over the rows that share `keys`, with Student's 95 % interval, cut at 0: no
    metric lies below."""
    groups = frame.groupby(keys, sort=False)["value"].agg(["mean", "std", "count"]).reset_index()
    half = stdtrit(np.maximum(groups["count"] - 1, 1), 0.975) * groups["std"] / np.sqrt(groups["count"])
    means = groups.pop("mean")
    groups.pop("std")
    return groups.assign(value=means, low=(means - half).clip(lower=0), high=means + half)


def _recalls(complete: pd.DataFrame) -> pd.DataFrame:
    """The recall of each class after the last round; no row where a class has no test image."""
    if "recalls" not in complete:
        return pd.DataFrame(columns=[*CLASS, "value", "low", "high", "count"])
    last = complete.sort_values("round").groupby(RUN).tail(1)
    frame = pd.DataFrame(
        [
            (row.source, row.strategy, index, _class_name(row, index), recall)
            for row in last.itertuples()
            for index, recall in enumerate(row.recalls)
        ],
        columns=[*CLASS, "value"],
    )
    recalls = _with_interval(frame.dropna(subset="value"), CLASS)
    return recalls.assign(high=recalls["high"].clip(upper=1))


def _class_name(row: Any, index: int) -> str:
    return str(row.class_names[index]) if hasattr(row, "class_names") else f"class {index + 1}"
