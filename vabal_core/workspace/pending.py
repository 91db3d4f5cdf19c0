"""Folders of unpacked archives that no plan has been written from yet: each has a mark beside it.

Only what is marked is ever removed, and a mark goes before the first image is written: no database, and no path that
reads another way since the data folder was moved, decides whether somebody's images are deleted.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

MARK, CLAIM = ".pending", ".swept"
INCOMPLETE = ".incomplete"  # beside a folder some of whose files were emptied out of a bin


def mark_pending(folder: Path) -> None:
    """Nothing has been written from `folder` yet; as of now, where it was marked before."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    _beside(folder, MARK).touch()


def is_pending(folder: Path) -> bool:
    return _beside(folder, MARK).exists()


def keep_unpacked(folder: Path) -> bool:
    """Take the mark away, for good: images are written from `folder` now. False where the folder is gone, or going."""
    _beside(folder, MARK).unlink(missing_ok=True)
    return folder.is_dir() and not _beside(folder, CLAIM).exists()


def remove_pending(folder: Path) -> bool:
    """Remove a marked folder; whether it was marked. Who takes the mark first decides: this, or `keep_unpacked`."""
    try:
        os.replace(_beside(folder, MARK), _beside(folder, CLAIM))
    except FileNotFoundError:
        return False
    remove_claimed(folder)
    return True


@contextmanager
def folder_for_pieces(images: Path, source: Path) -> Iterator[Callable[[], Path]]:
    """Something to call for the folder in `images` that takes what is cut out of the images of `source`. It is marked
    then, unless images are written from it already, and removed where the block fails."""
    folder = images / f"cut-{hashlib.sha256(os.fsencode(source)).hexdigest()[:16]}"
    marked = Event()

    def take() -> Path:
        if not marked.is_set() and (is_pending(folder) or not folder.exists()):
            mark_pending(folder)
            marked.set()
        return folder

    try:
        yield take
    except BaseException:
        if marked.is_set():
            remove_pending(folder)
        raise


def finish_removals(images: Path) -> None:
    """Remove the folders in `images` that a killed process had begun to remove."""
    for claim in images.glob(f".*{CLAIM}"):
        remove_claimed(claim.with_name(claim.name[1 : -len(CLAIM)]))


def pending_folders(images: Path) -> dict[Path, float]:
    """The folders in `images` that are marked -> when they were marked last, in seconds since 1970."""
    marks = {mark: mark.stat().st_mtime for mark in sorted(images.glob(f".*{MARK}"))}
    return {mark.with_name(mark.name[1 : -len(MARK)]): since for mark, since in marks.items()}


def mark_incomplete(folder: Path) -> None:
    """Files of `folder` are about to be deleted: the same archive is unpacked anew, beside it, from now on."""
    _beside(folder, INCOMPLETE).touch()


def claim(folder: Path) -> None:
    """From now on no plan is written from `folder`, which is about to be removed: see `remove_claimed`."""
    _beside(folder, CLAIM).touch()


def whole_folder(folder: Path) -> Path:
    """`folder`, or the first of folder-2, folder-3 ... from which no file was deleted."""
    names = (folder, *(folder.with_name(f"{folder.name}-{n}") for n in range(2, 10_000)))
    return next(path for path in names if not _beside(path, INCOMPLETE).exists())


def remove_claimed(folder: Path) -> None:
    """Remove a folder that was claimed, with all that stands beside it."""
    shutil.rmtree(folder, ignore_errors=True)
    if not folder.exists():  # what could not be removed stays claimed: the next sweep tries again
        _beside(folder, INCOMPLETE).unlink(missing_ok=True)
        _beside(folder, CLAIM).unlink(missing_ok=True)


def _beside(folder: Path, suffix: str) -> Path:
    return folder.with_name(f".{folder.name}{suffix}")
