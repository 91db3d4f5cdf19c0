"""Folders that are made once, by whichever process comes first, and are there whole or not at all."""

import os
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

from vabal_core.loop.events import Work
from vabal_core.types import Progress, StudioError

SECONDS_BETWEEN_TRIES = 0.5
_HALF = re.compile(r"\.(.+)-partial")  # what is being made


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
            partial = _half(folder)
            partial.mkdir(exist_ok=True)
            yield from make(partial)
            os.replace(partial, folder)
    except OSError as error:
        place = error.filename or folder  # of a source that cannot be read it is the source's
        raise StudioError(f"{place}: {error.strerror or error}. Check rights and space.") from error
    finally:
        lock.release()


def made_names(parent: Path) -> list[str]:
    """The names of the folders that `make_once` has made in `parent`, or has begun to make."""
    names = (_HALF.sub(r"\1", folder.name) for folder in parent.glob("*") if folder.is_dir())
    return sorted(set(names))


def made_at(folder: Path) -> float:
    """When `make_once` was last at it, in seconds since 1970; inf where nothing is there."""
    times = [path.stat().st_mtime for path in (folder, _half(folder)) if path.exists()]
    return max(times, default=float("inf"))


def remove_made(folder: Path) -> bool:
    """Remove what `make_once` has made, or has begun to make; False where a process is at it, or where it stays.

    It is half made as soon as this begins: should it be cut short, the next `make` goes on from there.
    """
    try:
        with FileLock(folder.with_name(f"{folder.name}.lock")).acquire(blocking=False):
            if folder.exists():
                shutil.rmtree(_half(folder), ignore_errors=True)
                os.replace(folder, _half(folder))
            shutil.rmtree(_half(folder), ignore_errors=True)
    except (Timeout, OSError):  # on Windows somebody may have a file of it open
        return False
    return not _half(folder).exists()


def _half(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}-partial")


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
