"""The labelling desk: one component that shows images, takes keys, and sends labels to the app's own route."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from vabal_core.types import QueueName

HERE = Path(__file__).parent
SHARED = HERE.parent / "shared"
SHARED_SCRIPTS = ("outbox.js", "sync.js", "dialog_guard.js")
STYLES = ("desk.css", "panels.css")
SCRIPTS = (
    "pictures.js",
    "view.js",
    "tone.js",
    "counts.js",
    "screen.js",
    "explanation.js",
    "fields.js",
    "history_strip.js",
    "guide.js",
    "keys.js",
    "input.js",
    "desk.js",
)
EMPTY = {
    "ranked": "Every image is labelled. Add images on the Data page, or look at Progress.",
    "evaluation": "Every evaluation image is labelled. Go on with “Images to learn from”, above.",
}


def _read(names: Sequence[str], folder: Path = HERE) -> str:
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)


_component = st.components.v2.component(
    "vabal_labelling_desk",
    html=_read(["component.html"]),
    css=_read(STYLES),
    js=_read(SHARED_SCRIPTS, SHARED) + "\n" + _read(SCRIPTS),
)


def desk(*, project_id: int, queue: QueueName, images: int, token: str, studio: str, epoch: int) -> Any:
    """Mount the desk for a queue out of `images` images.

    `token` says who labels what; `studio` names this installation, so that labels kept in a browser never reach another
    one; a new `epoch` makes the desk ask for its images again.
    """
    data = {"project": project_id, "queue": queue, "images": images, "token": token, "studio": studio, "epoch": epoch}
    return _component(key=f"desk-{project_id}-{queue}", data={**data, "empty": EMPTY[queue]})
