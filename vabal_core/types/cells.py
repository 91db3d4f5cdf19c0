"""How a text stands in a cell of a table that a spreadsheet may open."""

# A spreadsheet runs a cell that begins with one of these as a formula, whoever wrote the file name or class name.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
_STARTS = {"'", *FORMULA}  # most texts begin with none of these, and tables have millions of cells


def as_cell(text: str) -> str:
    """`text`, with an apostrophe before it where a spreadsheet would run it as a formula."""
    return "'" + text if _runs(text) else text


def as_written(cell: str) -> str:
    """The text that `as_cell` wrote as `cell`."""
    return cell[1:] if cell.startswith("'") and _runs(cell) else cell


def _runs(text: str) -> bool:
    """Whether a spreadsheet would run it. Behind apostrophes too, so that one added can be told from one's own."""
    return text[:1] in _STARTS and text.lstrip("'").startswith(FORMULA)
