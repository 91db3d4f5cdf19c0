"""The cells of an Excel workbook as a person sees them there, and what a file of it cannot tell."""

import io
import re
import warnings
import zipfile
import zlib
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from vabal_core.types import StudioError

LINES_SHOWN = 3
# Formats of numbers that change what is seen: 001, 1.00 and 50 %.
_PADDED, _PLACES = re.compile(r"0{2,}"), re.compile(r"0(?:\.(0+))?(%?)")


# What reading a workbook raises where its bytes, its XML (SyntaxError) or what that says are not as they should be.
DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError),
    *(SyntaxError, LookupError, ValueError, TypeError, AttributeError),
)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """(line, cells) of the rows of a sheet that are not empty, what it is called, and what is to be said of its cells.
    What stands in cells that are one below the other and merged stands in each of them."""

    title: str
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    doubts: tuple[str, ...]


def read_sheets(content: bytes, name: str) -> list[Sheet]:
    """All sheets of a workbook. StudioError where it is none or is damaged."""
    from openpyxl.utils.exceptions import InvalidFileException  # only now: few tables are workbooks

    try:
        merged = _has(content, rb"<(?:\w+:)?mergeCell[\s>]")
        shown = _book(content, values=True, whole=merged)
        formulas = _book(content, values=False) if _has(content, rb"<(?:\w+:)?f[\s>]") else None
        sheets = []
        for number, sheet in enumerate(shown.worksheets):
            unread = _without_value(sheet, formulas.worksheets[number]) if formulas else []
            sheets.append(_sheet(sheet, unread, name))
    except (*DAMAGED, InvalidFileException) as error:
        raise StudioError(f"{name} is no Excel workbook, or a damaged one ({error}); save it again") from error
    return sheets


def _book(content: bytes, *, values: bool, whole: bool = False) -> Any:
    """The workbook, row by row as it is asked for, or `whole`: only that tells which cells are merged."""
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and the like: only the values count
        book = load_workbook(io.BytesIO(content), read_only=not whole, data_only=values)
    for sheet in book.worksheets if not whole else ():
        sheet.reset_dimensions()  # some programs write a size that is too small
    return book


def _has(content: bytes, pattern: bytes) -> bool:
    """Whether a sheet holds such an element."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        names = (entry for entry in packed.namelist() if entry.startswith("xl/worksheets/"))
        return any(re.search(pattern, packed.read(entry)) for entry in names)


def _without_value(shown: Any, formulas: Any) -> list[int]:
    """The lines with a formula whose value is not in the file: whoever wrote it has not calculated."""
    pairs = zip(shown.iter_rows(), formulas.iter_rows(), strict=False)
    return [
        line
        for line, (values, written) in enumerate(pairs, start=1)
        if any(cell.data_type == "f" and value.value is None for value, cell in zip(values, written, strict=False))
    ]


def _sheet(sheet: Any, unread: list[int], name: str) -> Sheet:
    rows, wrong = [], []
    first = _first_of_merged(sheet)
    for line, cells in enumerate(sheet.iter_rows(), start=1):
        texts = tuple(_shown(first.get((line, place), cell)) for place, cell in enumerate(cells, start=1))
        if any(texts):
            rows.append((line, texts))
        if any(cell.data_type == "e" for cell in cells):
            wrong.append(line)
    doubts = []
    if unread:
        doubts.append(
            f"{name} holds formulas without their values ({_lines(unread)}); such a cell is read as empty: open the "
            "file in Excel and save it, then give it again."
        )
    if wrong:
        doubts.append(f"{name} holds errors of Excel, such as #N/A ({_lines(wrong)}); such a cell is read as empty.")
    return Sheet(title=sheet.title, rows=tuple(rows), doubts=tuple(doubts))


def _first_of_merged(sheet: Any) -> dict[tuple[int, int], Any]:
    """(row, column) -> the first cell of those that it is merged with, above it."""
    ranges = getattr(getattr(sheet, "merged_cells", None), "ranges", ())
    return {
        (row, each.min_col): sheet.cell(each.min_row, each.min_col)
        for each in ranges
        for row in range(each.min_row + 1, each.max_row + 1)
    }


def _lines(lines: list[int]) -> str:
    first = ", ".join(map(str, lines[:LINES_SHOWN]))
    more = f" and {len(lines) - LINES_SHOWN:,} more" if len(lines) > LINES_SHOWN else ""
    return f"line {first}" if len(lines) == 1 else f"lines {first}{more}"


def _shown(cell: Any) -> str:
    """A cell as it is seen: TRUE, a day as 2026-11-26, a whole number without its point, 001 with its zeros."""
    value = cell.value
    if value is None or cell.data_type == "e":
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    if isinstance(value, date | time):
        return value.isoformat()
    return _number(value, str(cell.number_format)) if isinstance(value, int | float) else str(value)


def _number(value: float, form: str) -> str:
    if _PADDED.fullmatch(form) and float(value).is_integer():
        return f"{int(value):0{len(form)}d}"
    if (placed := _PLACES.fullmatch(form)) and form != "0":
        decimals, percent = placed.groups()
        return f"{value * (100 if percent else 1):.{len(decimals or '')}f}{percent}"
    return str(int(value)) if float(value).is_integer() else f"{value:.15g}"
