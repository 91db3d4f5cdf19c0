"""The charts of an experiment: one function a figure, from the frames of an experiment's Summary.

The same colour is the same strategy in all figures of an experiment. Where the strategies are more than the colours,
the best have one and the others are grey: each still has its line, its hover text and its place in the legend.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from vabal_core.ui.charts.progress import GREY, chart_text, finish, interval

PALETTE = (  # the theme's, but for the grey that is random's
    "#2a6fdb", "#d9730d", "#1f9d6b", "#a3468f", "#b8961e", "#c8413b", "#3aa3c2", "#7a5bd1", "#6b8e23",
)  # fmt: skip
RANDOM, RANDOM_TITLE = "random", "Random"  # by its name, and where all strategies are called by their titles
RANDOM_COLOR, PALE = "#5b6b7f", "#b4bcc6"
BLUE, NEAR_WHITE, ORANGE = "#2a6fdb", "#f4f5f7", "#d9730d"
MIN_BAND_SEEDS = 3  # the interval of two would fill the figure
MAX_COLOURED = 6  # where there are more strategies than colours
MAX_ROW_LEGEND = 6  # names that stand in one row above a figure; more stand beside it
MAX_WRITTEN_CLASSES = 30
ROW, AROUND, LEGEND_ROW = 24, 90, 19  # pixels
MATTERS = 0.01
MIN_SHARE_SPAN = 0.1  # from the bottom of a figure to its top: within less, whole points would be written twice
MARGIN = 0.01  # of such a figure, above and below its curves
MAX_SINGLE_LABELS = 10  # from the first mark to the last; where there are as few, a tick is a label
METRICS = {
    "balanced_accuracy": ("balanced accuracy", ".1%"),
    "accuracy": ("accuracy", ".1%"),
    "macro_f1": ("macro F1", ".1%"),
    "rare_share": ("share of rare classes", ".1%"),
    "pick_error_rate": ("mistakes among the next labels", ".1%"),
    "calibration_error": ("calibration error", ".1%"),
    "classes_found": ("classes found", ".1f"),
    "log_loss": ("log-loss", ".2f"),
}


def colors(strategies: Sequence[str]) -> dict[str, str]:
    """strategy -> its colour. `strategies` best first; by name where all have a colour, so that none changes it while
    an experiment goes on."""
    others = [name for name in strategies if not _is_random(name)]
    coloured = sorted(others if len(others) <= len(PALETTE) else others[:MAX_COLOURED])
    of_random = {name: RANDOM_COLOR for name in strategies if _is_random(name)}
    return {name: PALE for name in others} | dict(zip(coloured, PALETTE, strict=False)) | of_random


def _is_random(name: str) -> bool:
    return name in (RANDOM, RANDOM_TITLE)


def has_bands(curves: pd.DataFrame) -> bool:
    """Whether a learning curve has a mark with seeds enough for its interval to be drawn."""
    return bool((curves["count"] >= MIN_BAND_SEEDS).any())


def learning_curves(curves: pd.DataFrame, strategies: Sequence[str], metric: str = "balanced_accuracy") -> go.Figure:
    """The mean of a metric over the seeds at each number of labels, on one source, within its 95 % interval.

    curves: rows of one source. A grey strategy has no band; all bands are too many to see anything.
    """
    words, number = METRICS[metric]
    palette, figure = colors(strategies), go.Figure()
    of_metric = curves[curves["metric"] == metric]
    present = [name for name in strategies if name in set(of_metric["strategy"])]
    for name in sorted(present, key=lambda name: palette[name] != PALE):  # grey lines lie below
        rows = of_metric[of_metric["strategy"] == name].sort_values("labels")
        if palette[name] != PALE:
            _band(figure, name, rows[rows["count"] >= MIN_BAND_SEEDS], palette[name])
        figure.add_scatter(
            x=rows["labels"],
            y=rows["value"],
            mode="lines+markers",
            line=_line(name, palette),
            marker_size=4 if palette[name] == PALE else 6,
            name=chart_text(name),
            legendgroup=name,
            legendrank=1 + present.index(name),
            customdata=_with_words(rows, number),
            hovertemplate=f"%{{fullData.name}}: %{{y:{number}}} %{{customdata}}<br>%{{x:,}} labels<extra></extra>",
        )
    _label_axis(figure, of_metric)
    figure.update_yaxes(title=words)
    if "%" in number:
        _share_axis(figure, of_metric)
    return _with_legend(finish(figure), len(present)).update_layout(showlegend=True)  # a single line has a name too


def _label_axis(figure: go.Figure, rows: pd.DataFrame) -> None:
    few = len(rows) and rows["labels"].max() - rows["labels"].min() < MAX_SINGLE_LABELS
    figure.update_xaxes(title="labels", dtick=1 if few else None)


def _share_axis(figure: go.Figure, rows: pd.DataFrame) -> None:
    """Ticks in whole points, each another one, however little the curves differ."""
    figure.update_yaxes(tickformat=".0%")
    banded = rows[rows["count"] >= MIN_BAND_SEEDS]
    low = min(rows["value"].min(), banded["low"].min()) if len(banded) else rows["value"].min()
    high = max(rows["value"].max(), banded["high"].max()) if len(banded) else rows["value"].max()
    if high - low < MIN_SHARE_SPAN:
        bottom = min(max((low + high - MIN_SHARE_SPAN) / 2, 0), 1 - MIN_SHARE_SPAN) - MARGIN
        figure.update_yaxes(range=[bottom, bottom + MIN_SHARE_SPAN + 2 * MARGIN])


def _line(name: str, palette: Mapping[str, str]) -> dict[str, Any]:
    grey = palette[name] == PALE
    return {"color": palette[name], "width": 1 if grey else 2, "dash": "dash" if _is_random(name) else "solid"}


def _band(figure: go.Figure, name: str, rows: pd.DataFrame, color: str) -> None:
    if not len(rows):
        return
    figure.add_scatter(
        x=[*rows["labels"], *rows["labels"][::-1]],
        y=[*rows["high"], *rows["low"][::-1]],
        fill="toself",
        fillcolor=_pale(color),
        line_width=0,
        mode="lines",
        hoverinfo="skip",
        showlegend=False,
        legendgroup=name,
    )


def _pale(color: str) -> str:
    red, green, blue = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, 0.13)"


def _with_words(rows: pd.DataFrame, number: str) -> list[str]:
    return [
        f"{_between(row.low, row.high, number)}, {row.count_} seed{'' if row.count_ == 1 else 's'}"
        for row in rows.rename(columns={"count": "count_"}).itertuples()
    ]


def _between(low: float, high: float, number: str) -> str:
    return "(no interval)" if np.isnan(low) else f"({format(low, number)} to {format(high, number)})"


def _with_legend(figure: go.Figure, count: int) -> go.Figure:
    """Many names stand beside the figure, one below another."""
    if count <= MAX_ROW_LEGEND:
        return figure
    legend = {"orientation": "v", "x": 1.02, "y": 1, "yanchor": "top", "traceorder": "normal"}
    return figure.update_layout(legend=legend, height=max(figure.layout.height, AROUND + count * LEGEND_ROW))


def areas(scores: pd.DataFrame, strategies: Sequence[str]) -> go.Figure:
    """The area under the learning curve of each strategy, best on top. scores: rows of one scope.

    Marks and not bars: bars would have to begin at 0, and a few points' difference would not be seen.
    """
    rows = scores.dropna(subset="area").sort_values("area", kind="stable")
    words = [
        f"{chart_text(row.strategy)}: {row.area:.1%} {_between(row.area_low, row.area_high, '.1%')}, {row.runs} "
        f"run{'' if row.runs == 1 else 's'}<br>after the last round {row.final:.1%}"
        for row in rows.itertuples()
    ]
    figure = go.Figure()
    _marks(figure, rows["strategy"], rows["area"], rows["area_low"], rows["area_high"], words, strategies)
    figure.update_xaxes(title="mean balanced accuracy, %")
    return _rows(figure, len(rows))


def _marks(
    figure: go.Figure,
    names: pd.Series,
    values: pd.Series,
    low: pd.Series,
    high: pd.Series,
    words: Sequence[str],
    strategies: Sequence[str],
) -> None:
    """A row a strategy: the value in points of a hundred, its interval, and what the hover text says."""
    palette = colors(strategies)
    figure.add_scatter(
        y=[chart_text(name) for name in names],
        x=100 * values,
        mode="markers",
        marker={"color": [palette[name] for name in names], "size": 9},
        error_x=interval(100 * values, 100 * low, 100 * high, GREY),
        customdata=words,
        hovertemplate="%{customdata}<extra></extra>",
    )


def differences(comparisons: pd.DataFrame, strategies: Sequence[str]) -> go.Figure:
    """The area of each strategy minus that of another, over the seeds of both. comparisons: rows of one scope.

    The grey stripe is what does not matter: a point to either side of none.
    """
    rows = comparisons.dropna(subset="difference").sort_values("difference", kind="stable")
    figure = go.Figure()
    figure.add_vrect(x0=-100 * MATTERS, x1=100 * MATTERS, fillcolor=GREY, opacity=0.12, line_width=0)
    figure.add_vline(x=0, line={"color": GREY, "width": 1})
    words = [_comparison(row) for row in rows.itertuples()]
    _marks(figure, rows["strategy"], rows["difference"], rows["low"], rows["high"], words, strategies)
    figure.update_xaxes(title="difference in points", tickformat="+", zeroline=False)
    return _rows(figure, len(rows))


def _comparison(row: Any) -> str:
    shown = "" if np.isnan(row.p_holm) else f", p {row.p_holm:.3f} after Holm"
    names = chart_text(f"{row.strategy} minus {row.other}")
    return (
        f"{names}: {row.difference:+.1%} {_between(row.low, row.high, '+.1%')}"
        f"<br>{row.pairs} pair{'' if row.pairs == 1 else 's'}{shown}: {row.verdict}"
    )


def _rows(figure: go.Figure, count: int) -> go.Figure:
    figure.update_yaxes(type="category", automargin=True, range=[-0.6, count - 0.4])
    return finish(figure).update_layout(height=AROUND + ROW * count, showlegend=False)


def penalties(matrix: pd.DataFrame, strategies: Sequence[str]) -> go.Figure:
    """How often the strategy of a row beats that of a column; below, the mean of each column: the lower the better."""
    tested = [name for name in strategies if name in matrix.index]
    ordered = matrix.reindex(index=tested, columns=tested)
    values = pd.concat([ordered, ordered.mean().to_frame("is beaten, mean").T])
    figure = _heat_map(values, values.map("{:.1f}".format), "%{y} beats %{x}: %{z:.2f}", from_zero=True)
    return figure.update_xaxes(side="top", tickangle=-45)


def by_source(to_best_other: pd.DataFrame, strategies: Sequence[str]) -> go.Figure:
    """Each strategy's area minus that of the best other, source by source; a star: p below 0.05, uncorrected."""
    tables = to_best_other.pivot(index="strategy", columns="source", values=["difference", "p"]).reindex(strategies)
    words = [
        [
            "" if np.isnan(value) else f"{100 * value:+.1f}{'*' if p < 0.05 else ''}"
            for value, p in zip(*row, strict=True)
        ]
        for row in zip(tables["difference"].to_numpy(), tables["p"].to_numpy(), strict=True)
    ]
    return _heat_map(tables["difference"], words, "%{y} on %{x}: %{text} points to the best other", from_zero=False)


def recalls(frame: pd.DataFrame, strategies: Sequence[str]) -> go.Figure:
    """The recall of each class after the last round, mean over the seeds. frame: rows of one source."""
    names = frame["class_index"].add(1).astype(str) + ". " + frame["class_name"]
    rows = frame.assign(
        class_name=names,
        words=[_between(low, high, ".0%") for low, high in zip(frame["low"], frame["high"], strict=True)],
    )
    order = rows.sort_values("class_index")["class_name"].unique()
    tables = rows.pivot(index="strategy", columns="class_name", values=["value", "words"])
    tables = tables.reindex([name for name in strategies if name in tables.index])
    values, words = tables["value"][order].astype(float), tables["words"][order]
    figure = _heat_map(values, words, "%{y}, %{x}: %{z:.0%} %{text}", from_zero=True)
    return figure.update_traces(zmax=1, texttemplate="%{z:.0%}" if len(order) <= MAX_WRITTEN_CLASSES else "")


def _heat_map(values: pd.DataFrame, words: Any, hover: str, *, from_zero: bool) -> go.Figure:
    """A square a value, with its words; colours from 0 up, or to either side of 0. The first row is on top."""
    most = np.nanmax(np.abs(values.to_numpy()), initial=MATTERS)
    scale = [[0, NEAR_WHITE], [1, BLUE]] if from_zero else [[0, ORANGE], [0.5, NEAR_WHITE], [1, BLUE]]
    figure = go.Figure(
        go.Heatmap(
            z=values.to_numpy(),
            x=[chart_text(str(name)) for name in values.columns],
            y=[chart_text(str(name)) for name in values.index],
            text=words,
            texttemplate="%{text}",
            zmin=0 if from_zero else -most,
            zmax=most,
            colorscale=scale,
            showscale=False,
            xgap=2,
            ygap=2,
            hoverongaps=False,
            hovertemplate=f"{hover}<extra></extra>",
        )
    )
    figure.update_xaxes(type="category", automargin=True, showgrid=False)
    figure.update_yaxes(type="category", autorange="reversed", automargin=True, showgrid=False)
    return finish(figure).update_layout(height=AROUND + ROW * len(values))
