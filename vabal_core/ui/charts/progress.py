"""The charts of the Progress page: one function a figure, from the frames of `workspace.LearningCurves`.

Every estimate from a sample is drawn with its 95 % interval; the number of evaluation images behind it stands in the
hover text.
Plotly reads some HTML in every text, and numbers where all texts of an axis look like numbers: names are escaped, and
axes of names are said to be that.
"""

from html import escape
from typing import Any

import pandas as pd
import plotly.graph_objects as go

LOOK: dict[str, Any] = {
    "height": 320,
    "margin": {"l": 10, "r": 10, "t": 10, "b": 10},
    "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
}
MEASURES = {"accuracy": "of all evaluation images", "balanced accuracy": "on average over the classes"}
MAX_MINUTES = 60
MIN_BARS = 12  # minutes that there is room for at least
MAX_BARS = 15  # rounds that each have a bar of their own, with its words
MAX_MARKS = 30  # rounds that each have a mark and whiskers of their own
GREY, PALE_GREY = "#7d8894", "rgba(125, 136, 148, 0.18)"


def balance(frame: pd.DataFrame) -> go.Figure:
    """Share of each class among the labels as each round began and for now: a bar each, areas where they are many."""
    figure = go.Figure()
    many = frame["round"].nunique() > MAX_BARS
    for name, rows in frame.groupby("name", sort=False):
        about = {
            "y": rows["share"],
            "name": chart_text(name),
            "customdata": rows[["count", "labels"]],
            "hovertemplate": "%{fullData.name}: %{customdata[0]:,} of %{customdata[1]:,} labels (%{y:.1%})"
            "<extra></extra>",
        }
        if many:
            figure.add_scatter(x=rows["labels"], mode="lines", line_width=0.5, stackgroup="labels", **about)
        else:
            figure.add_bar(x=_round_names(rows), **about)
    shares = {"title": "share of the labels", "tickformat": ".0%", "range": [0, 1]}
    return finish(figure, barmode="stack", bargap=0.35, yaxis=shares, xaxis={"title": "labels"} if many else {})


def _round_names(rows: pd.DataFrame) -> list[str]:
    return [
        f"now<br>{row.labels:,} labels" if row.round == "now" else f"round {row.round}<br>{row.labels:,} labels"
        for row in rows.itertuples()
    ]


def quality(frame: pd.DataFrame) -> go.Figure:
    """Accuracy and balanced accuracy against the number of labels learned from, with whiskers, or within a band where
    the rounds are many."""
    figure = go.Figure()
    groups = list(frame.groupby("measure", sort=False))
    many = any(len(rows) > MAX_MARKS for _, rows in groups)
    for measure, rows in groups:
        figure.add_scatter(
            x=rows["labels"],
            y=rows["value"],
            mode=_mode(rows),
            name=MEASURES.get(measure, measure),
            error_y=None if many else interval(rows["value"], rows["low"], rows["high"]),
            customdata=rows[["round", "low", "high", "count"]],
            hovertemplate="%{y:.1%} %{fullData.name} (%{customdata[1]:.1%} to %{customdata[2]:.1%})<br>"
            "round %{customdata[0]}, %{x:,} labels, %{customdata[3]:,} evaluation images<extra></extra>",
        )
    for _, rows in groups if many else ():
        _band(figure, rows)
    return finish(
        figure,
        xaxis={"title": "labels learned from", "rangemode": "tozero"},
        yaxis={"title": "named correctly", "tickformat": ".0%", "range": [0, 1.02]},
    )


def _mode(frame: pd.DataFrame) -> str:
    return "lines+markers" if len(frame) <= MAX_MARKS else "lines"


def _band(figure: go.Figure, rows: pd.DataFrame) -> None:
    """The intervals of an estimate, from `low` to `high`, behind its line."""
    edge = {"x": rows["labels"], "mode": "lines", "line_width": 0, "hoverinfo": "skip", "showlegend": False}
    figure.add_scatter(y=rows["low"], zorder=-1, **edge)
    figure.add_scatter(y=rows["high"], zorder=-1, fill="tonexty", fillcolor=PALE_GREY, **edge)


def recall(frame: pd.DataFrame) -> go.Figure:
    """Of each class's evaluation images, the share that the model finds."""
    rows = frame[::-1]
    figure = go.Figure()
    figure.add_bar(
        y=[
            f"{chart_text(row.name_)} ({row.count_:,})"
            for row in rows.rename(columns={"name": "name_", "count": "count_"}).itertuples()
        ],
        x=rows["value"],
        orientation="h",
        error_x=interval(rows["value"], rows["low"], rows["high"], GREY),
        customdata=rows[["low", "high", "count"]],
        hovertemplate="%{x:.0%} (%{customdata[0]:.0%} to %{customdata[1]:.0%}), %{customdata[2]:,} evaluation images"
        "<extra></extra>",
    )
    shares, names = {"tickformat": ".0%", "range": [0, 1.02]}, {"type": "category", "automargin": True}
    return finish(figure, xaxis=shares, yaxis=names)


def confusion(frame: pd.DataFrame) -> go.Figure:
    """How the evaluation images of each class (rows) were named by the model (columns); colour by share of the row."""
    shares = frame.div(frame.sum(axis=1).clip(lower=1), axis=0)
    figure = go.Figure(
        go.Heatmap(
            z=shares,
            x=[chart_text(name) for name in frame.columns],
            y=[chart_text(name) for name in frame.index],
            text=frame,
            texttemplate="%{text}",
            zmin=0,
            zmax=1,
            colorscale=[[0, "#edf2fa"], [1, "#2a6fdb"]],  # opaque: the numbers' colour is chosen against it
            showscale=False,
            xgap=2,
            ygap=2,
            hovertemplate="%{y}, called %{x} by the model: %{text} (%{z:.0%})<extra></extra>",
        )
    )
    names = {"type": "category", "automargin": True, "showgrid": False}
    of_rows = names | {"title": "it is", "autorange": "reversed"}
    return finish(figure, xaxis=names | {"title": "the model says"}, yaxis=of_rows)


def pace(frame: pd.DataFrame) -> go.Figure:
    """Labels in each of the last minutes in which somebody labelled, in the server's local time."""
    rows = frame.tail(MAX_MINUTES)
    local = [minute.to_pydatetime().astimezone().strftime("%d %b %H:%M") for minute in rows["minute"]]
    figure = go.Figure(go.Bar(x=local, y=rows["labels"], hovertemplate="%{x}: %{y:,} labels<extra></extra>"))
    # Of a single minute the bar would be as wide as the chart.
    minutes = {"type": "category", "nticks": 6, "range": [-0.5, max(len(rows), MIN_BARS) - 0.5]}
    return finish(figure, xaxis=minutes, yaxis={"title": "labels a minute", "rangemode": "tozero"})


def interval(value: pd.Series, low: pd.Series, high: pd.Series, color: str | None = None) -> dict[str, Any]:
    """The whiskers of a figure's estimates, from `low` to `high`."""
    return {
        "type": "data",
        "symmetric": False,
        "array": high - value,
        "arrayminus": value - low,
        "thickness": 1.2,
        "color": color,
    }


def chart_text(name: str) -> str:
    """A name as Plotly shows it unchanged. It reads no character reference of a quote, which needs none there."""
    return escape(name, quote=False)


def finish(figure: go.Figure, **layout: Any) -> go.Figure:
    """The look that all figures share, and what this one's layout has besides.

    Each key is set once: Plotly's `update_...` take ten times as long, longer than all else that a figure is made of.
    """
    for name, value in (LOOK | layout).items():
        figure.layout[name] = value
    return figure
