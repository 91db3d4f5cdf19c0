"""What is taken for what: a table of buttons, rows the labels, columns what the model says."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from vabal_core.ui.components.modules import component_script

FOLDER = Path(__file__).parent

_component = st.components.v2.component(
    "vabal_confusion_table",
    html='<div class="confusion"></div>',
    css=(FOLDER / "confusion.css").read_text(encoding="utf-8"),
    js=component_script("confusion"),
)


def confusion_table(
    classes: Sequence[tuple[int, str]], counts: Sequence[Sequence[int]], *, key: str
) -> tuple[int, int] | None:
    """Draw the table of `counts` (C rows: labelled so, C columns: taken for), `classes` being (id, name) in its order.
    Returns the ids (labelled, taken for) of the cell that is pressed, or None."""
    data = {
        "ids": [class_id for class_id, _ in classes],
        "names": [name for _, name in classes],
        "counts": [[int(count) for count in row] for row in counts],
        "cell": st.session_state.get(key, {}).get("cell"),
    }
    answer = _component(key=key, data=data, default={"cell": None}, on_cell_change=lambda: None)
    return (answer.cell[0], answer.cell[1]) if answer.cell else None
