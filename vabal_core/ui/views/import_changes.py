"""What a source says otherwise of images that are there, as a table to choose from."""

import pandas as pd
import streamlit as st

from vabal_core.types import ImportPlan, LabelChange
from vabal_core.ui.views.filters import SETS

CHANGES = {"label": "Label", "split": "Used", "content": "New picture in the file"}
NONE = "(no label)"


def changes_view(plan: ImportPlan) -> list[LabelChange]:
    """Draw the table; the changes that are chosen. Files that moved are linked again without a question."""
    moved = sum(change.kind == "moved" for change in plan.changes)
    if moved:
        st.info(f"The files of {moved:,} images lie here now: they are linked again.")
    changes = [change for change in plan.changes if change.kind != "moved"]
    if not changes:
        return []
    newer = sum(change.newer for change in changes)
    st.markdown(f"**Of images that are in the project already, {len(changes):,} things differ here.** Take which?")
    if newer:
        st.caption(f"{newer:,} of them would go over what somebody decided later: they are left unless you take them.")
    table = st.data_editor(
        _table(changes),
        hide_index=True,
        disabled=["Image", "What", "Now", "Here", "Decided later"],
        key="import_changes",
        height=min(400, 40 + 36 * len(changes)),
    )
    return [change for change, taken in zip(changes, table["Take"], strict=True) if taken]


def _table(changes: list[LabelChange]) -> pd.DataFrame:
    rows = [
        (not change.newer, change.path, CHANGES[change.kind], *_sides(change), "yes" if change.newer else "")
        for change in changes
    ]
    return pd.DataFrame(rows, columns=["Take", "Image", "What", "Now", "Here", "Decided later"])


def _sides(change: LabelChange) -> tuple[str, str]:
    """What is there now, and what the source says."""
    if change.kind == "content":
        return "the picture of before, with its label", "another picture: a new image"
    if change.kind == "split":
        return SETS.get(change.old, change.old), SETS.get(change.new, change.new)
    return change.old or NONE, change.new or NONE


def from_bin_view(plan: ImportPlan) -> bool:
    """Whether images of the source that lie in the project's bin are to come back."""
    if not plan.in_bin:
        return False
    images = "1 image that lies" if len(plan.in_bin) == 1 else f"{len(plan.in_bin):,} images that lie"
    return st.checkbox(f"Bring back {images} in the bin of the project", key="import_from_bin")
