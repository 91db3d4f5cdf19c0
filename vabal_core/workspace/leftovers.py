"""What a killed process, or an older version, has left: mended when the Studio starts; what any process uses stays.

A round's features belong to whoever holds the project's lock. The rest is told by its age: no import takes two days,
and none waits as long for a person's answer (KEPT_SECONDS of the background work), so a second server's work is safe.
"""

import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from filelock import Timeout

from vabal_core.store.counts import recount
from vabal_core.store.ranked_labels import recount_ranked
from vabal_core.types import Busy
from vabal_core.workspace.experiment_folder import alone
from vabal_core.workspace.experiment_images import remove_unneeded_images
from vabal_core.workspace.pending import finish_removals, pending_folders, remove_pending
from vabal_core.workspace.projects import every_project
from vabal_core.workspace.round_process import clear_scratch, driver_lock
from vabal_core.workspace.workspace import Workspace

MAX_AGE_SECONDS = 48 * 3600.0


def sweep(ws: Workspace, now: float | None = None) -> list[Path]:
    """Remove features of rounds that nobody drives, pixels of older versions, and uploads, archives and plans of two
    days ago that came to nothing, with images that no experiment needs; returns which files and folders of these last.
    `now`: seconds since 1970.
    """
    for project in every_project(ws):
        try:
            with driver_lock(ws, project.id).acquire(blocking=False):
                clear_scratch(ws, project.id)
                _remove_squashed(ws.data_dir / "projects" / str(project.id) / "pixels")
        except Timeout:  # a round is under way
            pass
    latest = (time.time() if now is None else now) - MAX_AGE_SECONDS
    leftovers = [path for path in _passing(ws.data_dir) if _is_older(path, latest)]
    for path in leftovers:
        _remove(path)
    unpacked = [folder for images in ws.data_dir.glob("projects/*/images") for folder in _drop(images, latest)]
    return leftovers + unpacked + _drop_of_experiments(ws, latest)


def _remove_squashed(cache: Path) -> None:
    """Pixels that older versions have resized to a square whatever the image's shape: they are not read any more."""
    for kind in ("grey-*", "colour-*"):
        for file in cache.glob(kind):
            _remove(file)


def mend_counts(ws: Workspace) -> bool:
    """Count labels and images anew where an older version, still running, has labelled; whether there was anything."""
    counts, ranked = recount(ws.engine), recount_ranked(ws.engine)
    return counts or ranked


def _passing(data: Path) -> Iterator[Path]:
    """What is there only while somebody works on it."""
    yield from data.glob("uploads/*")
    yield from data.glob("projects/*/images/.*-partial-*")
    yield from data.glob("projects/*/rounds/*/rescore-*")


def _is_older(path: Path, latest: float) -> bool:
    try:
        return path.stat().st_mtime < latest
    except OSError:  # its owner has just removed it
        return False


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):  # on Windows somebody may have it open
            path.unlink(missing_ok=True)


def _drop_of_experiments(ws: Workspace, latest: float) -> list[Path]:
    """Images of experiments that are gone, or that were looked through and not started."""
    try:
        with alone(ws, seconds=0):
            return remove_unneeded_images(ws, before=latest)
    except Busy:
        return []


def _drop(images: Path, latest: float) -> Iterator[Path]:
    """What was unpacked for plans that nobody has written since."""
    finish_removals(images)
    for folder, since in pending_folders(images).items():
        if since < latest and remove_pending(folder):
            yield folder
