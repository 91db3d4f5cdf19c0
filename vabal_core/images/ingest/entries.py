"""Entries of an archive: which are taken and under which name; the others are passed over, each with its reason."""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from vabal_core.types import ImportProblem, StudioError

MAX_NAME_BYTES = 255
DRIVE = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One entry: its place below the folder, why it is passed over ("": it is taken), and the archive's own header."""

    path: PurePosixPath
    folder: bool
    size: int  # bytes, as its header says
    refusal: str
    header: Any


@dataclass(frozen=True, kw_only=True)
class Entries:
    """What is to be unpacked, and what is passed over."""

    targets: tuple[Entry, ...]
    passed_over: tuple[ImportProblem, ...]


def sort_entries(entries: Iterable[Entry], kind: str) -> Entries:
    """The entries of an archive of a `kind` ("ZIP") sorted by their headers alone. An older entry gives way to a later
    one of its name.

    `StudioError` for one that climbs out of the folder: no honest program writes such a name.
    """
    places: dict[PurePosixPath, Entry] = {}
    passed_over = []
    for entry in entries:
        if ".." in entry.path.parts:
            raise StudioError(f"refused: entry {str(entry.path)!a} of the {kind} would be written outside its folder")
        if entry.refusal:
            passed_over.append(ImportProblem(path=_shown(entry.path), reason=entry.refusal))
            continue
        if entry.path in places and not entry.folder:
            passed_over.append(
                ImportProblem(path=_shown(entry.path), reason="same name twice: the later one was taken")
            )
        places.pop(entry.path, None)
        places[entry.path] = entry
    hidden = set(_files_named_like_folders(places))
    named = f"named like a folder of the {kind}"
    passed_over += [ImportProblem(path=_shown(path), reason=named) for path in sorted(hidden)]
    targets = tuple(entry for path, entry in places.items() if path not in hidden)
    return Entries(targets=targets, passed_over=tuple(passed_over))


def why_no_place(path: PurePosixPath, kind: str) -> str:
    """Why an entry of this name is passed over, whatever it is; "" where the name will do."""
    if path.is_absolute() or DRIVE.match(str(path)):
        return f"an address of another computer, not a name below the {kind}'s folder"
    if "\0" in str(path) or (os.name == "nt" and ":" in str(path)):
        return "unusable name: it has a colon or a zero byte"
    if not path.parts:
        return "unusable name: it is empty"
    if max(len(os.fsencode(part)) for part in path.parts) > MAX_NAME_BYTES:
        return f"unusable name: a part of it is longer than {MAX_NAME_BYTES} bytes"
    return ""


def _files_named_like_folders(places: dict[PurePosixPath, Entry]) -> Iterator[PurePosixPath]:
    folders = {parent for path in places for parent in path.parents}
    return (path for path, entry in places.items() if path in folders and not entry.folder)


def _shown(path: PurePosixPath) -> str:
    return str(path).encode("utf-8", "backslashreplace").decode()
