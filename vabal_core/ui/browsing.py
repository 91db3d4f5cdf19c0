"""Looking through the images of a project and correcting labels."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import streamlit as st

from vabal_core import workspace
from vabal_core.types import DefectClass, LabelEvent, StudioError
from vabal_core.ui.frame import Place
from vabal_core.ui.grid import image_grid
from vabal_core.ui.problems import say
from vabal_core.ui.tokens import image_url, secret
from vabal_core.ui.words import plain

PAGE = 60
ANY, NONE = "Any", "No label yet"
SETS = {"all": "All images", "pool": "To learn from", "evaluation": "For evaluation"}


def filters(place: Place, classes: Sequence[DefectClass]) -> dict[str, Any]:
    """Draw the filters; the keyword arguments they mean for `workspace.browse`."""
    key = place.key
    by_name = {one.name: one.id for one in classes}
    rounds = [one.number for one in workspace.rounds(place.ws, place.project.id) if one.state == "done"]
    columns = st.columns([2, 2, 2, 2, 3, 3])
    label = columns[0].selectbox("Label", [ANY, NONE, *by_name], key=key("f_label"))
    split = columns[1].selectbox("Set", list(SETS), format_func=SETS.get, key=key("f_set"))
    number = columns[2].selectbox(
        "Round",
        [ANY, 0, *rounds],
        key=key("f_round"),
        help="Labelled while this round’s ranking was in use; 0 is before the first round.",
    )
    unasked = {"disabled": not rounds}
    predicted = columns[3].selectbox("Model says", [ANY, *by_name], key=key("f_predicted"), **unasked)
    low, high = columns[4].slider("Model is sure", 0, 100, (0, 100), format="%d %%", key=key("f_sure"), **unasked)
    text = columns[5].text_input("File name", key=key("f_text"), type="search")
    return {
        "class_id": by_name.get(label),
        "labelled": False if label == NONE else None,
        "split": None if split == "all" else split,
        "round": None if number == ANY else number,
        "predicted_class_id": by_name.get(predicted),
        "min_probability": low / 100 if low > 0 else None,
        "max_probability": high / 100 if high < 100 else None,
        "text": text.strip(),
    }


def browse_view(place: Place) -> None:
    classes = workspace.classes(place.ws, place.project.id)
    wanted = filters(place, classes)
    if st.session_state.get("browsed") != (place.project.id, wanted):
        st.session_state["browsed"] = (place.project.id, wanted)
        st.session_state["offset"] = 0
    offset = st.session_state["offset"]
    rows, total = workspace.browse(place.ws, place.project.id, **wanted, offset=offset, limit=PAGE)
    if not total:
        st.info("No image fits these filters. Set one of them back to “Any”.")
        return
    left, right = st.columns([3, 1], gap="medium")
    with left:
        _pager(offset, len(rows), total)
        epoch = st.session_state.get("browse_epoch", 0)
        tiles = [_tile(place, row, classes) for row in rows]
        selected = image_grid(
            tiles, key=f"grid-{place.project.id}-{offset}-{sorted(wanted.items(), key=str)}", epoch=epoch
        )
    with right:
        _correct(place, classes, [row for row in rows if row.image_id in selected])


def _pager(offset: int, shown: int, total: int) -> None:
    def go(to: int) -> None:
        st.session_state["offset"] = to

    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(f"{offset + 1:,} to {offset + shown:,} of {total:,} images")
        with st.container(horizontal=True, width="content"):
            st.button("Back", key="page_back", disabled=offset == 0, on_click=go, args=(max(0, offset - PAGE),))
            st.button("Next", key="page_next", disabled=offset + shown >= total, on_click=go, args=(offset + PAGE,))


def _tile(place: Place, row: Any, classes: Sequence[DefectClass]) -> dict[str, Any]:
    names = {one.id: one.name for one in classes}
    label, predicted = names.get(row.class_id), names.get(row.predicted_class_id)
    more = f"model: {predicted} {row.probability:.0%}" if predicted else ""
    return {
        "id": row.image_id,
        "url": image_url(secret(place.ws.data_dir), place.project.id, row.image_id, row.fingerprint, "thumbnail"),
        "path": row.path,
        "label": label or "",
        "more": more,
        "differs": bool(label and predicted and label != predicted),
        "evaluation": row.split == "evaluation",
    }


def _correct(place: Place, classes: Sequence[DefectClass], rows: Sequence[Any]) -> None:
    """The panel beside the grid: what is selected, larger, and the label to give it."""
    if message := st.session_state.pop("corrected", ""):
        st.success(plain(message))
    if not rows:
        st.caption("Click images to see more of them, or to correct their labels: one, or several at once.")
        st.caption("A violet frame marks images set aside for evaluation. Orange: the model disagrees with the label.")
        return
    if len(rows) == 1:
        _details(place, rows[0], classes)
    else:
        st.write(f"**{len(rows)} images selected**")
    if not classes:
        return
    chosen = st.selectbox("Label", classes, format_func=lambda one: one.name, index=None, key=place.key("correct_to"))
    if st.button("Save label", type="primary", key="correct_save", disabled=chosen is None, width="stretch"):
        _save(place, rows, chosen)


def _details(place: Place, row: Any, classes: Sequence[DefectClass]) -> None:
    key = secret(place.ws.data_dir)
    # The address holds digits, letters and a signature only: nothing a file name could bring in.
    address = image_url(key, place.project.id, row.image_id, row.fingerprint, "full").replace("&", "&amp;")
    st.html(
        f'<img src="{address}" alt="The selected image" style="width:100%;border-radius:0.5rem;background:#1b1d21">'
    )
    names = {one.id: one.name for one in classes}
    lines = [f"Label: {names.get(row.class_id, 'none yet')}"]
    if row.predicted_class_id in names:
        lines.append(f"Model: {names[row.predicted_class_id]}, {row.probability:.0%} sure")
    lines.append(SETS[row.split])
    st.text("\n".join([row.path, *lines]))


def _save(place: Place, rows: Sequence[Any], chosen: DefectClass) -> None:
    events = [LabelEvent(uuid4().hex, row.image_id, "label", chosen.id) for row in rows]
    try:
        workspace.record(place.ws, place.project.id, events, annotator=place.person)
    except (StudioError, ValueError) as problem:
        say(problem)
        return
    st.session_state["corrected"] = (
        f"{len(rows)} labelled {chosen.name}." if len(rows) > 1 else f"Labelled {chosen.name}."
    )
    st.session_state["browse_epoch"] = st.session_state.get("browse_epoch", 0) + 1
    st.rerun()
