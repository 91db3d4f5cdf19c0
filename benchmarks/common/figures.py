"""The figures of the README, drawn by plotly from kept results and photographed in a browser."""

import json
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
from playwright.sync_api import Browser
from plotly.subplots import make_subplots

from common.machine import RESULTS

PHASES = {
    "decode": "read images into the pixel cache (once)",
    "train": "train the classifier on the labels",
    "features": "read every image with it",
    "vae": "train the auto-encoder on the unlabelled images",
    "score": "rank by Bayes' rule",
    "evaluate": "measure on the evaluation images",
}
MEASURES = {
    "auc": "area under the ROC curve<br>for “the model is wrong”",
    "errors_in_top": "share of errors<br>among the first 100",
    "rare_in_top": "share of rare classes<br>among the first 100",
}
COLOURS = {
    ("joint", "default"): "#1f5fbf",
    ("posterior", "default"): "#8a5cd0",
    ("joint", "20 epochs"): "#b9c7dd",
    ("joint", "gaussian"): "#7fb7a6",
    ("entropy", ""): "#d9822b",
    ("margin", ""): "#e8c06a",
}


def draw_round(browser: Browser, folder: Path) -> str:
    """Where the seconds of the first round from scratch of results/end_to_end.json went, as round.png in `folder`."""
    result = _kept("end_to_end")
    first = next(row for row in result["rows"] if row["learning"].startswith("from scratch"))
    seconds = first["seconds"]
    starts = [sum(list(seconds.values())[:i]) for i in range(len(seconds))]
    names = [f"<b>{phase}</b>: {PHASES[phase]}" for phase in seconds]
    bars = go.Bar(
        y=names, x=list(seconds.values()), base=starts, orientation="h", marker_color="#1f5fbf",
        text=[f"{value:.1f} s" for value in seconds.values()], textposition="outside", cliponaxis=False,
    )  # fmt: skip
    figure = go.Figure(bars)
    figure.update_layout(
        title=f"One round from scratch on {first['labels']} labels of neu-crops-64, {result['machine']['device']}",
        xaxis_title="seconds since the round began", yaxis={"autorange": "reversed", "automargin": True},
    )  # fmt: skip
    return _photograph(browser, figure, folder / "round.png", 320)


def draw_diagnosis(browser: Browser, folder: Path) -> str:
    """What each score finds by the number of labels, from results/diagnosis.json, as diagnosis.png in `folder`."""
    lines = _kept("diagnosis")["summary"]
    figure = make_subplots(1, len(MEASURES), subplot_titles=list(MEASURES.values()))
    for (score, setting), colour in COLOURS.items():
        of_setting = [line for line in lines if (line["score"], line["setting"]) == (score, setting)]
        name = f"{score}, {setting}" if setting not in ("", "default") else score
        labels = [f"{line['labels']:,}" for line in of_setting]
        for column, measure in enumerate(MEASURES, start=1):
            values = [line[measure] for line in of_setting]
            bar = go.Bar(x=labels, y=values, name=name, marker_color=colour, showlegend=column == 1)
            figure.add_trace(bar, row=1, col=column)
    figure.update_layout(barmode="group", legend={"orientation": "h", "y": -0.2}, margin_t=70)
    figure.update_xaxes(title="random labels", type="category")
    figure.update_yaxes(range=[0, 1])
    return _photograph(browser, figure, folder / "diagnosis.png", 420)


def _kept(name: str) -> dict[str, Any]:
    return json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))


def _photograph(browser: Browser, figure: go.Figure, file: Path, height: int) -> str:
    margin = {"l": 10, "r": 60, "b": 40} | ({} if figure.layout.margin.t else {"t": 50})
    figure.update_layout(width=1000, height=height, template="plotly_white", margin=margin)
    page = browser.new_page(viewport={"width": 1000, "height": height})
    page.set_content(figure.to_html(include_plotlyjs=True, config={"displayModeBar": False}))
    page.wait_for_selector(".bars .point")
    page.screenshot(path=file)
    page.close()
    return file.name
