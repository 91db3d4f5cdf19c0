"""Progress: what the labels have brought."""

import streamlit as st

from vabal_core import workspace
from vabal_core.ui.app.context import PageContext, page_context
from vabal_core.ui.app.errors import show_errors
from vabal_core.ui.charts import progress as figures
from vabal_core.ui.views.progress import chart, empty, evaluation_words, expectation, measured_on, summary
from vabal_core.workspace import LearningCurves


def rare_choice(context: PageContext, curves: LearningCurves) -> None:
    """Let the person say which classes are the rare ones; a first guess comes from the evaluation images."""
    by_name = {defect_class.name: defect_class.id for defect_class in workspace.classes(context.ws, context.project.id)}

    @show_errors()
    def keep() -> None:
        chosen = [by_name[name] for name in st.session_state[context.key("rare")]]
        workspace.update_settings(context.ws, context.actor, context.project.id, rare_class_ids=chosen)

    st.multiselect(
        "Rare classes",
        list(by_name),
        default=list(curves.rare),
        key=context.key("rare"),
        on_change=keep,
        help="Without a choice: the classes that are much less common than the others among the evaluation images.",
    )


def balance_side(context: PageContext, curves: LearningCurves) -> None:
    chart(
        "Balance of the labels",
        "The labelled set as each round began, and now.",
        figures.balance(curves.balance),
        "balance",
    )
    st.subheader("Rare classes", anchor=False)
    rare_choice(context, curves)
    if curves.rare and not curves.rare_ratio.empty:
        chart("", "", figures.rare_ratio(curves.rare_ratio, curves.expected_rare, expectation(curves)), "rare")
    else:
        st.caption("Choose at least one class to see how its share grows.")


def quality_side(context: PageContext, curves: LearningCurves) -> None:
    st.subheader("How good the model is", anchor=False)
    if not workspace.image_totals(context.ws, context.project.id)["evaluation"]:
        empty(
            "This project has no evaluation images, so nobody can say. Import some more images with a share set aside.",
            "data",
            "Import images",
        )
    elif curves.quality.empty and not curves.evaluation_labelled:
        empty(
            f"Accuracy is measured on evaluation images{evaluation_words(curves)}. None of them has a label yet.",
            "label",
            "Label evaluation images",
        )
    elif curves.quality.empty:
        empty("The first finished round shows how good the model is.", "rounds", "Start a round")
    else:
        chart("", measured_on(context, curves), figures.quality(curves.quality), "quality")
        chart(
            "Found of each class",
            "In brackets: evaluation images of the class.",
            figures.recall(curves.recall),
            "recall",
        )
        chart("What is taken for what", "", figures.confusion(curves.confusion), "confusion")


context = page_context("Progress")
curves = workspace.read_learning_curves(context.ws, context.project.id)
if not curves.labelled and not curves.evaluation_labelled:
    empty(
        "Nothing is labelled yet. With the first labels, their balance and your pace show here.",
        "label",
        "Start labelling",
    )
    st.stop()
summary(context, curves)
left, right = st.columns(2, gap="large")
with left:
    if curves.labelled:
        balance_side(context, curves)
    else:
        empty("No image to learn from is labelled yet.", "label", "Start labelling")
    if not curves.pace.empty:
        chart("Pace", "Labels a minute, by people.", figures.pace(curves.pace), "pace")
with right:
    quality_side(context, curves)
