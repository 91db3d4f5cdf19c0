"""Whether somebody labels on this machine just now: then a round leaves the processor to the desk and its browser."""

import time
from contextlib import suppress

from vabal_core.workspace.workspace import Workspace

MARK = "labelling"  # a file as old as the last decision: the process that drives a round need not be the server
SECONDS = 30.0  # after a decision a person is taken to be at the desk for that long


def note_labelling_here(ws: Workspace) -> None:
    """Somebody has just decided on an image, in a browser on this machine."""
    with suppress(OSError):  # a full disk must not cost a label
        (ws.data_dir / MARK).touch()


def labelling_here(ws: Workspace) -> bool:
    """Whether somebody has in the last SECONDS."""
    try:
        return time.time() - (ws.data_dir / MARK).stat().st_mtime < SECONDS
    except OSError:
        return False
