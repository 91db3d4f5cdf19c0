"""Write rows as CSV that a spreadsheet, pandas and Python's csv module all read back."""

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from vabal_core.types.cells import as_cell

Cell = str | int | float | datetime | None

ROWS_A_PIECE = 500


def csv_pieces(header: Sequence[str], rows: Iterable[Sequence[Cell]], *, excel: bool = False) -> Iterator[bytes]:
    """The file in pieces, UTF-8, lines ended by CRLF (RFC 4180), made as the rows come: memory stays constant.

    Numbers are written so that reading them gives the same number; None is an empty cell; a time is ISO 8601 in UTC.
    A text that a spreadsheet would run as a formula gets an apostrophe before it, see types/cells.py.
    `excel`: a byte order mark comes first, by which Excel knows that the file is UTF-8.
    """
    if excel:
        yield codecs.BOM_UTF8
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(header)
    for count, row in enumerate(rows, start=1):
        writer.writerow([_text(cell) for cell in row])
        if count % ROWS_A_PIECE == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).isoformat()
    if isinstance(cell, str):
        return as_cell(cell)
    return repr(cell)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()
