"""How the server runs, on a page: warnings first, then the figures."""

from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from vabal_core.ui.app.format import plain
from vabal_core.ui.views.word_table import word_table
from vabal_core.workspace import Backlog, ServerStatus

GIB, MIB = 2**30, 2**20


def status_view(status: ServerStatus) -> None:
    """What to look after, and how the server stands."""
    for warning in status.warnings:
        st.warning(plain(warning))
    if not status.warnings:
        st.write("Nothing needs looking after.")
    with st.container(horizontal=True, gap="large"):
        for disk in status.disks:
            st.metric(f"Left for {disk.name}", f"{disk.free / GIB:,.1f} GiB", help=plain(str(disk.folder)))
        st.metric("Database", f"{status.database_bytes / MIB:,.1f} MiB", help=status.database)
        st.metric("Labelling now", _people(status.labelling), help="Who decided on an image within the last 5 minutes.")
        st.metric("Last backup", _when(status.last_backup))
        if status.files:
            st.metric("Open files", f"{status.files[0]:,}", help=f"{status.files[1]:,} may be open at once.")
    st.subheader("Going on, and to be done", anchor=False)
    if rows := [row for backlog in status.backlog for row in _rows(backlog)]:
        word_table(pd.DataFrame(rows, columns=["Project", "What"]), "status_backlog")
    else:
        st.write("No round runs, no images are being read, and no import is open.")
    st.subheader("Versions", anchor=False)
    word_table(pd.DataFrame(status.versions.items(), columns=["What", "Version"]), "status_versions")


def _rows(backlog: Backlog) -> list[tuple[str, str]]:
    words = ["A round runs"] if backlog.runs else []
    words += ["Its images are being read"] if backlog.is_read else []
    words += [f"{_counted(backlog.unread_images, 'image')} not read yet"] if backlog.unread_images else []
    words += [f"{_counted(backlog.open_imports, 'import')} broke off, or not done yet"] if backlog.open_imports else []
    return [(backlog.project, text) for text in words]


def _counted(count: int, noun: str) -> str:
    return f"1 {noun}" if count == 1 else f"{count:,} {noun}s"


def _people(count: int) -> str:
    return "nobody" if count == 0 else "1 person" if count == 1 else f"{count:,} people"


def _when(moment: datetime | None) -> str:
    if moment is None:
        return "none yet"
    hours = (datetime.now(UTC) - moment).total_seconds() / 3600
    return "within the hour" if hours < 1 else f"{hours:.0f} h ago" if hours < 48 else f"{hours / 24:.0f} days ago"
