"""Folders that are made once, by whichever process comes first, and are there whole or not at all."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

from vabal_core.loop.events import Work
from vabal_core.types import Progress, StudioError

SECONDS_BETWEEN_TRIES = 0.5


def make_once(folder: Path, make: Callable[[Path], Work[None]]) -> Work[None]:
    """Have `make` fill a folder beside `folder`, which then takes its name; nothing is done where `folder` exists.

    A process that comes meanwhile waits. What a killed process had filled is still there for the next `make`, which
    may go on from it. StudioError where a file cannot be read or written.
    """
    if folder.exists():
        return
    lock = FileLock(folder.with_name(f"{folder.name}.lock"), thread_local=False)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        yield from _acquire(lock, folder)
        if not folder.exists():
            partial = folder.with_name(f".{folder.name}-partial")
            partial.mkdir(exist_ok=True)
            yield from make(partial)
            os.replace(partial, folder)
    except OSError as error:
        place = error.filename or folder  # of a source that cannot be read it is the source's
        raise StudioError(f"{place}: {error.strerror or error}. Check rights and space.") from error
    finally:
        lock.release()


def write_new(file: Path, content: bytes) -> None:
    """Write a file whole, unless it is there already."""
    if not file.exists():
        partial = file.with_name(f".{file.name}.part")
        partial.write_bytes(content)
        os.replace(partial, file)


def start_over(folder: Path) -> None:
    """Empty a folder that a killed process had begun to fill, for a `make` that cannot go on from it."""
    shutil.rmtree(folder)
    folder.mkdir()


def _acquire(lock: FileLock, folder: Path) -> Work[None]:
    while True:
        try:
            lock.acquire(blocking=False)
        except Timeout:
            yield Progress("images", message=f"Another process is writing {folder.name} just now.")
            time.sleep(SECONDS_BETWEEN_TRIES)
        else:
            return
