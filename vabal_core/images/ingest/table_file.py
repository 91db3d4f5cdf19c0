"""Read a table, however a spreadsheet or another program wrote it: the one reader of all who read tables."""

import csv
import io
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from vabal_core.types import StudioError

TABLE_SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx")
DELIMITERS = ",;\t|"
WORKBOOK, OLD_WORKBOOK = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"  # first bytes of .xlsx and of .xls
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
WESTERN = "cp1252"  # what Windows writes where nobody asks for Unicode

Row = tuple[int, Sequence[str]]  # line and cells


@dataclass(frozen=True, kw_only=True)
class Table:
    """(line, column in small letters -> cell as it stands) of every row that is not empty. `doubt`: what should be
    looked at, because the file does not say how its letters are written; "" where it does."""

    rows: tuple[tuple[int, dict[str, str]], ...]
    doubt: str = ""


def read_table(file: Path, required: Sequence[str]) -> Table:
    """The rows of a text with commas, semicolons, tabs or bars, in UTF-8, UTF-16 or Windows-1252, or of an Excel
    workbook (its first sheet that has the columns). What it is, is told by its content.

    Column names are understood in any case. StudioError naming the column of `required` that is missing, the line that
    is wrong, or why the file cannot be read.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise StudioError(f"{file.name} cannot be read: {error.strerror}") from error
    if content.startswith(OLD_WORKBOOK):
        raise StudioError(f"{file.name} is a workbook of Excel 97 to 2003; save it as an Excel workbook (.xlsx) or CSV")
    if content.startswith(WORKBOOK):
        return Table(rows=tuple(_named(_sheet(content, file.name, required), file.name, required)))
    encoding = _encoding(content, file.name)
    rows = tuple(_named(_split(content.decode(encoding), file.name, required), file.name, required))
    doubt = f"{file.name} is not UTF-8 and was read as Windows-1252 (Western European): are all names right?"
    return Table(rows=rows, doubt=doubt if encoding == WESTERN else "")


def _encoding(content: bytes, name: str) -> str:
    if marked := next((encoding for mark, encoding in MARKS if content.startswith(mark)), ""):
        candidates = [marked]
    elif b"\0" in content[:200:2] + content[1:200:2] and len(content) % 2 == 0 and content[:2].count(0) == 1:
        candidates = ["utf-16-be" if content[0] == 0 else "utf-16-le"]
    else:
        candidates = ["utf-8", WESTERN]
    for encoding in candidates:
        try:
            content.decode(encoding)
        except UnicodeDecodeError as error:
            reason = error.reason
        else:
            return encoding
    raise StudioError(f"{name} is not UTF-8 text ({reason}); save it as CSV UTF-8")


def _split(text: str, name: str, required: Sequence[str]) -> Iterator[Row]:
    """The lines of a text, parted by whatever parts the first into the columns that it should have."""
    first, _, rest = text.partition("\n")
    said = first.strip()
    skipped, delimiters = 0, DELIMITERS
    if said.lower().startswith("sep=") and len(said) == 5:  # Excel's own way of saying it
        text, skipped, delimiters = rest, 1, said[-1]
    try:
        delimiter = max(delimiters, key=lambda character: _fit(text, character, required))
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        for cells in reader:
            yield reader.line_num + skipped, cells
    except csv.Error as error:
        line = reader.line_num + skipped
        raise StudioError(f"{name}, line {line}: {error}; put cells with commas in quotes") from error


def _fit(text: str, delimiter: str, required: Sequence[str]) -> tuple[int, int]:
    """How well a delimiter parts the first line: (columns of `required` there, columns in all)."""
    try:
        header = _header(next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), []))
    except csv.Error:
        return 0, 0
    return len(set(required) & set(header)), len(header)


def _header(cells: Iterable[str]) -> list[str]:
    return [cell.strip().lower() for cell in cells]


def _named(lines: Iterable[Row], name: str, required: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    filled = ((line, cells) for line, cells in lines if any(cell.strip() for cell in cells))
    columns = _header(next(filled, (1, ()))[1])
    while columns and not columns[-1]:
        columns.pop()
    missing = [column for column in required if column not in columns]
    if missing:
        present = ", ".join(columns) or "nothing"
        raise StudioError(f"{name} has no column {missing[0]!r}; its first line holds: {present}; add it")
    if len(set(columns)) < len(columns):
        raise StudioError(f"{name} has a column twice; its first line holds: {', '.join(columns)}")
    for line, cells in filled:
        if any(cell.strip() for cell in cells[len(columns) :]):
            raise StudioError(
                f"{name}, line {line}: {len(cells)} cells, but the first line names {len(columns)}; "
                "put quotes around a path that holds a comma"
            )
        yield line, dict.fromkeys(columns, "") | dict(zip(columns, cells, strict=False))


def _sheet(content: bytes, name: str, required: Sequence[str]) -> list[Row]:
    """The rows of the first sheet whose first line has the columns, else of the first sheet."""
    from openpyxl import load_workbook  # only now: few tables are workbooks
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and the like: only the values count
            book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            sheets = [_cells(sheet) for sheet in book.worksheets]
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError, EOFError) as error:
        raise StudioError(f"{name} is no Excel workbook, or a damaged one ({error}); save it again") from error
    fitting = [rows for rows in sheets if rows and set(required) <= set(_header(rows[0][1]))]
    return next(iter([*fitting, *sheets]), [])


def _cells(sheet: Any) -> list[Row]:
    rows = enumerate(sheet.iter_rows(values_only=True), start=1)
    return [(line, row) for line, cells in rows if any(row := [_text(cell) for cell in cells])]


def _text(value: Any) -> str:
    """A cell as a person reads it: a whole number without its point, a day as 2026-11-26."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if isinstance(value, date) else str(value)
