"""Charts of what is foreseen: finds among the next images, and how good the model will be after more labels."""

from collections.abc import Sequence

import plotly.graph_objects as go

from vabal_core.ui.charts.progress import GREY, PALE_GREY, chart_text, finish
from vabal_core.workspace import ClassEstimates, Finds, Forecast

MAX_CLASSES = 3  # whose bands can be told apart
COLORS = (("#2a6fdb", "rgba(42, 111, 219, 0.15)"), ("#d9822b", "rgba(217, 130, 43, 0.15)"),
          ("#2e9e6b", "rgba(46, 158, 107, 0.15)"))  # fmt: skip


def finds_ahead(classes: Sequence[ClassEstimates]) -> go.Figure:
    """How many of each class the next images hold, in the order of the ranking and (dashed) drawn at random."""
    figure = go.Figure()
    for row, (color, pale) in zip(classes, COLORS, strict=False):
        name = chart_text(row.defect_class.name)
        _line(figure, row.ahead, name, color, pale)
        _line(figure, row.ahead_random, f"{name}, by chance", color, PALE_GREY, dash="dash")
    images, finds = ({"title": title, "rangemode": "tozero"} for title in ("next images", "of the class"))
    return finish(figure, showlegend=True, xaxis=images, yaxis=finds)


def _line(figure: go.Figure, finds: Sequence[Finds], name: str, color: str, pale: str, dash: str = "solid") -> None:
    if not finds:
        return
    at = [0, *(find.images for find in finds)]
    edge = {"x": at, "mode": "lines", "line_width": 0, "hoverinfo": "skip", "showlegend": False, "zorder": -1}
    figure.add_scatter(y=[0, *(find.low for find in finds)], **edge)
    figure.add_scatter(y=[0, *(find.high for find in finds)], fill="tonexty", fillcolor=pale, **edge)
    figure.add_scatter(
        x=at,
        y=[0, *(find.value for find in finds)],
        mode="lines",
        name=name,
        line={"color": color, "dash": dash},
        customdata=[(0, 0), *((find.low, find.high) for find in finds)],
        hovertemplate="%{fullData.name}: %{y:.1f} (%{customdata[0]:,} to %{customdata[1]:,}) in the next %{x:,}"
        "<extra></extra>",
    )


def add_forecast(figure: go.Figure, now: tuple[int, float], forecasts: Sequence[Forecast], name: str) -> None:
    """To a figure of quality: where its line will go on, from `now` (labels, value)."""
    at = [now[0], *(ahead.labels for ahead in forecasts)]
    edge = {"x": at, "mode": "lines", "line_width": 0, "hoverinfo": "skip", "showlegend": False, "zorder": -1}
    figure.add_scatter(y=[now[1], *(ahead.low for ahead in forecasts)], **edge)
    upper = [now[1], *(ahead.high for ahead in forecasts)]
    figure.add_scatter(y=upper, fill="tonexty", fillcolor=PALE_GREY, **edge)
    figure.add_scatter(
        x=at,
        y=[now[1], *(ahead.value for ahead in forecasts)],
        mode="lines+markers",
        name=name,
        line={"color": GREY, "dash": "dot"},
        customdata=[(now[1], now[1]), *((ahead.low, ahead.high) for ahead in forecasts)],
        hovertemplate="foreseen %{y:.1%} (%{customdata[0]:.1%} to %{customdata[1]:.1%}) after %{x:,} labels"
        "<extra></extra>",
    )
