"""Where images lie: within the data folder by an address relative to it, so that the folder can be moved as it is."""

import os
from functools import lru_cache
from pathlib import Path

from vabal_core.workspace.workspace import Workspace


def stored_address(ws: Workspace, file: Path) -> str:
    """The address under which the database keeps `file`."""
    folder = Path(_real(str(file.parent)))
    return (folder / file.name).relative_to(ws.data_dir).as_posix() if folder.is_relative_to(ws.data_dir) else str(file)


def file_at(ws: Workspace, address: str) -> Path:
    """The file that a stored address means."""
    return ws.data_dir / address  # a whole address stays what it is


@lru_cache(maxsize=4096)
def _real(folder: str) -> str:
    return os.path.realpath(folder)
