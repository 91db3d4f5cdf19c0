"""What a figure says, as Markdown: in which form it was made, a table over its arms, and what the authors published."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from vabal_core.experiment.figure_forms import find_form
from vabal_core.experiment.figures import find_figure
from vabal_core.experiment.markdown import ABSENT, code, points, table
from vabal_core.experiment.reported import REPORTED
from vabal_core.loop.files import write_whole


def write_figure(file: Path, name: str, form: str, arms: Mapping[str, pd.DataFrame]) -> None:
    """Write what the rows of each arm's results say. `form` is named in it, and which other it is not."""
    text = "\n".join(figure_lines(name, form, arms)) + "\n"
    write_whole(file, lambda stream: stream.write(text.encode()))


def figure_lines(name: str, form: str, arms: Mapping[str, pd.DataFrame]) -> list[str]:
    figure = find_figure(name)
    lines = [f"# {figure.title}", "", f"Form {code(form)}: {find_form(form).words}."]
    if figure.note:
        lines += ["", figure.note]
    metric = figure.metric.replace("_", " ")
    lines += ["", f"In points of a hundred, {metric}: mean over all rounds, and after the last.", ""]
    heads = ["source", "arm", "strategy", f"{metric}, mean", "last", "labels", "seeds"]
    return [*lines, *table(heads, _rows(figure.metric, arms)), *_published(arms)]


def _rows(metric: str, arms: Mapping[str, pd.DataFrame]) -> list[list[str]]:
    rows = []
    for arm, results in arms.items():
        for (source, strategy), of_strategy in results.groupby(["source", "strategy"], sort=False):
            last = of_strategy[of_strategy["round"] == of_strategy["round"].max()]
            means = [points(float(values[metric].mean())) for values in (of_strategy, last)]
            labels, seeds = int(last["labels"].max()), of_strategy["seed"].nunique()
            rows.append([code(str(source)), arm, code(str(strategy)), *means, f"{labels:,}", str(seeds)])
    return rows


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
    words = "What the authors report: accuracy on the same test images, 500 to 3,000 labels, ResNet-18, 200 epochs."
    return ["", words, "", *table(["source", "strategy", "mean", "last", "of", "where"], rows)]
