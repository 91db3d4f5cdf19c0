"""Lines of JSON, an object an image: as records, and those of an own export as a table."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vabal_core.images.ingest.formats.annotation import BadRecord, WrittenNumber, class_called
from vabal_core.images.ingest.table_words import Row
from vabal_core.types import StudioError
from vabal_core.types.cells import as_cell

SUFFIX = ".jsonl"
OWN_COLUMNS = {"path", "fingerprint"}  # by which an own export is known


def json_lines(file: Path, path: str) -> Iterator[tuple[int, Any]]:
    """(line, value) of each line that is not empty. StudioError, with the line, where one is no JSON."""
    with file.open(encoding="utf-8-sig") as lines:
        number = 0
        try:
            for line in lines:
                number += 1
                if line.strip():
                    yield number, json.loads(line, parse_float=WrittenNumber)
        except json.JSONDecodeError as error:
            raise StudioError(f"{path}, line {number}, column {error.colno}: {error.msg}") from error
        except UnicodeDecodeError as error:
            raise StudioError(f"{path} is not UTF-8 text ({error.reason})") from error
        except (ValueError, RecursionError) as error:
            what = "is nested too deep" if isinstance(error, RecursionError) else "has a number of too many digits"
            raise StudioError(f"{path}, line {number} {what}") from error


def is_own_export(file: Path) -> bool:
    """Whether the lines are those that a Studio writes: a table, whose images may lie anywhere."""
    try:
        _, first = next(json_lines(file, file.name), (0, None))
    except (StudioError, OSError):
        return False
    return isinstance(first, dict) and first.keys() >= OWN_COLUMNS


def json_rows(file: Path) -> tuple[Row, ...]:
    """The lines as rows of a table, the names of all columns first. StudioError where a line is no object."""
    records: list[tuple[int, dict[str, Any]]] = []
    columns: dict[str, None] = {}
    for number, record in json_lines(file, file.name):
        if not isinstance(record, dict):
            raise StudioError(f"{file.name}, line {number} is no object with named values")
        records.append((number, record))
        columns |= dict.fromkeys(record)
    rows = ((number, [_cell(record.get(name)) for name in columns]) for number, record in records)
    return (0, list(columns)), *rows


def _cell(value: Any) -> str:
    """As a cell of a CSV has it; "" where there is nothing that fits into one."""
    try:
        return as_cell(class_called(value))
    except BadRecord:
        return ""
