"""Read a table, however a spreadsheet or another program wrote it: the one reader of all who read tables."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vabal_core.images.ingest.json_lines import SUFFIX as LINES_SUFFIX
from vabal_core.images.ingest.json_lines import is_own_export, json_rows
from vabal_core.images.ingest.table_columns import find_columns, row_cells, unnamed
from vabal_core.images.ingest.table_text import WESTERN, encoding_of, text_rows
from vabal_core.images.ingest.table_words import HEADER_SOUGHT_IN, Row, header_place
from vabal_core.types import StudioError, TableColumns

TABLE_SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx")
WORKBOOK, OLD_WORKBOOK = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"  # first bytes of .xlsx and of .xls
AS_IT_TELLS = TableColumns()


@dataclass(frozen=True, kw_only=True)
class Table:
    """(line, column in small letters -> cell as it stands) of every row that is not empty; what names the image, its
    class and its split stands under path, label and split. `doubts`: what should be looked at, because the file does
    not say it. `question`: what is asked of the classes, where no column gives them, or "" where none could."""

    rows: tuple[tuple[int, dict[str, str]], ...]
    doubts: tuple[str, ...] = ()
    question: str = ""


def read_table(file: Path, columns: TableColumns = AS_IT_TELLS) -> Table:
    """The rows of a text with commas, semicolons, tabs or bars, in UTF-8, UTF-16 or Windows-1252, of lines of JSON, or
    of an Excel workbook (its sheet that names images, and others with the same columns). What it is, is told by its
    content; which columns name image, class and split is told by their names and their cells, where `columns` does not
    say it.

    StudioError with the columns that are there where none or several could name the images, with the line that is
    wrong, or why the file cannot be read.
    """
    header, rows, doubts = read_lines(file)
    places = find_columns(header, [cells for _, cells in rows], columns, file.name)
    named = tuple((line, cells) for line, row in rows for cells in row_cells(places, header, row))
    doubts = (*doubts, places.words, places.question, places.split_question)
    return Table(rows=named, doubts=tuple(filter(None, doubts)), question=places.question)


def read_lines(file: Path) -> tuple[list[str], list[Row], tuple[str, ...]]:
    """What the columns of a table are called, the rows below that, and what is to be doubted of how it is written."""
    try:
        rows, doubts = (json_rows(file), ()) if _holds_lines(file) else _rows(file.read_bytes(), file.name)
    except OSError as error:
        raise StudioError(f"{file.name} cannot be read: {error.strerror}") from error
    header, rows, start = _parted(rows, file.name)
    return header, rows, (*start, *doubts)


def is_table(file: Path) -> bool:
    """Whether a file is a table, by its name; one of lines of JSON where an own export is in it."""
    return file.suffix.lower() in TABLE_SUFFIXES or (_holds_lines(file) and is_own_export(file))


def _holds_lines(file: Path) -> bool:
    return file.suffix.lower() == LINES_SUFFIX


def _rows(content: bytes, name: str) -> tuple[Sequence[Row], tuple[str, ...]]:
    """The rows that are not empty, and what is to be doubted of how they are written."""
    if content.startswith(OLD_WORKBOOK):
        raise StudioError(f"{name} is a workbook of Excel 97 to 2003; save it as an Excel workbook (.xlsx) or CSV")
    if content.startswith(WORKBOOK):
        from vabal_core.images.ingest.sheets import table_of_sheets  # only now: few tables are workbooks
        from vabal_core.images.ingest.workbook import read_sheets

        return table_of_sheets(read_sheets(content, name), name)
    encoding = encoding_of(content, name)
    doubt = f"{name} is not UTF-8 and was read as Windows-1252 (Western European): are all names right?"
    return tuple(text_rows(content.decode(encoding), name)), (doubt,) if encoding == WESTERN else ()


def _parted(rows: Sequence[Row], name: str) -> tuple[list[str], list[Row], tuple[str, ...]]:
    """The names of the columns, the rows below them, and what is to be said of lines above."""
    place = header_place([cells for _, cells in rows[:HEADER_SOUGHT_IN]])
    if place is None:
        header, below = unnamed(max(len(cells) for _, cells in rows[:HEADER_SOUGHT_IN])), list(rows)
    else:
        header, below = list(rows[place][1]) if rows else [], list(rows[place + 1 :])
    above = (
        f"{name}: the columns are named in line {rows[place][0]}; what stands above is passed over." if place else ""
    )
    return header, list(_checked(below, len(header), name)), (above,)


def _checked(rows: Sequence[Row], columns: int, name: str) -> Iterator[Row]:
    for line, cells in rows:
        if any(cell.strip() for cell in cells[columns:]):
            raise StudioError(
                f"{name}, line {line}: {len(cells)} cells, but the first line names {columns}; "
                "put quotes around a path that holds a comma"
            )
        yield line, cells
