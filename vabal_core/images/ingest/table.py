"""Read the CSV that names images, however a spreadsheet wrote it. For an import its columns are path, label, split."""

import csv
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath
from typing import TextIO

from vabal_core.types import Split, StudioError

_EVALUATION = ("test", "eval", "evaluation")
_POOL = ("pool", "train")


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """One file to try. `path` as its source names it; `label` and `split` are None where the source states none; `line`
    is the line of the table that names it, None where it was found in a folder."""

    path: str
    file: Path
    label: str | None
    split: Split | None = None
    line: int | None = None


def read_candidates(table: Path, *, folder_labels: bool = False) -> tuple[Candidate, ...]:
    """All rows of a CSV with the columns path, label and split, the last two optional, others ignored.

    With `folder_labels`, a table without a label column leaves the folders their say. Whether the files exist is not
    asked. Raises `StudioError` as `read_table`, and for an empty path or an unknown split, naming the line.
    """
    return tuple(_candidate(cells, line, table, folder_labels) for line, cells in read_table(table, ["path"]))


def folder_label(path: PurePath) -> str | None:
    """The class that a file's folder gives it: the folder's name, None at the top."""
    return path.parent.name or None


def read_table(table: Path, required: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    """(line, column in small letters -> cell) of every row of a UTF-8 CSV; empty rows left out, cells as they stand.

    A byte order mark, any case of the column names, and comma, semicolon or tab are understood. Raises `StudioError`
    naming the column of `required` that is missing, or the line that is wrong.
    """
    try:
        with table.open(encoding="utf-8-sig", newline="") as text:
            return list(_lines(text, table.name, required))
    except csv.Error as error:
        raise StudioError(f"{table.name}, line 1: {error}; it should name the columns") from error
    except UnicodeDecodeError as error:
        raise StudioError(f"{table.name} is not UTF-8 text ({error.reason}); save it as CSV UTF-8") from error
    except OSError as error:
        raise StudioError(f"{table.name} cannot be read: {error.strerror}") from error


def _lines(text: TextIO, name: str, required: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    header = text.readline()
    delimiter = max(",;\t", key=header.count)
    columns = [cell.strip().lower() for cell in next(csv.reader([header], delimiter=delimiter), [])]
    missing = [column for column in required if column not in columns]
    if missing:
        present = ", ".join(columns) or "nothing"
        raise StudioError(f"{name} has no column {missing[0]!r}; its first line holds: {present}; add it")
    if len(set(columns)) < len(columns):
        raise StudioError(f"{name} has a column twice; its first line holds: {', '.join(columns)}")
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            line = reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) > len(columns):
                raise StudioError(
                    f"{name}, line {line}: {len(cells)} cells, but the first line names {len(columns)}; "
                    "put quotes around a path that holds a comma"
                )
            yield line, dict.fromkeys(columns, "") | dict(zip(columns, cells, strict=False))
    except csv.Error as error:
        raise StudioError(f"{name}, line {reader.line_num + 1}: {error}; put cells with commas in quotes") from error


def _candidate(cells: dict[str, str], line: int, table: Path, folder_labels: bool) -> Candidate:
    path = cells["path"].strip()
    if not path or "\0" in path:
        reason = "broken: it holds a zero byte" if path else "empty"
        raise StudioError(f"{table.name}, line {line}: the path is {reason}")
    label = cells.get("label", "").strip() or None
    if folder_labels and "label" not in cells:
        label = folder_label(PurePosixPath(path.replace("\\", "/")))
    split = _split(cells.get("split", ""), line, table.name)
    return Candidate(path=path, file=_file(table.parent, path), label=label, split=split, line=line)


def _file(base: Path, path: str) -> Path:
    """Where a row's file is; a table written on Windows separates folders by backslashes."""
    file = base / path
    return file if "\\" not in path or os.path.lexists(file) else base / path.replace("\\", "/")


def _split(cell: str, line: int, name: str) -> Split | None:
    value = cell.strip().lower()
    if value in _EVALUATION or value.startswith("val"):
        return "evaluation"
    if value in _POOL:
        return "pool"
    if value:
        raise StudioError(f"{name}, line {line}: split is {cell.strip()!r}; use pool, train, test, eval or val")
    return None
