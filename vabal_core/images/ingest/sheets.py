"""Which sheets of a workbook are the table of images: the one that looks most like it, and those with its columns."""

from collections.abc import Sequence

from vabal_core.images.ingest.table_words import HEADER_SOUGHT_IN, Row, header_place, likeness, plain_word
from vabal_core.images.ingest.workbook import Sheet


def table_of_sheets(sheets: Sequence[Sheet], name: str) -> tuple[Sequence[Row], tuple[str, ...]]:
    """The rows of the sheets that are read, one below the other, and what is to be doubted of them."""
    filled = [sheet for sheet in sheets if sheet.rows]
    if not filled:
        return (), ()
    best = max(filled, key=lambda sheet: _likeness(sheet)[:3])
    alike = [sheet for sheet in filled if sheet is not best and _columns(best) and _columns(sheet) == _columns(best)]
    others = [sheet for sheet in filled if sheet not in (best, *alike) and _names_images(sheet)]
    doubts = [doubt for sheet in (best, *alike) for doubt in sheet.doubts]
    if alike:
        titles = _titles([sheet for sheet in filled if sheet in (best, *alike)])
        doubts.append(f"{name}: the sheets {titles} have the same columns, and are read one after the other.")
    if others:
        doubts.append(
            f"{name}: of its sheets {_titles([best])} is read; {_titles(others)} may name images, too, and would have "
            "to be saved as a file of its own."
        )
    return (*best.rows, *(row for sheet in alike for row in sheet.rows[_header_end(sheet) :])), tuple(doubts)


def _start(sheet: Sheet) -> list[Sequence[str]]:
    return [cells for _, cells in sheet.rows[:HEADER_SOUGHT_IN]]


def _likeness(sheet: Sheet) -> tuple[int, int, bool, int]:
    return likeness(_start(sheet))


def _header_end(sheet: Sheet) -> int:
    return (header_place(_start(sheet)) or 0) + 1


def _columns(sheet: Sheet) -> list[str]:
    """The names of its columns; none where its first row names none."""
    place = header_place(_start(sheet))
    return [] if place is None else [plain_word(cell) for cell in sheet.rows[place][1] if cell.strip()]


def _names_images(sheet: Sheet) -> bool:
    own, known_words, image, _ = _likeness(sheet)
    return image and (own + known_words > 0 or len(sheet.rows) > 1)


def _titles(sheets: Sequence[Sheet]) -> str:
    return ", ".join(f"“{sheet.title}”" for sheet in sheets)
