"""What an experiment has found out: the verdict in words, curves, rare classes, what cannot be told, and files."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from vabal_core import workspace
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.app.format import plain
from vabal_core.ui.charts import experiment as figures
from vabal_core.ui.charts.experiment_page import sections, write_page
from vabal_core.ui.views.progress import chart, side_by_side
from vabal_core.ui.views.word_table import word_table
from vabal_core.workspace import ExperimentFindings, ProjectExperiment

WAITS = (
    "Labels given until then: mean over the repetitions, to within one round, in brackets its 95 % interval. A run "
    "that never had so many counts as if the next round had brought them."
)
ORDINALS = {1: "First image", 5: "Fifth image"}


def report_view(findings: ExperimentFindings) -> None:
    """The verdict first; what stands behind it below."""
    _verdict(findings)
    side_by_side("experiment_pair")
    with st.container(horizontal=True, key="experiment_pair_main", gap="large"):
        with st.container():
            _curves(findings)
        with st.container():
            _rare_classes(findings)
    _cautions(findings)
    _strategies(findings)
    with st.expander("More figures"):
        for number, section in enumerate(sections(findings.summary, findings.summary.sources[0])):
            if number:  # the first is above
                chart(section.heading, section.words, section.figure, f"experiment_{number}")
                if section.table is not None:
                    word_table(section.table, f"experiment_{number}")


def in_words(sentence: str) -> str:
    """A sentence as Markdown: what stands in backquotes is a name, shown in bold letter for letter."""
    return "".join(f"**{plain(part)}**" if place % 2 else plain(part) for place, part in enumerate(sentence.split("`")))


def _verdict(findings: ExperimentFindings) -> None:
    first, *others = findings.sentences
    st.subheader(in_words(first), anchor=False)
    st.markdown("\n".join(f"- {in_words(sentence)}" for sentence in others))


def _curves(findings: ExperimentFindings) -> None:
    summary = findings.summary
    chart(
        "How well each strategy learns",
        "Balanced accuracy: the mean over the classes of what is recognised, on images kept for measuring. Lines are "
        f"means over the repetitions, {_band_words(summary.curves)}.",
        figures.learning_curves(summary.curves, summary.strategies),
        "experiment_curves",
    )


def _band_words(curves: pd.DataFrame) -> str:
    if figures.has_bands(curves):
        return "bands their 95 % intervals"
    return "without bands: these are drawn from three repetitions on"


def _rare_classes(findings: ExperimentFindings) -> None:
    """Labels until the first and the fifth image of each rare class."""
    st.subheader("How soon rare classes are found", anchor=False)
    if not len(findings.discovery):
        st.caption("That can be told once a run is done.")
        return
    st.caption(WAITS)
    for number, (class_name, rows) in enumerate(findings.discovery.groupby("class_name", sort=False)):
        st.markdown(f"**{plain(str(class_name))}**")
        word_table(_waits(rows), f"rare_class_{number}")


def _waits(rows: pd.DataFrame) -> pd.DataFrame:
    """The soonest first, by the largest number of images that any run came to: beside random is said of that, too."""
    by_images = {images: part.set_index("strategy") for images, part in rows.groupby("images")}
    largest = max((images for images, part in by_images.items() if part["reached"].any()), default=min(by_images))
    last = by_images[largest]
    columns = {ORDINALS[images]: [_wait(part.loc[name]) for name in last.index] for images, part in by_images.items()}
    beside = f"{ORDINALS[largest]}, beside random"
    return pd.DataFrame({"Strategy": last.index, **columns, beside: [_saved(last.loc[name]) for name in last.index]})


def _wait(row: pd.Series) -> str:
    if not row["reached"]:
        return "never"
    if row["at_start"] == row["runs"]:
        return "among the first labels"
    interval = "" if np.isnan(row["low"]) else f" ({row['low']:.0f} to {row['high']:.0f})"
    seldom = "" if row["reached"] == row["runs"] else f", in {row['reached']} of {row['runs']} runs"
    return f"{row['labels']:.0f}{interval}{seldom}"


def _saved(row: pd.Series) -> str:
    """How many labels sooner or later than random, and whether that is shown."""
    if not row["pairs"]:
        return ""
    interval = "" if np.isnan(row["saved_low"]) else f" ({-row['saved_high']:+z.0f} to {-row['saved_low']:+z.0f})"
    words = {"better": "sooner", "worse": "later", "alike": "alike"}.get(row["verdict"], "not shown")
    least = "at least " if row["saved"] < 0 and row["reached"] < row["runs"] else ""  # never counts as a round later
    return f"{least}{-row['saved']:+z.0f}{interval}: {words}"


def _cautions(findings: ExperimentFindings) -> None:
    if findings.cautions:
        with st.container(border=True):
            st.markdown("**What this cannot tell**")
            st.markdown("\n".join(f"- {in_words(caution)}" for caution in findings.cautions))


def _strategies(findings: ExperimentFindings) -> None:
    scores = findings.summary.scores
    if not len(scores):
        return
    st.subheader("The strategies in numbers", anchor=False)
    alike = scores["runs"].nunique() == 1
    count = scores["runs"].iloc[0]
    runs = f"{count:,} run{'' if count == 1 else 's'}" if alike else "the finished runs"
    st.caption(
        f"Of {runs} each, in per cent: balanced accuracy, the mean over the rounds after the first labels and "
        "after the last round, in brackets their 95 % intervals; and "
        "the share of rare classes among the labels at the end. Labels needed: until the mean curve reaches what that "
        "of random reaches at the end. Of strategies no better than random about every second reaches it sooner, by "
        "luck."
    )
    rows = [_numbers(row) for row in scores.sort_values("area", ascending=False, kind="stable").itertuples()]
    # On a phone there is room for a column only if it tells something.
    word_table(pd.DataFrame(rows).drop(columns=["Runs"] if alike else []), "strategies")


def _numbers(row: Any) -> dict[str, str | int]:
    return {
        "Strategy": row.strategy,
        "Runs": row.runs,
        "Mean accuracy": _with_interval(row.area, row.area_low, row.area_high),
        "Last accuracy": _with_interval(row.final, row.final_low, row.final_high),
        "Rare share": "none is rare" if np.isnan(row.rare_share) else f"{100 * row.rare_share:.0f}",
        "Labels needed": "not reached" if np.isnan(row.labels_to_random) else f"{row.labels_to_random:,.0f}",
    }


def _with_interval(value: float, low: float, high: float) -> str:
    interval = "" if np.isnan(low) else f" ({100 * low:.1f} to {100 * high:.1f})"
    return f"{100 * value:.1f}{interval}"


def downloads(context: PageContext, experiment: ProjectExperiment, findings: ExperimentFindings) -> None:
    """The report to show to others, and the table of all rounds."""
    name = f"{context.project.name} experiment {experiment.number}"

    def page() -> bytes:
        workspace.require_right(context.actor, "export")
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "report.html"
            sentences = [*findings.sentences, *findings.cautions]
            write_page(f"Experiment {experiment.number} of `{context.project.name}`", sentences, findings.summary, file)
            return file.read_bytes()

    def table() -> bytes:
        return workspace.results_file(context.ws, context.actor, context.project.id, experiment.number).read_bytes()

    for label, suffix, content in (("report.html", "html", page), ("results.parquet", "parquet", table)):
        st.download_button(
            f"Download {label}",
            content,
            f"{name}.{suffix}",
            on_click="ignore",
            key=f"download_{suffix}",
            icon=":material/download:",
        )
