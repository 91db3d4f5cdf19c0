"""What a figure says, as Markdown: in which form it was made, a table over its arms, and what the authors published."""

import math
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from vabal_core.evidence.paired import stratified_mean
from vabal_core.experiment.comparisons import RANDOM
from vabal_core.experiment.complete import complete_rows
from vabal_core.experiment.figure_forms import find_form
from vabal_core.experiment.figures import find_figure
from vabal_core.experiment.markdown import ABSENT, code, interval, points, table
from vabal_core.experiment.reported import REPORTED
from vabal_core.loop.checked_files import write_whole

MEANS = (
    "In points of a hundred, {metric} of the finished runs: mean over all rounds, and after the last; and the mean "
    "less that of `random`, paired by seed, with its 95 % interval."
)
OTHER_LABELS = "The arms begin with other numbers of labels: their means are no comparison, the last values are."


def write_figure(file: Path, name: str, form: str, arms: Mapping[str, pd.DataFrame]) -> None:
    """Write what the rows of each arm's results say. `form` is named in it, and which other it is not."""
    text = "\n".join(figure_lines(name, form, arms)) + "\n"
    write_whole(file, lambda stream: stream.write(text.encode()))


def figure_lines(name: str, form: str, arms: Mapping[str, pd.DataFrame]) -> list[str]:
    figure = find_figure(name)
    lines = [f"# {figure.title}", "", f"Form {code(form)}: {find_form(form).words}."]
    if other := _other_total(find_form(form).total, arms):
        lines += ["", other]
    if figure.note:
        lines += ["", figure.note]
    metric = figure.metric.replace("_", " ")
    lines += ["", MEANS.format(metric=metric), ""]
    if len({(frame["labels"].min(), frame["labels"].max()) for frame in arms.values() if len(frame)}) > 1:
        lines += [OTHER_LABELS, ""]
    heads = ["source", "arm", "strategy", f"{metric}, mean", "last", "less `random`", "labels", "seeds"]
    return [*lines, *table(heads, _rows(figure.metric, arms)), *_published(arms)]


def _other_total(total: int, arms: Mapping[str, pd.DataFrame]) -> str:
    """Where other numbers of labels were asked for than the form has."""
    given = {int(complete_rows(frame)["labels"].max()) for frame in arms.values() if len(complete_rows(frame))}
    if not given or max(given) == total:
        return ""
    return f"Not of the form's size: {max(given):,} labels in all, where the form has {total:,}."


def _rows(metric: str, arms: Mapping[str, pd.DataFrame]) -> list[list[str]]:
    rows = []
    finished = {arm: complete_rows(results) for arm, results in arms.items() if len(results)}
    for arm, results in finished.items():
        for (source, strategy), of_strategy in results.groupby(["source", "strategy"], sort=False):
            last = of_strategy[of_strategy["round"] == of_strategy["round"].max()]
            means = [points(float(values[metric].mean())) for values in (of_strategy, last)]
            difference = "" if strategy == RANDOM else _less_random(metric, of_strategy, arm, finished)
            labels, seeds = int(last["labels"].max()), of_strategy["seed"].nunique()
            rows.append([code(str(source)), arm, code(str(strategy)), *means, difference, f"{labels:,}", str(seeds)])
    return rows


def _less_random(metric: str, of_strategy: pd.DataFrame, arm: str, finished: Mapping[str, pd.DataFrame]) -> str:
    """Over the seeds of both; of the same arm where `random` was run there, else of the one that has it."""
    holders = [arm, *(name for name in finished if name != arm)]
    for results in (finished[name] for name in holders):
        random = results[(results["strategy"] == RANDOM) & (results["source"] == of_strategy["source"].iloc[0])]
        if len(random):
            means = [rows.groupby("seed")[metric].mean() for rows in (of_strategy, random)]
            mean = stratified_mean((means[0] - means[1]).dropna().to_numpy())
            with_interval = "" if math.isnan(mean.low) else f" ({interval(mean.low, mean.high, signed=True)})"
            return f"{points(mean.value, signed=True)}{with_interval}" if mean.count else ""
    return ""


def _published(arms: Mapping[str, pd.DataFrame]) -> list[str]:
    """What the authors published of the same variants, whatever was left out here to be small."""
    variants = {str(source).partition("~")[0] for results in arms.values() for source in results["source"].unique()}
    rows = [
        [
            code(row.source),
            code(row.strategy),
            ABSENT if row.average is None else f"{row.average:.1f}",
            f"{row.final:.1f}",
            "mean of trials" if row.seed is None else f"seed {row.seed}",
            row.where,
        ]
        for row in REPORTED
        if row.source in variants
    ]
    if not rows:
        return []
    words = "What the authors report: accuracy on all 10,000 test images, 500 to 3,000 labels, ResNet-18, 200 epochs."
    return ["", words, "", *table(["source", "strategy", "mean", "last", "of", "where"], rows)]
