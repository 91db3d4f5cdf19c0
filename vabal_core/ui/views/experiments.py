"""The experiments of a project: which one to look at, how far it is, and what there is to do with it."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from vabal_core import workspace
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.app.errors import show_errors
from vabal_core.ui.app.format import duration, plain
from vabal_core.ui.charts import experiment as figures
from vabal_core.ui.views.experiment_findings import findings_of
from vabal_core.ui.views.experiment_report import downloads, report_view
from vabal_core.ui.views.experiment_words import SOURCES, STATES, STEPS, strategy_title
from vabal_core.workspace import ExperimentProgress, ProjectExperiment

MAX_FAILURES = 3
MIN_PROCESSOR_SHARE = 0.5  # of the time that it could use: less than that is worth a word


def choose_experiment(context: PageContext, experiments: Sequence[ProjectExperiment]) -> ProjectExperiment:
    """The experiment to look at, the newest at first."""
    if len(experiments) == 1:
        return experiments[0]
    by_number = {experiment.number: experiment for experiment in experiments}
    # A new one is shown at once, whatever was looked at before it was started.
    key = context.key(f"experiment-{experiments[0].number}")
    number = st.selectbox(
        "Which experiment", list(by_number), format_func=lambda number: _title(by_number[number]), key=key, width=620
    )
    return by_number[number]


def source_words(experiment: ProjectExperiment) -> str:
    """On which images, as people say it."""
    kind = experiment.request.kind
    return f"Folder “{experiment.request.source}”" if kind == "path" else SOURCES[kind]


def _title(experiment: ProjectExperiment) -> str:
    # Nothing that changes: a page goes on showing the words under which an entry was chosen.
    started = f"{experiment.request.started_at.astimezone():%d %b %H:%M}"
    return f"Experiment {experiment.number}, {source_words(experiment)}, {started}"


def experiment_view(context: PageContext, experiment: ProjectExperiment) -> None:
    """How far it is while it runs; else what it has found out, and what there is to do with it."""
    if experiment.state in ("running", "stopping"):
        _running(context, experiment.number, source_words(experiment))
        return
    st.header(f"Experiment {experiment.number}: {plain(source_words(experiment))}", anchor=False)
    findings = None
    with show_errors():  # whatever is wrong with it, it can be removed, and another one started
        _trouble(context, experiment)
        findings = findings_of(context, experiment.number)
        if findings:
            report_view(findings)
        else:
            st.caption("No round is finished yet, so there is nothing to see.")
    with st.container(horizontal=True):
        if findings and workspace.may(context.actor, "export"):
            downloads(context, experiment, findings)
        if workspace.may(context.actor, "learn"):
            _remove(context, experiment)


@st.fragment(run_every="2s")
@show_errors()
def _running(context: PageContext, number: int, source: str) -> None:
    """Drawn anew every two seconds; the whole page is drawn again when the experiment has ended."""
    progress = workspace.experiment_progress(context.ws, context.project.id, number)
    if progress.state not in ("running", "stopping"):
        st.rerun(scope="app")

    @show_errors()
    def stop() -> None:
        workspace.stop_experiment(context.ws, context.actor, context.project.id, number)

    with st.container(border=True):
        st.header(f"Experiment {number} is under way: {plain(source)}", anchor=False)
        share, words = _how_far(progress)
        st.progress(share, text=words)
        st.caption("It runs by itself, also when this page is closed. Everything else on the computer goes first.")
        if progress.processor_share < MIN_PROCESSOR_SHARE:
            st.caption(
                f"Waiting for the processor: it lately got {100 * progress.processor_share:.0f} % of the time it could "
                "have used. It goes on when the computer has less to do."
            )
        _failures(progress)
        if progress.state == "stopping":
            st.caption("Stopping: the rounds that are finished are written down.")
        elif workspace.may(context.actor, "learn"):
            st.button("Stop this experiment", icon=":material/stop_circle:", key="stop_experiment", on_click=stop)
    _curves(context, number)


def _how_far(progress: ExperimentProgress) -> tuple[float, str]:
    event = progress.event
    if progress.rounds_done:
        left = f", about {duration(progress.seconds_left)} left" if progress.seconds_left is not None else ""
        words = (
            f"{progress.rounds_done:,} of {progress.rounds:,} rounds, {progress.runs_done:,} of {progress.runs:,} runs"
        )
        return min(1.0, progress.rounds_done / progress.rounds), words + left
    step = STEPS.get(event.phase, event.phase)
    if event.phase == "rounds" or not event.total:
        return 0.0, f"{step} …"
    return 0.0, f"{step}: {event.done:,} of {event.total:,}"


def _failures(progress: ExperimentProgress) -> None:
    for (strategy, seed), why in list(progress.failures.items())[:MAX_FAILURES]:
        st.warning(plain(f"{strategy_title(strategy)}, repetition {seed + 1}, has failed: {why}"))
    if len(progress.failures) > MAX_FAILURES:
        st.caption(f"{len(progress.failures) - MAX_FAILURES:,} more runs have failed.")


def _curves(context: PageContext, number: int) -> None:
    findings = findings_of(context, number)
    if findings is None:
        st.caption("The first curves show here as soon as a round is finished.")
        return
    summary = findings.summary
    st.caption(
        "So far: the mean over the repetitions that have come this far. Bands are 95 % intervals, from three on."
    )
    figure = figures.learning_curves(summary.curves, summary.strategies)
    st.plotly_chart(figure, key=f"live_curves_{number}", config={"displayModeBar": False}, alt="Learning curves so far")


def _trouble(context: PageContext, experiment: ProjectExperiment) -> None:
    """Why it is not at its end, and the way on."""
    if experiment.state == "done":
        return
    runs = f"{experiment.runs_done:,} of {experiment.runs:,} runs are done"
    st.warning(plain(f"{experiment.message} {runs}; it can go on from there."))
    _failures(workspace.experiment_progress(context.ws, context.project.id, experiment.number))

    @show_errors()
    def resume() -> None:
        workspace.resume_experiment(context.ws, context.actor, context.project.id, experiment.number)

    label = "Try again" if experiment.state == "failed" else "Go on"
    if workspace.may(context.actor, "learn"):
        st.button(label, type="primary", icon=":material/play_arrow:", key="resume_experiment", on_click=resume)


def _remove(context: PageContext, experiment: ProjectExperiment) -> None:
    @show_errors()
    def remove() -> None:
        workspace.remove_experiment(context.ws, context.actor, context.project.id, experiment.number)

    with st.popover("Remove this experiment", icon=":material/delete:"):
        st.write("Its curves, tables and report are deleted. No label depends on them.")
        st.button("Remove it", key="remove_experiment", on_click=remove)


def history(experiments: Sequence[ProjectExperiment]) -> None:
    """All experiments, the newest first."""
    rows = [
        {
            "Experiment": experiment.number,
            "Images": source_words(experiment),
            "State": STATES[experiment.state],
            "Runs": f"{experiment.runs_done:,} of {experiment.runs:,}",
            "Strategies": len(experiment.request.strategies),
            "Repetitions": experiment.request.size.repetitions,
            "Labels": f"{experiment.request.size.initial:,} to {experiment.request.size.labels:,}",
            "Started": f"{experiment.request.started_at.astimezone():%d %b %Y, %H:%M}",
            "By": experiment.request.person,
        }
        for experiment in experiments
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch")
