"""Files that are there whole or not at all, and that are not believed unseen.

An archive (.npz, .pt) holds checksums of its parts; a JSON object gets one of the rest of it. What is not as it was
written is a StudioError with the file's name: what a round learned is made again, never guessed at.
"""

import json
import os
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from vabal_core.types import StudioError

CHECKSUM = "checksum"  # in a JSON object: of the rest of it
# What reading an archive raises where its bytes are not what was written.
UNREADABLE = (zipfile.BadZipFile, zlib.error, ValueError, KeyError, EOFError, NotImplementedError, RuntimeError)


def write_json(file: Path, content: Mapping[str, Any]) -> None:
    """An object with a checksum of the rest of it."""
    checked = {**content, CHECKSUM: _checksum(content)}
    write_whole(file, lambda stream: stream.write(json.dumps(checked).encode()))


def read_json(file: Path) -> dict[str, Any]:
    """What `write_json` wrote, or a version that wrote no checksums. FileNotFoundError where there is no such file."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(content, dict) or content.pop(CHECKSUM, None) not in (None, _checksum(content)):
            raise damaged(file)
        return content
    except ValueError as error:
        raise damaged(file) from error


def _checksum(content: Mapping[str, Any]) -> int:
    return zlib.crc32(json.dumps({name: value for name, value in content.items() if name != CHECKSUM}).encode())


def read_arrays(file: Path, *names: str) -> dict[str, np.ndarray]:
    """All arrays of an archive, or those of `names` that are in it. FileNotFoundError where there is no such file."""
    try:
        with file.open("rb") as stream, np.load(stream) as arrays:
            return {name: arrays[name] for name in arrays.files if name in names or not names}
    except UNREADABLE as error:
        raise damaged(file) from error


def check_archive(file: Path) -> None:
    """Reads all of an archive, of arrays or of tensors. StudioError where a part of it is not what was written."""
    try:
        with zipfile.ZipFile(file) as archive:
            if archive.testzip() is not None:
                raise damaged(file)
    except UNREADABLE as error:
        raise damaged(file) from error


def damaged(file: Path) -> StudioError:
    """How it is told."""
    return StudioError(
        f"{file} is damaged on the disk and is not used: start a new round, which makes all of it again."
    )


def write_whole(path: Path, write: Callable[[BinaryIO], Any]) -> None:
    """A file that is there whole or not at all, also after a crash in the middle."""
    unfinished = path.with_suffix(path.suffix + ".part")
    with unfinished.open("wb") as file:
        write(file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(unfinished, path)
