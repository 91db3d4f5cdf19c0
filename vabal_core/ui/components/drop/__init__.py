"""Where folders and files are dropped. They go to the app's own route, file by file, with the folders they lie in:
Streamlit's own uploader forgets the folders of what is dropped, and holds everything in memory."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import streamlit as st
from pydantic import TypeAdapter, ValidationError

from vabal_core.ui.components.modules import component_script

FOLDER = Path(__file__).parent

_component = st.components.v2.component(
    "vabal_drop_area",
    html=(FOLDER / "component.html").read_text(encoding="utf-8"),
    css=(FOLDER / "drop.css").read_text(encoding="utf-8"),
    js=component_script("drop"),
)


@dataclass(frozen=True, kw_only=True)
class Dropped:
    """What a person dropped, all of it on the server by now: under which `batch`, how many files, and the folders or
    files on top (two, where there are more)."""

    batch: str
    tops: tuple[str, ...]
    files: int

    @property
    def name(self) -> str:
        """The one folder or file that was dropped; "" where there were several."""
        return self.tops[0] if len(self.tops) == 1 else ""


def drop_area(url: str, *, key: str) -> Dropped | None:
    """Draw the area, which sends to the route at `url`. What has arrived in full, or None; it is kept in the session
    under `key`, so that whoever comes back to the page finds it."""
    kept = f"{key}-kept"
    before = st.session_state.get(kept)
    epoch = st.session_state.get(f"{key}-epoch", 0)
    data = {"url": url, "dropped": asdict(before) if before else None, "epoch": epoch}
    default = {"dropped": data["dropped"]}
    answer = _component(key=f"{key}-{epoch}", data=data, default=default, on_dropped_change=lambda: None)
    st.session_state[kept] = read_dropped(answer.dropped)
    return st.session_state[kept]


def forget_dropped(key: str) -> None:
    """Let the area of this `key` start empty the next time it is drawn."""
    if st.session_state.pop(f"{key}-kept", None):
        st.session_state[f"{key}-epoch"] = st.session_state.get(f"{key}-epoch", 0) + 1


def read_dropped(answer: Any) -> Dropped | None:
    """What a browser says of its upload; None where it says nothing, or nothing that can be."""
    try:
        return _DROPPED.validate_python(answer)
    except ValidationError:
        return None


_DROPPED = TypeAdapter(Dropped)
