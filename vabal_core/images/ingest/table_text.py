"""The lines of a table that is a text: in whatever encoding, parted by whatever character."""

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import islice

from vabal_core.images.ingest.table_words import Row, likeness
from vabal_core.types import StudioError

DELIMITERS = ",;\t|"
LINES_LOOKED_AT = 20  # by these the delimiter is chosen
MAX_CELL_CHARACTERS = 2**27  # a mask written as runs of pixels is longer than what csv allows by itself
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
WESTERN = "cp1252"  # what Windows writes where nobody asks for Unicode


def encoding_of(content: bytes, name: str) -> str:
    """How the text is encoded, as far as it tells. StudioError where it is no text that is known here."""
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


def text_rows(text: str, name: str) -> Iterator[Row]:
    """The lines of a text that are not empty, parted by whatever parts the first of them into columns that are known.

    StudioError, with the line, where a quote is never closed or stands where none may be.
    """
    first, _, rest = text.partition("\n")
    start = first.strip()
    skipped, delimiters = 0, DELIMITERS
    if start.lower().startswith("sep=") and len(start) == 5:  # Excel's own way of saying it
        text, skipped, delimiters = rest, 1, start[-1]
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    delimiter = max(delimiters, key=lambda character: likeness(_first_rows(text, character)))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num + skipped, cells
    except csv.Error as error:
        line = reader.line_num + skipped
        raise StudioError(f"{name}, line {line}: {error}; put cells with commas in quotes") from error


def _first_rows(text: str, delimiter: str) -> list[Sequence[str]]:
    try:
        return list(islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), LINES_LOOKED_AT))
    except csv.Error:
        return []
