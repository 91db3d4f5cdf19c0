"""Progress: what the ranking brought, whether the rare classes climb, how good the model is, what is left to do."""

import streamlit as st

from vabal_core import workspace
from vabal_core.ui.app.context import PageContext, page_context
from vabal_core.ui.app.format import plain
from vabal_core.ui.app.navigation import link
from vabal_core.ui.charts import answers
from vabal_core.ui.charts import progress as figures
from vabal_core.ui.views import progress_words as words
from vabal_core.ui.views.progress import answer, chart, class_table, empty, measured_on, rare_choice
from vabal_core.ui.views.report import report_view
from vabal_core.workspace import LearningCurves


def what_the_ranking_brought(context: PageContext, curves: LearningCurves) -> None:
    answer("What did the ranking bring?", words.ranking_sentence(curves.benefit, curves.rare))
    if curves.rare and curves.benefit.total.chosen:
        chart("", words.chance_words(curves.benefit), answers.brought(curves.benefit), "brought")
    rare_choice(context, curves)


def whether_classes_climb(context: PageContext, curves: LearningCurves) -> None:
    answer("Are the rare classes climbing?", words.classes_sentence(curves.classes))
    names = curves.rare or tuple(row.defect_class.name for row in curves.classes)
    if curves.balance["round"].nunique() > 1:  # of a single moment there is nothing that could climb
        chart("", "", answers.climbing(curves.balance, names), "climbing")


def how_good(context: PageContext, curves: LearningCurves) -> None:
    answer("How good is the model?", words.quality_sentence(curves))
    if not workspace.image_totals(context.ws, context.project.id)["evaluation"]:
        empty(
            "This project has no evaluation images, so nobody can say. Set some images aside for that.",
            "data",
            "Set images aside for evaluation",
        )
    elif curves.quality.empty and not curves.evaluation_labelled:
        source = words.evaluation_words(curves.evaluation_from)
        empty(f"It is measured on evaluation images{source}. None of them has a label yet.", "label", TO_EVALUATION)
    elif curves.quality.empty:
        last = workspace.last_done_round(context.ws, context.project.id)
        empty(words.unmeasured(last, curves.evaluation_labelled), "rounds", "Go to Rounds")
    else:
        chart("", measured_on(context, curves), figures.quality(curves.quality), "quality")
        for sentence in words.gap_words(curves.gap):
            st.caption(plain(sentence))
        if curves.gap.more and not curves.gap.waiting and curves.waiting:
            link("data", "Set images aside for evaluation")


def what_is_left(curves: LearningCurves) -> None:
    answer("What is left to do?", words.left_sentence(curves))
    chart("", "", answers.left(curves.classes), "left")


def tables(context: PageContext, curves: LearningCurves) -> None:
    st.header("Class by class", anchor=False)
    st.caption(words.TABLE_WORDS)
    class_table(context, curves.classes, curves.waiting)
    # Drawn when it is opened: they are more than half of what the page would have to compute.
    more = st.expander("More charts", key="more_charts", on_change="rerun")
    if more.open:
        with more:
            more_charts(context, curves)


def more_charts(context: PageContext, curves: LearningCurves) -> None:
    if not curves.balance.empty:
        text = "The labelled set as each round began, and now."
        chart("Balance of the labels", text, figures.balance(curves.balance), "balance")
    if not curves.recall.empty:
        text = "In brackets: evaluation images of the class."
        chart("Found of each class", text, figures.recall(curves.recall), "recall")
        chart("What is taken for what", "", figures.confusion(curves.confusion), "confusion")
    pace = workspace.labelling_pace(context.ws, context.project.id)
    if not pace.empty:
        chart("Pace", "Labels a minute, by people.", figures.pace(pace), "pace")


TO_EVALUATION = "Label evaluation images"
context = page_context("Progress")
curves = workspace.read_learning_curves(context.ws, context.project.id)
if not curves.labelled and not curves.evaluation_labelled:
    text = "Nothing is labelled yet. With the first labels, this page says what they bring."
    if any(workspace.image_totals(context.ws, context.project.id).values()):
        empty(text, "label", "Start labelling")
        rare_choice(context, curves)
    else:
        empty(text, "data", "Add images")
    st.stop()
left, right = st.columns(2, gap="large")
with left:
    what_the_ranking_brought(context, curves)
with right:
    whether_classes_climb(context, curves)
left, right = st.columns(2, gap="large")
with left:
    how_good(context, curves)
with right:
    what_is_left(curves)
tables(context, curves)
report_view(context)
