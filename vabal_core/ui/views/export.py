"""Taking things away as a file: which things, in which format, of which images."""

from html import escape

import streamlit as st

from vabal_core import workspace
from vabal_core.types import ExportContent, ExportFormat, ExportRequest
from vabal_core.ui.addresses import export_url
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.signing import secret
from vabal_core.ui.views.filters import SETS

LINK_STYLE = """<style>
a.download { display: inline-block; padding: 0.4rem 0.8rem; font-size: 0.9rem;
  border: 1px solid var(--st-border-color, #8886);
  color: inherit; border-radius: 0.5rem; text-decoration: none; white-space: nowrap; }
a.download:hover, a.download:focus-visible { border-color: var(--st-primary-color); color: var(--st-primary-color); }
</style>"""

EXCEL = "A table for Excel (CSV)"
TABLES: dict[str, ExportFormat] = {
    EXCEL: "csv",
    "A table for other programs (CSV)": "csv",
    "One line an image (JSONL)": "jsonl",
}
ZIPS: dict[str, ExportFormat] = {
    "Images in a folder for each class (ZIP)": "imagefolder",
    "Images for Hugging Face (ZIP)": "huggingface",
    "Images with COCO annotations (ZIP)": "coco",
    "Images for Label Studio (ZIP)": "labelstudio",
    "Images for YOLO classify (ZIP)": "yolo",
}
CONTENTS: dict[str, ExportContent] = {
    "Labels": "labels",
    "What the model says of the images without a label": "predictions",
    "Flagged and unsure images, with comments": "flags",
}
EVERY = "All"


def download(context: PageContext, request: ExportRequest, text: str) -> None:
    """A link, not a download button: the file is streamed from the database and never stands in memory whole."""
    download_link(export_url(secret(context.ws.data_dir), context.session, request), text)


def download_link(url: str, text: str) -> None:
    """A link that looks like a button, whose file is made when it is pressed."""
    st.html(f'<a class="download" href="{escape(url)}" download>{escape(text)}</a>{LINK_STYLE}', width="content")


def export_view(context: PageContext) -> None:
    """The download that most people want, and the choices for all others; nothing for somebody who may not export."""
    if not workspace.may(context.actor, "export"):
        return
    counts = workspace.counts(context.ws, context.project.id)
    if counts.pool_total or counts.evaluation_total:
        download(context, ExportRequest(excel=True), "Download labels (CSV)")
    with st.popover(
        "Other downloads", icon=":material/download:", key=context.key("export"), on_change="rerun"
    ) as other:
        if other.open:
            download(context, _request(context), "Download")


def _request(context: PageContext) -> ExportRequest:
    key = context.key
    content = CONTENTS[st.selectbox("What", list(CONTENTS), key=key("export_content"))]
    formats = TABLES | ZIPS if content == "labels" else TABLES
    title = st.selectbox("As", list(formats), key=key("export_format"))
    split = st.selectbox("Of which images", [EVERY, *SETS.values()], key=key("export_split"))
    ids = {defect_class.name: defect_class.id for defect_class in workspace.classes(context.ws, context.project.id)}
    class_ids, people = [], []
    if content != "flags":
        class_ids = st.multiselect("Of which classes", list(ids), placeholder=EVERY, key=key("export_classes"))
    if content != "predictions":
        names = workspace.annotators(context.ws, context.project.id)
        people = st.multiselect("Given by", names, placeholder="Everybody", key=key("export_people"))
    splits = {words: split for split, words in SETS.items()}
    return ExportRequest(
        format=formats[title],
        content=content,
        split=splits.get(split),
        class_ids=tuple(ids[name] for name in class_ids),
        annotators=tuple(people),
        excel=title == EXCEL,
    )
