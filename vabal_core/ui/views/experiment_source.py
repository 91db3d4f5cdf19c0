"""Choosing the images of an experiment: the project's own labels, a folder that is looked through, published sets."""

import streamlit as st

from vabal_core import workspace
from vabal_core.ui.app.background import Job, find_job, forget_job, start_job
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.app.errors import show_errors
from vabal_core.ui.app.format import plain
from vabal_core.ui.app.navigation import link
from vabal_core.ui.app.person import browser
from vabal_core.ui.views.experiment_words import SOURCES, STEPS
from vabal_core.workspace import ExperimentSource

PATH = "path"


def choose_source(context: PageContext) -> ExperimentSource | None:
    """The images to run on; None where they are still to be named or looked through, or are too few."""
    own = workspace.label_source(context.ws, context.project)
    published = {source.kind: source for source in workspace.published_sources(context.ws)}
    captions = {"labels": _own_words(own), PATH: "Named after their class by folders or by a CSV; or a ZIP of them."}
    captions |= {kind: _size_words(source) for kind, source in published.items()}
    kind = st.radio(
        "On which images",
        ["labels", PATH, *published],
        format_func=SOURCES.get,
        captions=[captions[kind] for kind in ["labels", PATH, *published]],
        key=context.key("experiment_source"),
    )
    if kind == "labels":
        return _own(own)
    return _looked_through(context) if kind == PATH else published[kind]


def _own_words(source: ExperimentSource) -> str:
    labels = sum(source.class_counts.values())
    return f"{labels:,} label{'' if labels == 1 else 's'} so far: would another way of choosing have helped you?"


def _size_words(source: ExperimentSource) -> str:
    """How many images there are to choose among, and of each class; those to measure on are counted apart."""
    counts = source.class_counts.values()
    measured = "a fifth of them to measure on" if source.test is None else f"{source.test:,} more to measure on"
    return f"{sum(counts):,} images of {len(counts)} classes, {min(counts):,} to {max(counts):,} each; {measured}"


def _own(source: ExperimentSource) -> ExperimentSource | None:
    if reason := workspace.why_no_replay(source):
        st.info(plain(reason))
        link("label", "Go to labelling")
        return None
    _facts(source, "labelled evaluation images")
    return source


def _facts(source: ExperimentSource, test_words: str) -> None:
    """How many images of which classes, the rarest first, and on what is measured."""
    by_count = sorted(source.class_counts.items(), key=lambda item: item[1])
    rarest = ", ".join(f"{plain(name)} {count:,}" for name, count in by_count[:3])
    more = f" and {len(by_count) - 3} more" if len(by_count) > 3 else ""
    measured = (
        f"measured on {source.test:,} {test_words}"
        if source.test is not None
        else "measured on a fifth of them, drawn anew in each repetition"
    )
    st.caption(f"{sum(source.class_counts.values()):,} images: {rarest}{more}; {measured}.")


def _looked_through(context: PageContext) -> ExperimentSource | None:
    path = st.text_input(
        "Folder, ZIP, CSV or parquet file",
        key="experiment_path",
        placeholder=workspace.example_address(context.ws),
        help="Its address on the computer that runs the Studio, within the folders for imports.",
    ).strip()
    name = f"experiment: look: {browser()}"
    job = find_job(name)
    if job is None or job.request != path:
        refusal = context.why_not("import")
        if refusal:
            st.caption(plain(refusal))
        look = {"icon": ":material/search:", "disabled": bool(refusal or not path)}
        if st.button("Look through the images", key="experiment_look", **look):
            forget_job(name)
            start_job(name, workspace.look_at_source(context.ws, context.actor, path), path)
            st.rerun()
        return None
    if not job.finished:
        _looking(job)
        return None
    if job.error or job.result is None:
        st.error(plain(job.error or "Stopped."))
        if st.button("Look again", key="experiment_look_again"):
            forget_job(name)
            st.rerun()
        return None
    _facts(job.result, "images set aside for that")
    return job.result


@st.fragment(run_every="1s")
@show_errors()
def _looking(job: Job) -> None:
    if job.finished:
        st.rerun(scope="app")
    event = job.event
    share = min(1.0, event.done / event.total) if event.total else 0.0
    st.progress(share, text=f"{STEPS.get(event.phase, event.phase)} …")
    st.button("Stop looking", key="experiment_look_stop", on_click=job.cancel)
