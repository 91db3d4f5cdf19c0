"""What a folder or a CSV offers for import: every file, with the label and the split its source states."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from vabal_core.images.ingest.table import Row, rows
from vabal_core.types import Problem, Split, StudioError

SPLIT_FILE = "split.csv"
NOTE_FILE = "SYNTHETIC.txt"  # written into the demo set; not an image and not worth a word
_SYSTEM_FILES = {"thumbs.db", ".ds_store", "desktop.ini"}


@dataclass(frozen=True, slots=True)
class Candidate:
    """One file to try. `path` as the source names it; `label` and `split` are None where the source states none."""

    path: str
    file: Path
    label: str | None
    split: Split | None


def scan(source: Path) -> Iterator[Candidate | Problem]:
    """Everything in a folder or a CSV, in a stable order; what is refused without a look inside comes as `Problem`.

    Folder: a file's class is its immediate parent folder, none at the top. A `split.csv` at the top, or one folder
    down where the top holds that folder only, gives path, label and split and wins over folders; paths are then
    relative to it, and images it does not name follow, by folder. CSV: columns path, label, split, the last two
    optional; paths relative to the CSV's folder, or absolute.
    Raises `StudioError` where there is no such source, or where the CSV is wrong, before anything is yielded.
    """
    # The questions of os.path answer "no" where those of Path raise: a folder that may not be looked into.
    if os.path.isdir(source):
        return _scan_folder(_base(source))
    if not os.path.isfile(source):
        raise StudioError(f"nothing to import: {source} does not exist (or cannot be read)")
    if source.suffix.lower() != ".csv":
        raise StudioError(f"cannot import {source.name}: give a folder, a ZIP, or a CSV whose name ends in .csv")
    return _scan_table(source)


def _base(folder: Path) -> Path:
    """The folder that paths are relative to: the one that holds split.csv, at most one down."""
    if os.path.isfile(folder / SPLIT_FILE):
        return folder
    try:
        inside = [entry for entry in os.scandir(folder) if entry.name != "__MACOSX" and not _is_system(entry.name)]
    except OSError as error:
        raise StudioError(f"cannot look into {folder}: {error.strerror}") from error
    if len(inside) == 1 and inside[0].is_dir(follow_symlinks=False) and os.path.isfile(folder / inside[0] / SPLIT_FILE):
        return folder / inside[0]
    return folder


def _scan_folder(base: Path) -> Iterator[Candidate | Problem]:
    table = base / SPLIT_FILE
    if os.path.islink(table):
        raise StudioError(f"{SPLIT_FILE} in {base} is a symbolic link; replace it by the file itself")
    stated = rows(table) if os.path.isfile(table) else ()
    return _stated_then_rest(base, stated)


def _stated_then_rest(base: Path, stated: tuple[Row, ...]) -> Iterator[Candidate | Problem]:
    named = set()
    inside = cache(partial(_inside, base=base))
    for row in stated:
        found = _stated(base, row, inside)
        if isinstance(found, Candidate):
            named.add(os.path.normpath(found.file))
        yield found
    for found in _walk(base):
        if isinstance(found, Problem) or os.path.normpath(found.file) not in named:
            yield found


def _stated(base: Path, row: Row, inside: Callable[[Path], bool]) -> Candidate | Problem:
    file = _file(base, row.path)
    if not inside(file.parent):
        return Problem(_printable(row.path), f"leaves the folder: named in line {row.line} of {SPLIT_FILE}")
    label = row.label if row.states_label else _folder_label(Path(row.path.replace("\\", "/")))
    return _regular(row, file) or Candidate(row.path, file, label, row.split)


def _scan_table(table: Path) -> Iterator[Candidate | Problem]:
    stated = rows(table)
    files = ((row, _file(table.parent, row.path)) for row in stated)
    return (_regular(row, file) or Candidate(row.path, file, row.label, row.split) for row, file in files)


def _file(base: Path, path: str) -> Path:
    """Where a row's file is; a table written on Windows separates folders by backslashes."""
    file = base / path
    return file if "\\" not in path or os.path.lexists(file) else base / path.replace("\\", "/")


def _regular(row: Row, file: Path) -> Problem | None:
    """Why the row's file is no regular file, or None where it is one."""
    if os.path.islink(file):
        return Problem(row.path, "symbolic link: not followed")
    if os.path.isfile(file):
        return None
    if os.path.lexists(file):
        return Problem(row.path, f"not a file: line {row.line} names a folder or a device")
    return Problem(row.path, f"missing: line {row.line} names it, but there is no such file")


def _inside(folder: Path, base: Path) -> bool:
    """Whether a folder is within `base` once every symbolic link on the way is followed."""
    return Path(os.path.realpath(folder)).is_relative_to(os.path.realpath(base))


def _walk(base: Path) -> Iterator[Candidate | Problem]:
    folders = [base]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            yield Problem(_printable(str(folder.relative_to(base))), f"cannot be opened: {error.strerror}")
            continue
        folders += [folder / entry.name for entry in reversed(entries) if entry.is_dir(follow_symlinks=False)]
        for entry in entries:
            found = _entry(base, folder, entry)
            if found is not None:
                yield found


def _entry(base: Path, folder: Path, entry: os.DirEntry[str]) -> Candidate | Problem | None:
    file = folder / entry.name
    relative = file.relative_to(base)
    path = _printable(relative.as_posix())
    if entry.is_symlink():
        return Problem(path, "symbolic link: not followed")
    if entry.is_dir(follow_symlinks=False) or relative.as_posix() in (SPLIT_FILE, NOTE_FILE):
        return None
    if _is_system(entry.name):
        return Problem(path, "stray file: written by the operating system, not an image")
    if not entry.is_file(follow_symlinks=False):
        return Problem(path, "not a file: a device, a pipe or a socket")
    if path != relative.as_posix():
        return Problem(path, "unusable name: it is not valid UTF-8; rename the file")
    return Candidate(path, file, _folder_label(relative), None)


def _folder_label(relative: Path) -> str | None:
    return relative.parent.name or None


def _is_system(name: str) -> bool:
    """Thumbs.db and its like; names that begin with "._" are the shadow files macOS puts into ZIPs."""
    return name.lower() in _SYSTEM_FILES or name.startswith("._")


def _printable(path: str) -> str:
    return path.encode("utf-8", "backslashreplace").decode()
