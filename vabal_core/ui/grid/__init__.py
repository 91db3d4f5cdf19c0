"""A grid of thumbnails to select from, drawn from signed addresses: the images never pass through the page."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

HERE = Path(__file__).parent

_component = st.components.v2.component(
    "vabal_image_grid",
    html='<div class="grid" role="group" aria-label="Images"></div>',
    css=(HERE / "component.css").read_text(encoding="utf-8"),
    js=(HERE / "component.js").read_text(encoding="utf-8"),
)


def image_grid(items: Sequence[dict[str, Any]], *, key: str, epoch: int) -> list[int]:
    """Draw the tiles; the ids of those selected. A new `epoch` empties the selection."""
    key = f"{key}-{epoch}"
    # What the page knows is selected: a grid that the browser draws anew starts from there.
    data = {"items": items, "selected": list(st.session_state.get(key, {}).get("selected") or [])}
    answer = _component(key=key, data=data, default={"selected": []}, on_selected_change=lambda: None)
    shown = {item["id"] for item in items}
    return [image_id for image_id in answer.selected or [] if image_id in shown]
