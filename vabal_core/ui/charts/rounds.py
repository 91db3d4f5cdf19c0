"""The charts of the Rounds page: one function a figure, from the frames of `workspace.Diagnosis`.

A class is a numbered row with its name as the row's text: two long names that look the same when shortened stay two.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from vabal_core.ui.charts.progress import chart_text, finish

LOSSES_HEIGHT = 180
MAX_NAME_CHARACTERS = 20  # beside a row; the whole name stands in the hover text
MIN_ROWS = 3  # rows that fill the lowest figure
ROW, HIGH_ROW, AROUND, TITLE, LEGEND = 26, 44, 50, 30, 75  # pixels
SHARES = {  # the last mark is open: it lets another below it be seen
    "label_share": ("of your labels", "circle", "labelled", "labels"),
    "prior": ("as the ranking takes it", "diamond", None, ""),
    "predicted_share": ("of the images ranked, as predicted", "square-open", "predicted", "images"),
}


def losses(values: Sequence[float], *, from_zero: bool = True) -> go.Figure:
    """The error after each pass over the images, while a network learns."""
    figure = go.Figure()
    passes = list(range(1, len(values) + 1))
    mode = "lines" if len(values) > 1 else "markers"
    figure.add_scatter(x=passes, y=list(values), mode=mode, hovertemplate="pass %{x}: %{y:.4g}<extra></extra>")
    return finish(
        figure,
        height=LOSSES_HEIGHT,
        xaxis={"title": "pass", "rangemode": "tozero", "dtick": max(1, len(values) // 6)},
        yaxis={"title": "error", "rangemode": "tozero" if from_zero else "normal"},
    )


def reliability(frame: pd.DataFrame) -> go.Figure:
    """Each class's reliability (Eq. 10), pale where no image stands behind it. Shrunk, so without an interval."""
    behind = [_images(count) for count in frame["read_from"]]
    figure = go.Figure()
    figure.add_bar(
        y=list(range(len(frame))),
        x=frame["reliability"],
        orientation="h",
        marker_opacity=[0.35 if count == 0 else 1 for count in frame["read_from"]],
        customdata=list(zip(map(chart_text, frame["name"]), behind, strict=True)),
        hovertemplate="%{customdata[0]}: %{x:.0%}, %{customdata[1]}<extra></extra>",
    )
    shares = {"tickformat": ".0%", "range": [0, 1.02]}
    return _rows(figure, frame["name"], frame["read_from"], ROW, AROUND, xaxis=shares)


def _images(count: float) -> str:
    if np.isnan(count):
        return "number of images not kept"
    return f"from {count:,.0f} labelled images" if count else "from no image: the average of all classes"


def commonness(frame: pd.DataFrame) -> go.Figure:
    """How common each class is: among the labels, for the ranking (the prior, Eq. 11), among the images ranked."""
    figure = go.Figure()
    for column, (title, symbol, count, unit) in SHARES.items():
        if frame[column].isna().all():
            continue
        counts = [f" ({value:,.0f} {unit})" for value in frame[count]] if count else [""] * len(frame)
        figure.add_scatter(
            x=frame[column],
            y=list(range(len(frame))),
            mode="markers",
            cliponaxis=False,  # a share of 0 is a whole mark, too
            marker={"symbol": symbol, "size": 10, "line": {"width": 2 if symbol.endswith("open") else 0}},
            name=title,
            customdata=list(zip(map(chart_text, frame["name"]), counts, strict=True)),
            hovertemplate="%{customdata[0]}: %{x:.1%} %{fullData.name}%{customdata[1]}<extra></extra>",
        )
    shares = {"tickformat": ".0%", "rangemode": "tozero"}
    return _rows(figure, frame["name"], frame["labelled"], ROW, AROUND + LEGEND, xaxis=shares)


def likelihood(frame: pd.DataFrame) -> go.Figure:
    """A small histogram a class, one above the other on one axis, each as high as its highest bar."""
    by_class = frame.groupby("name", sort=False)["count"]
    names = pd.Series(frame["name"].unique())
    figure = go.Figure()
    figure.add_bar(
        x=(frame["left"] + frame["right"]) / 2,
        width=frame["right"] - frame["left"],
        y=-0.85 * frame["count"] / by_class.transform("max").clip(lower=1),  # the axis counts rows downwards
        base=by_class.ngroup() + 0.4,
        marker_line_width=0,
        customdata=frame[["name", "count", "left", "right"]].assign(name=frame["name"].map(chart_text)),
        hovertemplate="%{customdata[0]}: %{customdata[1]:,} images from %{customdata[2]:.3f} to %{customdata[3]:.3f}"
        "<extra></extra>",
    )
    fit = {"title": "log-likelihood: how well an image fits its class"}
    return _rows(figure, names, by_class.sum(), HIGH_ROW, AROUND + TITLE, xaxis=fit, barmode="overlay", bargap=0)


def _rows(figure: go.Figure, names: pd.Series, counts: pd.Series, height: int, around: int, **layout: Any) -> go.Figure:
    """Classes from top to bottom, each with its name and, where it is known, a count in brackets."""
    texts = [
        _short(name) + ("" if np.isnan(count) else f" ({count:,.0f})")
        for name, count in zip(names, counts, strict=True)
    ]
    ticks = {"tickvals": list(range(len(texts))), "ticktext": texts, "range": [len(texts) - 0.5, -0.5]}
    rows = ticks | {"automargin": True, "showgrid": False, "zeroline": False}
    return finish(figure, height=around + height * max(MIN_ROWS, len(texts)), yaxis=rows, **layout)


def _short(name: str) -> str:
    return chart_text(name if len(name) <= MAX_NAME_CHARACTERS else f"{name[: MAX_NAME_CHARACTERS - 1]}…")
