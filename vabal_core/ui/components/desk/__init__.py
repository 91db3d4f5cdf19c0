"""The labelling desk: one component that shows images, takes keys, and sends labels to the app's own route."""

from pathlib import Path
from typing import Any

import streamlit as st

from vabal_core.types import QueueName
from vabal_core.ui.components.modules import component_script

FOLDER = Path(__file__).parent
STYLES = ("desk.css", "panels.css")
EMPTY = {
    "ranked": "No image waits for a label any more. Add images on the Data page, or look at Progress.",
    "evaluation": "No evaluation image waits for a label any more. Go on with “Images to learn from”, above.",
}
CAME_LABELLED = (
    "The images came with their labels: none waits for one here. Look through them on the Review page, or have the "
    "Studio learn from them on the Rounds page."
)


_component = st.components.v2.component(
    "vabal_labelling_desk",
    html=(FOLDER / "component.html").read_text(encoding="utf-8"),
    css="\n".join((FOLDER / name).read_text(encoding="utf-8") for name in STYLES),
    js=component_script("desk"),
)


def desk(
    *, project_id: int, queue: QueueName, images: int, came_labelled: bool, token: str, studio: str, epoch: int
) -> Any:
    """Mount the desk for a queue out of `images` images; `came_labelled`: an import brought a label for each of them.

    `token` says who labels what; `studio` names this installation, so that labels kept in a browser never reach another
    one; a new `epoch` makes the desk ask for its images again.
    """
    empty = CAME_LABELLED if came_labelled else EMPTY[queue]
    data = {"project": project_id, "queue": queue, "images": images, "token": token, "studio": studio, "epoch": epoch}
    return _component(key=f"desk-{project_id}-{queue}", data={**data, "empty": empty})
