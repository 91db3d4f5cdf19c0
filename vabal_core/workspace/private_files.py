"""The data folder and what lies in it belong to the user who runs the Studio, and to nobody else on the machine."""

import logging
import os
import stat
from collections.abc import Iterable
from pathlib import Path

FOLDER, FILE = 0o700, 0o600
BESIDE = ("", "-wal", "-shm", "-journal")  # of an SQLite file
KEPT = ("secret", "secret.new")  # in the data folder
_log = logging.getLogger(__name__)


def keep_private(folder: Path, database: Path | None) -> None:
    """Nobody else may read the folder, its secrets and `database`, an SQLite file; one that is not there yet is made.

    Where that cannot be had (another user's folder, a file system without rights), it is logged, and all goes on.
    """
    _tighten([folder], FOLDER)
    if database is not None and not database.exists():
        os.close(os.open(database, os.O_CREAT | os.O_WRONLY, FILE))  # SQLite takes an empty file for a new one
    files = [folder / name for name in KEPT]
    if database is not None:
        files += [database.with_name(database.name + suffix) for suffix in BESIDE]
    _tighten([file for file in files if file.exists()], FILE)


def _tighten(paths: Iterable[Path], mode: int) -> None:
    for path in paths if os.name == "posix" else ():
        try:
            if stat.S_IMODE(path.stat().st_mode) & ~mode:
                path.chmod(mode)
        except FileNotFoundError:  # SQLite took the file away meanwhile
            continue
        except OSError as error:
            _log.warning(
                "Others on this machine may read %s: %s. Give it to the user who runs the Studio (chown), or keep "
                "others out of the folder above.",
                path,
                error.strerror,
            )
