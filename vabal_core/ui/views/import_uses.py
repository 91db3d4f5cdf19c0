"""What the labels of an import are for, how many images are kept to measure on, and what follows from that."""

import streamlit as st

from vabal_core.types import DrawnBy, ImportPlan, LabelUse
from vabal_core.ui.views.import_jobs import ImportRequest, look_again
from vabal_core.workspace import Workspace

LABELS: dict[LabelUse, tuple[str, str]] = {
    "use": ("Use them", "The labels count as given; labelling goes on from there."),
    "hide": ("Hide them", "For a trial: you label as if nothing were known, and the answers serve to check."),
    "evaluate": ("Only for evaluation", "Labelled images measure how good the model is; it never learns from them."),
    "ignore": ("Leave them out", "The images come without any label."),
}
DRAWN: dict[DrawnBy, str] = {"random": "at random", "class": "the same share of each class"}
SHARE = 0.1


def uses_of_labels(ws: Workspace, plan: ImportPlan, request: ImportRequest, owner: str) -> None:
    """The choices, each of which shows its outcome at once."""
    epoch = st.session_state.get("import_epoch", 0)
    has_labels = any(entry.label for entry in plan.entries)

    def change() -> None:
        state = st.session_state
        labels = state.get(f"import_labels-{epoch}", request.labels)
        drawn_by = state.get(f"import_drawn_by-{epoch}", request.drawn_by)
        holdout = state.get(f"import_holdout-{epoch}", 100 * request.holdout) / 100
        look_again(ws, owner, labels=labels, holdout=holdout, drawn_by=drawn_by)

    if has_labels or request.labels != "use":
        st.radio(
            "Labels that the images have already",
            list(LABELS),
            index=list(LABELS).index(request.labels),
            format_func=lambda use: LABELS[use][0],
            captions=[LABELS[use][1] for use in LABELS],
            key=f"import_labels-{epoch}",
            on_change=change,
        )
    if all(entry.split_stated for entry in plan.entries):
        st.caption("The source says of every image what it is for: none is drawn for evaluation.")
        return
    st.slider(
        "Set aside for evaluation",
        0,
        50,
        round(100 * request.holdout),
        format="%d %%",
        key=f"import_holdout-{epoch}",
        help="Of the images that no folder or table places: they are drawn by lot and never used for learning, so that "
        "accuracy is measured honestly.",
        on_change=change,
    )
    if has_labels:
        st.segmented_control(
            "Drawn",
            list(DRAWN),
            default=request.drawn_by,
            required=True,
            format_func=DRAWN.get,
            key=f"import_drawn_by-{epoch}",
            on_change=change,
        )


def warnings(ws: Workspace, plan: ImportPlan, request: ImportRequest, owner: str) -> None:
    """Where nothing would be left to label, or to measure on: in words, with the ways out as buttons."""
    all_labelled = all(entry.label and entry.label_use == "use" for entry in plan.entries if entry.split == "pool")
    measured = any(entry.split == "evaluation" for entry in plan.entries)
    words = []
    if all_labelled:
        words.append("Every image to learn from has its label already, so there is nothing left to label.")
    if not measured:
        words.append("No image is for evaluation, so nobody could say how good the model is.")
    if not words:
        return

    def change(**options: object) -> None:
        st.session_state["import_epoch"] = st.session_state.get("import_epoch", 0) + 1
        look_again(ws, owner, **options)

    with st.container(border=True, key="import_warnings"):
        st.markdown("  \n".join([f":material/warning: {words[0]}", *words[1:]]))
        with st.container(horizontal=True):
            if not measured:
                st.button("Set 10 % aside", key="import_aside", on_click=change, kwargs={"holdout": SHARE})
            if all_labelled and request.labels == "use":
                st.button("Hide the labels and try", key="import_hide", on_click=change, kwargs={"labels": "hide"})
