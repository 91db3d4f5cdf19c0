"""What a killed process has left in the data folder, removed when the Studio starts; what any process uses stays.

A round's features belong to whoever holds the project's lock. The rest is told by its age: no import takes two days,
and none waits as long for a person's answer (KEPT_SECONDS of the background work), so a second server's work is safe.
"""

import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from filelock import Timeout

from vabal_core.store.images import any_image_in
from vabal_core.workspace.projects import list_projects
from vabal_core.workspace.round_process import clear_scratch, driver_lock
from vabal_core.workspace.workspace import Workspace

MAX_AGE_SECONDS = 48 * 3600.0
UNPACKED = re.compile(r"[0-9a-f]{16}")  # the name that `prepare_import` gives to the folder of an archive


def sweep(ws: Workspace, now: float | None = None) -> list[Path]:
    """Remove features of rounds that nobody drives, and uploads, archives and plans of two days ago that came to
    nothing; returns which files and folders. `now`: seconds since 1970.
    """
    for project in list_projects(ws):
        try:
            with driver_lock(ws, project.id).acquire(blocking=False):
                clear_scratch(ws, project.id)
        except Timeout:  # a round is under way
            pass
    latest = (time.time() if now is None else now) - MAX_AGE_SECONDS
    leftovers = [path for path in _passing(ws.data_dir) if _is_older(path, latest)]
    unpacked = [folder for folder in _unpacked(ws.data_dir) if _is_older(folder, latest)]
    leftovers += [folder for folder in unpacked if not any_image_in(ws.engine, folder)]
    for path in leftovers:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return leftovers


def _passing(data: Path) -> Iterator[Path]:
    """What is there only while somebody works on it."""
    yield from data.glob("uploads/*")
    yield from data.glob("projects/*/images/.*-partial-*")
    yield from data.glob("projects/*/rounds/*/rescore-*")


def _unpacked(data: Path) -> Iterator[Path]:
    return (folder for folder in data.glob("projects/*/images/*") if UNPACKED.fullmatch(folder.name))


def _is_older(path: Path, latest: float) -> bool:
    try:
        return path.stat().st_mtime < latest
    except OSError:  # its owner has just removed it
        return False
