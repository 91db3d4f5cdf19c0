"""The pieces of the Progress page: the line of numbers at the top, a chart with its words, an empty state."""

import plotly.graph_objects as go
import streamlit as st

from vabal_core import workspace
from vabal_core.types import EvaluationSource
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.app.format import percent
from vabal_core.ui.app.navigation import PageName, link
from vabal_core.workspace import LearningCurves

EVALUATION_SOURCES: dict[EvaluationSource, str] = {
    "drawn": ", drawn at random",
    "drawn by class": ", drawn at random within each class",
    "drawn later": ", drawn at random, some from what was unlabelled while labelling went on",
    "stated": ", set aside by whoever brought the images",
    "both": ", some drawn at random, some set aside by whoever brought the images",
    "unknown": "",
}


def summary(context: PageContext, curves: LearningCurves) -> None:
    totals = workspace.image_totals(context.ws, context.project.id)
    with st.container(horizontal=True):
        st.metric(
            "Labelled", f"{curves.labelled:,}", f"of {totals['pool']:,} images", delta_color="off", delta_arrow="off"
        )
        text = f"of {totals['evaluation']:,} images"
        st.metric("Evaluation labels", f"{curves.evaluation_labelled:,}", text, delta_color="off", delta_arrow="off")
        if curves.rare and not curves.rare_ratio.empty:
            share = curves.rare_ratio["share"].iloc[-1]
            expected = f"{percent(curves.expected_rare.value, 1)} {expectation(curves)}"
            text = expected if curves.expected_rare.count else " "
            st.metric("Rare classes", percent(share, 1), text, delta_color="off", delta_arrow="off")
        for row in curves.quality.tail(2).itertuples():
            interval = f"{percent(row.low)} to {percent(row.high)}"
            st.metric(row.measure.capitalize(), percent(row.value, 1), interval, delta_color="off", delta_arrow="off")


def expectation(curves: LearningCurves) -> str:
    """What the rare classes' share of the evaluation images is: a forecast only where these were drawn at random."""
    return "expected at random" if curves.evaluation_from == "drawn" else "of the evaluation images"


def evaluation_words(curves: LearningCurves) -> str:
    """ ", drawn at random": where the evaluation images come from, as far as it is known."""
    return EVALUATION_SOURCES[curves.evaluation_from]


def measured_on(context: PageContext, curves: LearningCurves) -> str:
    """Which evaluation images stand behind the newest accuracy, and which do not."""
    total = workspace.image_totals(context.ws, context.project.id)["evaluation"]
    count = int(curves.quality["count"].iloc[-1])
    text = (
        f"Measured on {count:,} of {total:,} evaluation images{evaluation_words(curves)}; the model never learns from "
        "them. Bars and bands are 95 % intervals."
    )
    return f"{text} Left out: {curves.set_aside:,} marked unsure or flagged." if curves.set_aside else text


def side_by_side(key: str) -> None:
    """The parts of containers whose keys begin so stand side by side where there is room for both, else one above the
    other."""
    of_key = f"[class*=st-key-{key}]"
    st.html(
        f"<style>{of_key} {{ align-items: flex-start; }}\n"
        f"{of_key} > * {{ flex: 1 1 26rem !important; min-width: min(26rem, 100%); }}</style>"
    )


def chart(title: str, text: str, figure: go.Figure, key: str) -> None:
    if title:
        st.subheader(title, anchor=False)
    if text:
        st.caption(text)
    st.plotly_chart(figure, key=f"chart_{key}", config={"displayModeBar": False}, alt=title or key)


def empty(text: str, page: PageName, label: str) -> None:
    """Nothing to show yet: what is missing, and the link to where it comes from."""
    st.write(text)
    link(page, label)
