"""Who did what, when: the logs a page at a time, narrowed down, and as a table to take away."""

from dataclasses import fields
from datetime import date, timedelta
from typing import Any

import streamlit as st

from vabal_core import workspace
from vabal_core.types import LogKind
from vabal_core.ui.addresses import trail_url
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.app.format import milliseconds_taken
from vabal_core.ui.app.navigation import MENU
from vabal_core.ui.signing import secret
from vabal_core.ui.views.export import download_link
from vabal_core.ui.views.filters import ANY, midnight
from vabal_core.workspace import Change, LogFilter, LoggedLabel, TrailOf

ROWS = 50
WIDTH = 140  # pixels of a filter: all stand in one row of a desktop, two in one of a telephone
TRAILS: dict[TrailOf, str] = {
    "labels": "Decisions on images",
    "project": "Other changes",
    "studio": "People and backups",
}
KINDS: dict[LogKind, str] = {
    "label": "label", "undo": "taken back", "skip": "skipped", "unsure": "unsure", "flag": "flagged",
    "adjudicated": "decided between labels", "certain": "said to be certain", "blind label": "second opinion",
    "blind skip": "second look skipped", "blind unsure": "second look: unsure", "blind flag": "second look: flagged",
}  # fmt: skip
TITLES = {
    "created_at": "When (UTC)",
    "person": "Who",
    "page": "From",
    "kind": "What",
    "action": "What",
    "path": "Image",
    "subject": "Of what",
    "old": "Before",
    "new": "After",
    "opinion": "Second opinion",
    "milliseconds": "Took",  # a person to decide; the Studio to make a change
    "comment": "Comment",
}


def audit_view(context: PageContext) -> None:
    """One of the logs: its filters, a page of it, and the whole of it as a file."""
    offered = [trail for trail in TRAILS if trail != "studio" or workspace.may(context.actor, "accounts")]
    trail: TrailOf = st.segmented_control(
        "What to look at",
        offered,
        default="labels",
        required=True,
        format_func=TRAILS.get,
        key=context.key("audit_trail"),
        label_visibility="collapsed",
    )
    chosen = _filters(context, trail)
    _log(context, trail, chosen)
    url = trail_url(secret(context.ws.data_dir), context.session, trail, chosen)
    download_link(url, "Download all of these (CSV)")


def _filters(context: PageContext, trail: TrailOf) -> LogFilter:
    def key(name: str) -> str:
        return context.key(f"audit_{trail}_{name}")

    def choose(label: str, options: dict[Any, str]) -> Any:
        """One of the options, None for any."""
        listed = {ANY: None} | {title: value for value, title in options.items()}
        return listed[st.selectbox(label, list(listed), key=key(label), width=WIDTH)]

    people = workspace.trail_people(context.ws, context.actor, context.project.id, trail)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        facts = {"person": choose("Who", {name: name for name in people}) or ""}
        if trail == "labels":
            classes = workspace.class_names(context.ws, context.project.id)
            facts |= {"kind": choose("What", dict(KINDS)) or "", "class_id": choose("Class", classes)}
            facts["image"] = st.text_input("Image", key=key("image"), type="search", width=WIDTH).strip()
        else:
            facts["kind"] = choose("What", {action: action for action in sorted(workspace.CHANGES)}) or ""
        since = st.date_input("From day", None, key=key("since"), width=WIDTH)
        until = st.date_input("To day", None, key=key("until"), width=WIDTH)
    facts["since"] = midnight(since) if isinstance(since, date) else None
    facts["until"] = midnight(until + timedelta(days=1)) if isinstance(until, date) else None
    return LogFilter(**facts)


def _log(context: PageContext, trail: TrailOf, chosen: LogFilter) -> None:
    """A page, and the ways to the next older and the next newer one. Where a person is: the numbers that the pages
    before it began below."""
    key = context.key("audit_pages")
    place = st.session_state.get(key)
    if place is None or place[:2] != [trail, chosen]:
        place = st.session_state[key] = [trail, chosen, None]
    rows = workspace.read_trail(
        context.ws, context.actor, context.project.id, trail, chosen, before=place[-1], limit=ROWS + 1
    )
    if not rows:
        st.write("Nothing in the log fits." if chosen != LogFilter() else "Nothing has been written down here yet.")
        return
    table = [_cells(row) for row in rows[:ROWS]]
    st.dataframe(table, hide_index=True, height="content")
    with st.container(horizontal=True):
        st.button("Newer", disabled=len(place) == 3, on_click=place.pop, key=context.key("audit_newer"))
        older = {"on_click": place.append, "args": (rows[:ROWS][-1].id,), "disabled": len(rows) <= ROWS}
        st.button("Older", key=context.key("audit_older"), **older)


def _cells(row: LoggedLabel | Change) -> dict[str, str]:
    values = {field.name: getattr(row, field.name) for field in fields(row)}
    values["created_at"] = f"{row.created_at:%Y-%m-%d %H:%M:%S}"
    values["page"] = MENU[row.page][0] if row.page in MENU else row.page or ("" if row.page is None else "the Studio")
    values["milliseconds"] = "" if row.milliseconds is None else milliseconds_taken(row.milliseconds)
    if isinstance(row, LoggedLabel):
        values["kind"] = KINDS.get(row.kind, row.kind)
    return {title: values[name] or "" for name, title in TITLES.items() if name in values}
