"""Who drives a round: a computer and a data folder, told apart from the others that share the database.

The file lock of a round lies in the data folder, so whoever has the folder can see the lock, and nobody else.
"""

import os
import socket
from pathlib import Path
from uuid import uuid4

from filelock import FileLock

from vabal_core.types import Round
from vabal_core.workspace.workspace import Workspace

ID_FILE = "driver"


def driver_name(ws: Workspace) -> str:
    """The host's name and the data folder's id. Two folders on one host differ by the id; a folder that was copied to
    another computer, or lies on a network disk, by the host.
    """
    return f"{socket.gethostname()}/{_folder_id(ws.data_dir / ID_FILE)}"


def is_driven_here(ws: Workspace, round_: Round) -> bool:
    """Whether the round's lock lies in this data folder; so do those of rounds made before drivers were kept."""
    return round_.driver is None or round_.driver == driver_name(ws)


def host_of(round_: Round) -> str:
    """The name of the computer that drives the round; "" where that was not kept."""
    return (round_.driver or "").rpartition("/")[0]


def _folder_id(file: Path) -> str:
    """Made on first use: processes that start at once agree on one, and a crash leaves a whole one or none."""
    with FileLock(f"{file}.lock"):
        if not file.exists():
            beside = file.with_name(f"{file.name}.new")
            with beside.open("w", encoding="ascii") as stream:
                stream.write(uuid4().hex)
                stream.flush()
                os.fsync(stream.fileno())
            beside.replace(file)
        return file.read_text(encoding="ascii")
