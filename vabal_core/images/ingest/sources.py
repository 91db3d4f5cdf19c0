"""What a folder or a table offers for import: every file, with the label and the split that a table states."""

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from types import MappingProxyType

from vabal_core.images.ingest.by_content import Elsewhere, found_below
from vabal_core.images.ingest.by_name import called_below
from vabal_core.images.ingest.roots import allowed, lies_within
from vabal_core.images.ingest.table import Candidate, read_candidates
from vabal_core.images.ingest.table_file import AS_IT_TELLS, TABLE_SUFFIXES, is_table
from vabal_core.types import ImportProblem, StudioError, TableColumns

ANNOTATION_SUFFIXES = (".json", ".jsonl", ".xml", ".yaml", ".yml", ".parquet")
ANNOTATION_FOLDERS = ("annotations", "annotation", "labels", "json")
SPLIT_FILE = "split.csv"
NOTE_FILE = "SYNTHETIC.txt"  # written into the demo set; not an image and not worth a word
_UNPACK, _SAVE = "unpack it and give that folder; otherwise ", "save it as .xlsx or CSV and give that; otherwise "
_INSTEAD = dict.fromkeys((".7z", ".rar", ".zst", ".lzh", ".cab", ".arj"), _UNPACK)
_INSTEAD |= dict.fromkeys((".xls", ".xlsb", ".xlsm", ".ods", ".numbers", ".mdb", ".accdb"), _SAVE)
_SYSTEM_FILES = {"thumbs.db", ".ds_store", "desktop.ini"}


def scan(
    source: Path,
    *,
    roots: Sequence[Path] | None = None,
    elsewhere: Elsewhere | None = None,
    columns: TableColumns = AS_IT_TELLS,
) -> Iterator[Candidate | ImportProblem]:
    """Everything in a folder or a CSV, in a stable order; what is refused unseen comes as `ImportProblem`.

    Folder: every file, its label and split left to the layout. A `split.csv` at the top, or one folder down where the
    top holds that folder only, gives path, label and split; paths are then relative to it, and images it does not name
    follow. So it is with the table `beside` of `columns`, wherever in the folder that lies.
    CSV: the columns are told by their names and cells, or are those of `columns`; paths relative to the CSV's
    folder, or absolute, and within `roots` (real paths) where these are given. A row whose file is not there, or whose
    fingerprint says which of several files of a name is meant, is found below the CSV's folder by its content, where
    the row says that, else by its name, or else where `elsewhere` knows it. A file
    of annotations: every file of the folder that its images are in.
    Raises `StudioError` where there is no such source, or where the CSV is wrong, before anything is yielded.
    """
    # The questions of os.path answer "no" where those of Path raise: a folder that may not be looked into.
    if os.path.isdir(source):
        return _scan_with(source, columns) if columns.beside else _scan_folder(_base(source))
    if not os.path.isfile(source):
        raise StudioError(f"nothing to import: {source} does not exist (or cannot be read)")
    if not is_table(source):
        if source.suffix.lower() in ANNOTATION_SUFFIXES:
            return _scan_beside(source, roots)
        tables = ", ".join(TABLE_SUFFIXES)
        others = ", ".join(ANNOTATION_SUFFIXES)
        instead = _INSTEAD.get(source.suffix.lower(), "")
        raise StudioError(
            f"cannot import {source.name}: {instead}give a folder, a ZIP, a TAR, a table whose name ends in {tables}, "
            f"or a file of annotations that ends in {others}"
        )
    rows = _found(source, read_candidates(source, columns=columns))
    files_elsewhere = elsewhere([row for row in rows if isinstance(row, Candidate)]) if elsewhere else {}
    return _checked(rows, roots, lambda line: _outside(line, roots), files_elsewhere)


def _found(table: Path, named: Sequence[Candidate]) -> list[Candidate | ImportProblem]:
    """The rows of a table, with the files below its folder of those that say which content they mean, or a name alone:
    a table that lies beside images speaks of these."""
    return _found_in(table.parent, named)


def _found_in(folder: Path, named: Sequence[Candidate]) -> list[Candidate | ImportProblem]:
    files = found_below(folder, named)
    return called_below(folder, [replace(row, file=files.get(row.line, row.file)) for row in named])


def annotation_path(source: Path) -> str:
    """The path of a file of annotations that is the source itself, as `scan` gives it; "" for any other source."""
    is_one = source.suffix.lower() in ANNOTATION_SUFFIXES and os.path.isfile(source) and not is_table(source)
    return source.relative_to(_folder_of(source)).as_posix() if is_one else ""


def _folder_of(annotations: Path) -> Path:
    """The folder with the images of a file of annotations: its own, or that above a folder for annotations alone."""
    folder = annotations.parent
    return folder.parent if folder.name.lower() in ANNOTATION_FOLDERS else folder


def _scan_beside(annotations: Path, roots: Sequence[Path] | None) -> Iterator[Candidate | ImportProblem]:
    folder = _folder_of(annotations)
    if roots is not None and not lies_within(folder, roots):
        raise StudioError(f"the images of {annotations.name} lie in {folder}: {allowed(roots)}")
    return _walk(folder)


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


def _scan_folder(base: Path) -> Iterator[Candidate | ImportProblem]:
    table = base / SPLIT_FILE
    if os.path.islink(table):
        raise StudioError(f"{SPLIT_FILE} in {base} is a symbolic link; replace it by the file itself")
    named = read_candidates(table, paths_label=True) if os.path.isfile(table) else ()
    return _named_then_rest(base, named)


def _scan_with(base: Path, columns: TableColumns) -> Iterator[Candidate | ImportProblem]:
    table = base / columns.beside
    if os.path.islink(table) or not lies_within(table, [Path(os.path.realpath(base))]):
        raise StudioError(f"{columns.beside} is no table in {base}: name one that lies there")
    named = _found_in(base, read_candidates(table, paths_label=True, columns=columns))
    rest = _named_then_rest(base, [_within(base, row) for row in named])
    return (offer for offer in rest if offer.path != columns.beside)


def _within(base: Path, row: Candidate | ImportProblem) -> Candidate | ImportProblem:
    """The row with the path of its file in the folder, where that lies in it."""
    if isinstance(row, ImportProblem) or not row.file.is_relative_to(base):
        return row
    return replace(row, path=row.file.relative_to(base).as_posix())


def _named_then_rest(base: Path, named: Iterable[Candidate | ImportProblem]) -> Iterator[Candidate | ImportProblem]:
    taken = set()
    for offer in _checked(named, [Path(os.path.realpath(base))], _leaves):
        if isinstance(offer, Candidate):
            taken.add(os.path.normpath(offer.file))
        yield offer
    for offer in _walk(base):
        if isinstance(offer, ImportProblem) or os.path.normpath(offer.file) not in taken:
            yield offer


def _checked(
    named: Iterable[Candidate | ImportProblem],
    roots: Sequence[Path] | None,
    refusal: Callable[[int | None], str],
    files_elsewhere: Mapping[int | None, Path] = MappingProxyType({}),
) -> Iterator[Candidate | ImportProblem]:
    """The rows of a table that may be tried. Of a file outside the roots not even its being there is told.
    `files_elsewhere`: line -> file of those that a project has already."""
    within = cache(partial(lies_within, roots=roots or ()))  # many files, few folders
    for candidate in named:
        if isinstance(candidate, ImportProblem):
            yield candidate
        elif candidate.line in files_elsewhere:
            yield replace(candidate, file=files_elsewhere[candidate.line])
        elif roots is not None and not within(candidate.file.parent):
            yield ImportProblem(path=candidate.path, reason=refusal(candidate.line))
        else:
            yield _irregular(candidate) or candidate


def _leaves(line: int | None) -> str:
    return f"leaves the folder: named in line {line} of its table"


def _outside(line: int | None, roots: Sequence[Path] | None) -> str:
    return f"outside the folders for imports: line {line} names it; {allowed(roots or ())}"


def _irregular(candidate: Candidate) -> ImportProblem | None:
    """Why the file that a row names is no regular file, or None where it is one."""
    path, file, line = candidate.path, candidate.file, candidate.line
    try:
        mode = os.lstat(file).st_mode  # one question: tables of a hundred thousand rows are asked about, too
    except (OSError, ValueError):
        return ImportProblem(path=path, reason=f"missing: line {line} names it, but there is no such file")
    if stat.S_ISLNK(mode):
        return ImportProblem(path=path, reason="symbolic link: not followed")
    if stat.S_ISREG(mode):
        return None
    return ImportProblem(path=path, reason=f"not a file: line {line} names a folder or a device")


def _walk(base: Path) -> Iterator[Candidate | ImportProblem]:
    folders = [base]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            yield ImportProblem(
                path=_printable(str(folder.relative_to(base))), reason=f"cannot be opened: {error.strerror}"
            )
            continue
        folders += [folder / entry.name for entry in reversed(entries) if entry.is_dir(follow_symlinks=False)]
        for entry in entries:
            offer = _offer(base, folder, entry)
            if offer is not None:
                yield offer


def _offer(base: Path, folder: Path, entry: os.DirEntry[str]) -> Candidate | ImportProblem | None:
    file = folder / entry.name
    relative = file.relative_to(base)
    path = _printable(relative.as_posix())
    if entry.is_symlink():
        return ImportProblem(path=path, reason="symbolic link: not followed")
    if entry.is_dir(follow_symlinks=False) or relative.as_posix() in (SPLIT_FILE, NOTE_FILE):
        return None
    if _is_system(entry.name):
        return ImportProblem(
            path=path, reason="stray file: written by the system or a program for itself, not an image"
        )
    if not entry.is_file(follow_symlinks=False):
        return ImportProblem(path=path, reason="not a file: a device, a pipe or a socket")
    if path != relative.as_posix():
        return ImportProblem(path=path, reason="unusable name: it is not valid UTF-8; rename the file")
    return Candidate(path=path, file=file, label=None, label_from_path=True)


def _is_system(name: str) -> bool:
    """Thumbs.db and its like; names that begin with "._" are the shadow files macOS puts into ZIPs, with "~$" or
    ".~lock." those of office programs for a file that is open."""
    return name.lower() in _SYSTEM_FILES or name.startswith(("._", "~$", ".~lock."))


def _printable(path: str) -> str:
    return path.encode("utf-8", "backslashreplace").decode()
