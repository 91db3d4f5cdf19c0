"""The labelling desk: one component that shows images, takes keys, and sends labels to the app's own route."""

from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import streamlit as st

from vabal_core.types import QueueName
from vabal_core.ui.app.navigation import PageName
from vabal_core.ui.components.modules import component_script

FOLDER = Path(__file__).parent
STYLES = ("desk.css", "panels.css")
EMPTY = {
    "ranked": "No image waits for a label any more. Your labels can be fetched, as a table for Excel say.",
    "evaluation": "No evaluation image waits for a label any more. Go on with “Images to learn from”, above.",
    "label_issues": "No label looks wrong now. The next round holds the labels against the model again.",
    "differing": "People agree on all that was labelled twice, or it is decided.",
}
CAME_LABELLED = (
    "The images came with their labels: none waits for one here. Look through them, or have the Studio learn from them."
)
# Where to go from there: page and words.
LINKS: dict[QueueName, dict[PageName, str]] = {
    "ranked": {"data": "Get the labels, or add images", "progress": "See what they brought", "review": "Check them"},
    "evaluation": {"progress": "See how good the model is"},
    "label_issues": {"label": "Go on labelling", "progress": "See how good the model is"},
    "differing": {"label": "Go on labelling"},
}
LINKS_OF_LABELLED: dict[PageName, str] = {"review": "Look through them", "rounds": "Have the Studio learn from them"}


_component = st.components.v2.component(
    "vabal_labelling_desk",
    html=(FOLDER / "component.html").read_text(encoding="utf-8"),
    css="\n".join((FOLDER / name).read_text(encoding="utf-8") for name in STYLES),
    js=component_script("desk"),
)


def desk(
    *,
    project_id: int,
    project_name: str,
    queue: QueueName,
    images: int,
    came_labelled: bool,
    token: str,
    studio: str,
    epoch: int,
    why_fixed: str,
    tally: bool = False,
    names: bool = False,
) -> Any:
    """Mount the desk for a queue out of `images` images; `came_labelled`: an import brought a label for each of them;
    `tally`: the page runs again when decisions have been stored, for it counts what waits; `names`: the desk says who
    gave the labels that it shows; `why_fixed`: why this person may not change the class guide, "" where they may.

    `token` says who labels what; `studio` names this installation, so that labels kept in a browser never reach another
    one; a new `epoch` makes the desk ask for its images again.
    """
    empty = CAME_LABELLED if came_labelled else EMPTY[queue]
    links = LINKS_OF_LABELLED if came_labelled else LINKS[queue]
    address = urlencode({"project": project_name}, quote_via=quote)
    ways = [{"text": text, "href": f"{page}?{address}"} for page, text in links.items()]
    data = {"project": project_id, "queue": queue, "images": images, "token": token, "studio": studio, "epoch": epoch}
    data |= {"empty": empty, "ways": ways, "grid": f"grid?{address}", "tally": tally, "names": names}
    data |= {"why_fixed": why_fixed}
    return _component(key=f"desk-{project_id}-{queue}", data=data, on_saved_change=lambda: None)
