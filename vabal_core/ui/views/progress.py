"""The pieces of the Progress page: a question with its answer and chart, and an empty state."""

import plotly.graph_objects as go
import streamlit as st

from vabal_core import workspace
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.app.errors import show_errors
from vabal_core.ui.app.format import plain
from vabal_core.ui.app.navigation import PageName, link
from vabal_core.ui.views.progress_words import evaluation_words
from vabal_core.ui.views.stored_value import show_value, stored_value
from vabal_core.workspace import LearningCurves, ProjectEstimates

COUNTED_EVERY = 2.0  # seconds
TARGETS = (0.8, 0.9, 0.95, 0.99)


def answer(question: str, sentence: str) -> None:
    st.header(question, anchor=False)
    st.markdown(plain(sentence))


def rare_choice(context: PageContext, curves: LearningCurves) -> None:
    """Let the person say which classes are the rare ones; a first guess comes from the evaluation images."""
    by_name = {defect_class.name: defect_class.id for defect_class in workspace.classes(context.ws, context.project.id)}

    @show_errors()
    def keep() -> None:
        chosen = [by_name[name] for name in st.session_state[context.key("rare")]]
        workspace.update_settings(context.ws, context.actor, context.project.id, rare_class_ids=chosen)

    refusal = context.why_not("learn")
    show_value(context.key("rare"), list(curves.rare))
    st.multiselect(
        "Rare classes",
        list(by_name),
        key=context.key("rare"),
        on_change=keep,
        disabled=bool(refusal),
        help=plain(refusal)
        or "Without a choice: the classes that are much less common than the others among the evaluation images.",
    )


def being_counted(context: PageContext, shown: ProjectEstimates | None) -> None:
    """Says that what is told of all images is of a moment ago, and has the page drawn anew once it is of now."""
    of_before = "Numbers of all images are of before the newest labels"
    if shown and shown.round_:
        of_before = (
            f"Numbers of all images are of before the newest labels, by the model of round {shown.round_.number}"
        )
    st.caption(f"{of_before if shown else 'All images are being counted'}; the page follows by itself in a moment.")

    @st.fragment(run_every=COUNTED_EVERY)
    def look_again() -> None:
        if workspace.kept_estimates(context.ws, context.project.id, waits=False)[1]:
            st.rerun(scope="app")

    look_again()


def target_choice(context: PageContext, current: float) -> None:
    """Let the person say which share of a class is to be found before they stop."""
    options = sorted({*TARGETS, current})
    refusal = context.why_not("learn")
    st.selectbox(
        "To be found of each class",
        options,
        format_func=lambda share: f"{100 * share:g} %",
        disabled=bool(refusal),
        help=plain(refusal) or None,
        width=280,
        **stored_value(context, "target", current),
    )


def measured_on(context: PageContext, curves: LearningCurves) -> str:
    """Which evaluation images stand behind the newest accuracy, and which do not."""
    total = workspace.image_totals(context.ws, context.project.id)["evaluation"]
    count = int(curves.quality["count"].iloc[-1])
    text = (
        f"Measured on {count:,} of {total:,} evaluation images{evaluation_words(curves.evaluation_from)}; the model "
        "never learns from them. “Most likely”, bars and bands: the range that holds in 95 of 100 such cases."
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
