"""The charts of what the Progress page answers: one function a figure.

What was counted among chosen images is a fact and has no interval; what chance would give has one.
"""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from vabal_core.ui.charts.progress import GREY, MAX_BARS, PALE_GREY, chart_text, finish
from vabal_core.workspace import ClassProgress, RankingBenefit

MIDDLE_GREY = "rgba(125, 136, 148, 0.45)"  # behind whiskers that can be seen in light and dark
ROW, AROUND = 30, 90  # pixels
MAX_LINES = 10  # classes that can be told apart in one chart


def brought(benefit: RankingBenefit) -> go.Figure:
    """Rare images among those labelled out of the ranking of each round, beside what chance would give; of many rounds
    the sums from the first on."""
    rounds = benefit.rounds
    many = len(rounds) > MAX_BARS
    names = [f"round {number}<br>{row.chosen:,} images" for number, row in rounds.items()]
    rare, chosen = [row.rare for row in rounds.values()], [row.chosen for row in rounds.values()]
    counted = [f"{hits:,} of {count:,} rare" for hits, count in zip(rare, chosen, strict=True)]
    figure, images = go.Figure(), {}
    if many:
        sums = pd.DataFrame({"rare": rare, "chosen": chosen}).cumsum()
        hover = "%{y:,} rare of %{x:,} labelled out of rankings<extra></extra>"
        figure.add_scatter(x=sums["chosen"], y=sums["rare"], mode="lines", name="rare images", hovertemplate=hover)
        _chance_line(figure, benefit)
        images = {"title": "images labelled out of rankings", "rangemode": "tozero"}
    else:
        hover = "%{customdata}<extra></extra>"
        figure.add_bar(x=names, y=rare, name="rare images", text=rare, customdata=counted, hovertemplate=hover)
        _chance_bars(figure, names, benefit)
    return finish(figure, xaxis=images, yaxis={"title": "rare images", "rangemode": "tozero"})


def _chance_bars(figure: go.Figure, names: Sequence[str], benefit: RankingBenefit) -> None:
    expected = [row.by_chance for row in benefit.rounds.values() if row.by_chance]
    if not expected:
        return
    value = [chance.value for chance in expected]
    figure.add_bar(
        x=list(names),
        y=value,
        name="by chance",
        marker_color=MIDDLE_GREY,
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [chance.high - chance.value for chance in expected],
            "arrayminus": [chance.value - chance.low for chance in expected],
            "color": GREY,
            "thickness": 1.5,
        },
        customdata=[(chance.low, chance.high) for chance in expected],
        hovertemplate="by chance about %{y:.0f} (%{customdata[0]:,} to %{customdata[1]:,})<extra></extra>",
    )


def _chance_line(figure: go.Figure, benefit: RankingBenefit) -> None:
    """From nothing to what chance would give for all of them; its interval is that of the whole."""
    total = benefit.total
    if total.by_chance is None:
        return
    ends, edge = [0, total.chosen], {"mode": "lines", "line_width": 0, "hoverinfo": "skip", "showlegend": False}
    dashed = {"color": GREY, "dash": "dash"}
    figure.add_scatter(x=ends, y=[0, total.by_chance.value], mode="lines", line=dashed, name="by chance")
    figure.add_scatter(x=ends, y=[0, total.by_chance.low], **edge)
    figure.add_scatter(x=ends, y=[0, total.by_chance.high], fill="tonexty", fillcolor=PALE_GREY, **edge)


def climbing(balance: pd.DataFrame, names: Sequence[str]) -> go.Figure:
    """Share of each of these classes among the labels as each round began, and now."""
    figure = go.Figure()
    for name in names[:MAX_LINES]:
        rows = balance[balance["name"] == name]
        figure.add_scatter(
            x=rows["labels"].tolist(),
            y=rows["share"].tolist(),
            mode="lines+markers" if len(rows) <= MAX_BARS else "lines",
            name=chart_text(name),
            customdata=rows[["count"]],
            hovertemplate="%{fullData.name}: %{customdata[0]:,} of %{x:,} labels (%{y:.1%})<extra></extra>",
        )
    labels, shares = {"title": "labels"}, {"title": "share of your labels", "tickformat": ".0%"}
    from_zero = {"rangemode": "tozero"}
    return finish(figure, showlegend=True, xaxis=labels | from_zero, yaxis=shares | from_zero)


def left(classes: Sequence[ClassProgress]) -> go.Figure:
    """A bar a class: its labels, and the images without a label now that the model took for it."""
    rows = list(reversed(classes))
    names = [chart_text(row.defect_class.name) for row in rows]
    figure = go.Figure()
    figure.add_bar(y=names, x=[row.labels for row in rows], orientation="h", name="labelled")
    if any(row.waiting is not None for row in rows):
        taken = [row.waiting or 0 for row in rows]
        figure.add_bar(y=names, x=taken, orientation="h", name="not labelled, taken for it by the model")
    most = max((row.labels + (row.waiting or 0) for row in rows), default=0)
    return finish(
        figure,
        barmode="stack",
        height=max(200, ROW * len(rows) + AROUND),
        xaxis={"title": "images", "dtick": 1 if most <= MAX_BARS else None},
        yaxis={"type": "category", "automargin": True},
    )
