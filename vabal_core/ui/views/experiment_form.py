"""Planning an experiment: on which images, which strategies, how large, how long it will take; and starting it."""

import streamlit as st

from vabal_core import workspace
from vabal_core.types import StudioError
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.app.errors import show_error
from vabal_core.ui.app.format import plain
from vabal_core.ui.views.experiment_source import choose_source
from vabal_core.ui.views.experiment_words import strategy_title
from vabal_core.workspace import ExperimentSize, ExperimentSource

MOST = {"initial": 100_000, "batch": 100_000, "rounds": 100, "repetitions": 50}
FIELDS = {
    "initial": ("Labels to begin with", "Drawn at random, the same for all strategies of a repetition."),
    "batch": ("Labels a round", "Chosen by the strategy; then it learns anew."),
    "rounds": ("Rounds", "After the first labels."),
    "repetitions": (
        "Repetitions",
        "Each with other first labels, the same for all strategies. Few repetitions tell only large differences apart: "
        "5 are a start, 10 are better.",
    ),
}


def new_experiment_form(context: PageContext) -> None:
    """Choose the images and the strategies, see what it will take, and start."""
    with st.container(border=True):
        left, right = st.columns(2, gap="large")
        with left:
            source = choose_source(context)
        if source is None:
            with right:
                st.caption("The strategies are chosen here once there are images to try them on.")
            return
        with right:
            strategies = _strategies(context)
        size = _size(context, source)
        _start(context, source, strategies, size)


def _strategies(context: PageContext) -> list[str]:
    own = workspace.usable_settings(context.project)["strategy"]
    offered = list(dict.fromkeys([*workspace.USUAL_STRATEGIES, own, *workspace.OFFERED_STRATEGIES]))
    chosen = st.multiselect(
        "Strategies to compare",
        offered,
        default=list(dict.fromkeys([*workspace.USUAL_STRATEGIES, own])),
        format_func=strategy_title,
        key=context.key("experiment_strategies"),
        help="Random is the yardstick: without it nobody can tell whether choosing helps at all.",
    )
    for name in chosen:
        here = " This project's own." if name == own else ""
        words = workspace.find_strategy(name).explanation
        st.caption(f"**{plain(strategy_title(name))}**: {plain(words)}.{here}")
    return chosen


def _size(context: PageContext, source: ExperimentSource) -> ExperimentSize:
    usual = workspace.usual_size(source)
    values = {}
    for (name, (label, words)), column in zip(FIELDS.items(), st.columns(4), strict=True):
        # Another source, and one that has grown, has usual values of its own.
        key = context.key(f"experiment_{name}-{source.kind}-{source.name}-{source.pool}")
        least = 2 if name == "initial" else 1
        values[name] = int(column.number_input(label, least, MOST[name], getattr(usual, name), key=key, help=words))
    return ExperimentSize(**values)


def _start(context: PageContext, source: ExperimentSource, strategies: list[str], size: ExperimentSize) -> None:
    reason = _why_not(context, source, strategies, size)
    if reason:
        st.info(plain(reason))
    else:
        st.caption(plain(_expectation(context, source, strategies, size)))
        if "random" not in strategies:
            st.caption("Without Random nobody can tell whether choosing helps at all.")
    pressed = st.button(
        "Start the experiment",
        type="primary",
        icon=":material/play_arrow:",
        key="start_experiment",
        disabled=bool(reason),
    )
    if not pressed:
        return
    try:
        with st.spinner("Starting …"):
            workspace.start_experiment(
                context.ws, context.actor, context.project.id, source, strategies=strategies, size=size
            )
    except StudioError as problem:
        show_error(problem)
    else:
        st.rerun()


def _why_not(context: PageContext, source: ExperimentSource, strategies: list[str], size: ExperimentSize) -> str:
    """Why it cannot start as it stands; "" where it can."""
    if not strategies:
        return "Choose at least one strategy."
    if size.labels > source.pool:
        return (
            f"{size.initial:,} labels and {size.rounds:,} rounds of {size.batch:,} are {size.labels:,}; there are "
            f"{source.pool:,} images to choose among. Make them fewer."
        )
    if running := workspace.running_experiment(context.ws):
        name, number = running
        visible = [project.name for project in workspace.visible_projects(context.ws, context.actor)]
        of_project = f"“{name}”" if name in visible else "another project"
        return f"Experiment {number} of {of_project} is under way. Another one can start when it is done or stopped."
    return ""


def _about(seconds: float) -> str:
    if seconds < 90:
        return "about a minute"
    return f"about {seconds / 60:.0f} minutes" if seconds < 5400 else f"about {seconds / 3600:.1f} hours"


def _expectation(context: PageContext, source: ExperimentSource, strategies: list[str], size: ExperimentSize) -> str:
    runs = len(strategies) * size.repetitions
    seconds = workspace.expected_seconds(context.ws, context.project, source, strategies, size)
    return (
        f"{runs:,} runs, each up to {size.labels:,} labels out of {source.pool:,} images: {_about(seconds)} "
        "where the computer has nothing else to do. It goes last: labelling is not disturbed."
    )
