"""What a look into a file has told, kept for the next one: who reads a source another way waits for no file twice.

A file is known again by its address, size and times; what was written over since is looked into anew, also where its
size and the time that a program gave it are as they were.
"""

import hashlib
import os
from functools import lru_cache
from pathlib import Path

from vabal_core.images.decode import inspect
from vabal_core.images.raster import Inspection

MAX_LOOKS = 200_000  # some 60 MB


def fingerprint_of(file: Path, seen: os.stat_result) -> str:
    """SHA-256 of the bytes, `seen` being what the file system says of the file now. OSError where it cannot be read."""
    return _fingerprint(file, *_stamp(seen))


def inspection_of(file: Path, seen: os.stat_result) -> Inspection:
    """As `decode.inspect`, with `seen` as in `fingerprint_of`."""
    return _inspection(file, *_stamp(seen))


def _stamp(seen: os.stat_result) -> tuple[int, int, int]:
    return seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns


@lru_cache(maxsize=MAX_LOOKS)
def _fingerprint(file: Path, _size: int, _modified_ns: int, _changed_ns: int) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@lru_cache(maxsize=MAX_LOOKS)
def _inspection(file: Path, _size: int, _modified_ns: int, _changed_ns: int) -> Inspection:
    return inspect(file)
