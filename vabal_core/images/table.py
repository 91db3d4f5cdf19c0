"""The CSV that names images: columns path, label, split, the last two optional, others ignored."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TextIO

from vabal_core.types import Split, StudioError

_EVALUATION = ("test", "eval", "evaluation")
_POOL = ("pool", "train")


class Row(NamedTuple):
    """One line: where it stands in the file, and what it states. `states_label`: the file has a label column at all."""

    line: int
    path: str
    label: str | None
    split: Split | None
    states_label: bool


def rows(table: Path) -> tuple[Row, ...]:
    """All rows of a UTF-8 CSV (byte order mark allowed; comma, semicolon or tab).

    Raises `StudioError` naming the column that is missing or the line that is wrong.
    """
    try:
        with table.open(encoding="utf-8-sig", newline="") as text:
            return tuple(_rows(text, table.name))
    except UnicodeDecodeError as error:
        raise StudioError(f"{table.name} is not UTF-8 text ({error.reason}); save it as CSV UTF-8") from error
    except OSError as error:
        raise StudioError(f"{table.name} cannot be read: {error.strerror}") from error


def _rows(text: TextIO, name: str) -> Iterator[Row]:
    header = text.readline()
    delimiter = max(",;\t", key=header.count)
    columns = [cell.strip().lower() for cell in next(csv.reader([header], delimiter=delimiter), [])]
    if "path" not in columns:
        found = ", ".join(columns) or "nothing"
        raise StudioError(f"{name} has no column 'path'; its first line holds: {found}; it should be path,label,split")
    if len(set(columns)) < len(columns):
        raise StudioError(f"{name} has a column twice; its first line holds: {', '.join(columns)}")
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield _row(dict(zip(columns, cells, strict=False)), len(cells), columns, reader.line_num + 1, name)
    except csv.Error as error:
        raise StudioError(f"{name}, line {reader.line_num + 1}: {error}; put cells with commas in quotes") from error


def _row(cells: dict[str, str], count: int, columns: list[str], line: int, name: str) -> Row:
    if count > len(columns):
        raise StudioError(
            f"{name}, line {line}: {count} cells, but the first line names {len(columns)}; "
            "put quotes around a path that holds a comma"
        )
    path = cells.get("path", "").strip()
    if not path or "\0" in path:
        raise StudioError(f"{name}, line {line}: the path is {'empty' if not path else 'broken: it holds a zero byte'}")
    split = _split(cells.get("split", ""), line, name)
    return Row(line, path, cells.get("label", "").strip() or None, split, "label" in columns)


def _split(cell: str, line: int, name: str) -> Split | None:
    value = cell.strip().lower()
    if value in _EVALUATION or value.startswith("val"):
        return "evaluation"
    if value in _POOL:
        return "pool"
    if value:
        raise StudioError(f"{name}, line {line}: split is {cell.strip()!r}; use pool, train, test, eval or val")
    return None
