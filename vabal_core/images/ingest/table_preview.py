"""The first rows of a table, with what its columns are taken for: shown where that was guessed or cannot be told."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from vabal_core.images.ingest.table_columns import ColumnPlaces, find_columns, unnamed
from vabal_core.images.ingest.table_file import AS_IT_TELLS, read_lines
from vabal_core.types import StudioError, TableColumns

ROWS = 5


@dataclass(frozen=True, kw_only=True)
class TablePreview:
    """`titles` are the columns, each by a name that no other has, `rows` the first ones. `columns` are those that are
    taken ("": none), `in_doubt` whether that was guessed, or cannot be told, or no class came of it."""

    titles: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    columns: TableColumns
    in_doubt: bool


def preview_table(file: Path, chosen: TableColumns = AS_IT_TELLS) -> TablePreview:
    """The table with its columns as they were `chosen`, or as it tells. StudioError where it is none."""
    header, lines, _ = read_lines(file)
    cells = [row for _, row in lines]
    titles = _different(header)
    try:
        places = find_columns(header, cells, chosen, file.name)
    except StudioError:  # said by whoever reads it whole
        columns, in_doubt = chosen, True
    else:
        columns = _columns(places, titles)
        others = set(titles) - {columns.image, columns.label, columns.split}
        in_doubt = bool(places.words or places.question or (others and not places.names_classes))
    rows = tuple(tuple((*row, *[""] * len(titles))[: len(titles)]) for row in cells[:ROWS])
    return TablePreview(titles=titles, rows=rows, columns=columns, in_doubt=in_doubt)


def _columns(places: ColumnPlaces, titles: tuple[str, ...]) -> TableColumns:
    label, split = ("" if place is None else titles[place] for place in (places.label, places.split))
    return TableColumns(image=titles[places.image], label=titles[places.image] if places.joined else label, split=split)


def _different(header: list[str]) -> tuple[str, ...]:
    """The titles; "column 3" for one that is empty or stands twice."""
    titles = [title.strip() for title in header]
    counts = Counter(titles)
    numbered = zip(titles, unnamed(len(titles)), strict=True)
    return tuple(title if title and counts[title] == 1 else number for title, number in numbered)
