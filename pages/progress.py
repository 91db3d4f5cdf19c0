"""Progress: what the ranking brought, whether the rare classes climb, how good the model is, what is left to do."""

from collections.abc import Sequence

import streamlit as st

from vabal_core import workspace
from vabal_core.ui.app.context import PageContext, page_context
from vabal_core.ui.app.format import plain
from vabal_core.ui.app.navigation import link
from vabal_core.ui.charts import answers
from vabal_core.ui.charts import estimates as foreseen
from vabal_core.ui.charts import progress as figures
from vabal_core.ui.views import estimate_words
from vabal_core.ui.views import progress_words as words
from vabal_core.ui.views.class_table import class_table
from vabal_core.ui.views.progress import answer, being_counted, chart, empty, measured_on, rare_choice, target_choice
from vabal_core.ui.views.report import report_view
from vabal_core.workspace import ClassEstimates, LearningCurves, ProjectEstimates


def what_the_ranking_brought(context: PageContext, curves: LearningCurves, now: ProjectEstimates | None) -> None:
    of_classes = estimate_words.brought_sentences(now, curves.rare) if now else []
    answer("What did the ranking bring?", " ".join(of_classes) or words.ranking_sentence(curves.benefit, curves.rare))
    if of_classes:
        st.caption(plain(f"Read from {estimate_words.drawn_words(now)}. {words.BRACKETS}"))
    if curves.rare and curves.benefit.total.chosen:
        is_told = of_classes and not curves.benefit.share.count  # by others than evaluation images
        text = "" if is_told else words.chance_words(curves.benefit)
        chart("", text, answers.brought(curves.benefit), "brought")
    rare_choice(context, curves)


def whether_classes_climb(context: PageContext, curves: LearningCurves) -> None:
    answer("Are the rare classes climbing?", words.classes_sentence(curves.classes))
    names = curves.rare or tuple(row.defect_class.name for row in curves.classes)
    if curves.balance["round"].nunique() > 1:  # of a single moment there is nothing that could climb
        chart("", "", answers.climbing(curves.balance, names), "climbing")


def how_good(context: PageContext, curves: LearningCurves, now: ProjectEstimates | None) -> None:
    of_all = estimate_words.model_sentence(now) if now else ""
    answer("How good is the model?", of_all if of_all and curves.quality.empty else words.quality_sentence(curves))
    if of_all and not curves.quality.empty:
        st.markdown(plain(of_all))
    if not workspace.image_totals(context.ws, context.project.id)["evaluation"]:
        text = "This project has no evaluation images, so nobody can say. Set some images aside for that."
        if of_all:
            text = "This project has no evaluation images: with some, it can be told more exactly, and round by round."
        empty(text, "data", "Set images aside for evaluation")
    elif curves.quality.empty and not curves.evaluation_labelled:
        source = words.evaluation_words(curves.evaluation_from)
        empty(f"It is measured on evaluation images{source}. None of them has a label yet.", "label", TO_EVALUATION)
    elif curves.quality.empty:
        last = workspace.last_done_round(context.ws, context.project.id)
        empty(words.unmeasured(last, curves.evaluation_labelled), "rounds", "Go to Rounds")
    else:
        quality_and_forecast(context, curves)
        for sentence in words.gap_words(curves.gap):
            st.caption(plain(sentence))
        if curves.gap.more and not curves.gap.waiting and curves.waiting:
            link("data", "Set images aside for evaluation")


def quality_and_forecast(context: PageContext, curves: LearningCurves) -> None:
    figure, ahead = figures.quality(curves.quality), workspace.foreseen_quality(curves)
    if ahead.forecasts:
        foreseen.add_forecast(figure, (ahead.labels, ahead.value), ahead.forecasts, "foreseen, on average")
    chart("", measured_on(context, curves), figure, "quality")
    if ahead.forecasts:
        st.caption(plain(estimate_words.forecast_words(ahead.forecasts, ahead.labels)))


def what_is_left(context: PageContext, curves: LearningCurves, now: ProjectEstimates | None) -> None:
    rows = [row for row in now.classes if row.defect_class.name in curves.rare] if now else []
    advice = estimate_words.advice(rows, now) if rows else ""
    answer("What is left to do?", advice or words.left_sentence(curves))
    taken = {row.defect_class.id: row.waiting or 0 for row in curves.classes}
    for row in rows:
        if quicker := estimate_words.taken_words(row, taken.get(row.defect_class.id, 0)):
            st.markdown(plain(quicker))
    if rows:
        with st.expander("Each rare class in numbers"):
            in_numbers(context, rows, now)
    if any(row.ahead or row.ahead_random for row in rows):
        chart("", words.AHEAD_WORDS, foreseen.finds_ahead(rows[: foreseen.MAX_CLASSES]), "left")
    else:
        chart("", "", answers.left(curves.classes), "left")


def in_numbers(context: PageContext, rows: Sequence[ClassEstimates], now: ProjectEstimates) -> None:
    """How many are left of each class, and what a share of all of them still takes."""
    pace = workspace.labels_a_minute(context.ws, context.project.id)
    for row in rows:
        sentences = [estimate_words.left_words(row, now), estimate_words.target_words(row, now, pace)]
        st.markdown(plain(" ".join(filter(None, sentences))))
    st.caption(plain(f"{words.ESTIMATE_WORDS} {estimate_words.unmet_words(now)}"))
    target_choice(context, now.target)


def tables(context: PageContext, curves: LearningCurves, now: ProjectEstimates | None) -> None:
    st.header("Class by class", anchor=False)
    st.caption(words.TABLE_WORDS)
    class_table(context, curves.classes, now, curves.waiting)
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


def taken_by_class(now: ProjectEstimates | None) -> dict[int, int] | None:
    """class id -> images that the newest model takes for it, as they were counted with the estimates."""
    return {row.defect_class.id: row.taken for row in now.classes} if now and now.round_ else None


TO_EVALUATION = "Label evaluation images"
context = page_context("Progress")
now, is_current = workspace.kept_estimates(context.ws, context.project.id)
curves = workspace.read_learning_curves(context.ws, context.project.id, taken_by_class(now))
if not curves.labelled and not curves.evaluation_labelled:
    text = "Nothing is labelled yet. With the first labels, this page says what they bring."
    if any(workspace.image_totals(context.ws, context.project.id).values()):
        empty(text, "label", "Start labelling")
        rare_choice(context, curves)
    else:
        st.write(text)
    st.stop()
if not is_current:
    being_counted(context, now)
left, right = st.columns(2, gap="large")
with left:
    what_the_ranking_brought(context, curves, now)
with right:
    whether_classes_climb(context, curves)
left, right = st.columns(2, gap="large")
with left:
    how_good(context, curves, now)
with right:
    what_is_left(context, curves, now)
tables(context, curves, now)
report_view(context)
