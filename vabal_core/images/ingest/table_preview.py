"""The first rows of a table, with what its columns are taken for: shown where that was guessed or cannot be told."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vabal_core.images.ingest.column_places import ColumnPlaces
from vabal_core.images.ingest.shards import Shard, cell_text, content_of, find_shard_columns, opened
from vabal_core.images.ingest.table_columns import find_columns, unnamed
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
        places = None
    rows = tuple(tuple((*row, *[""] * len(titles))[: len(titles)]) for row in cells[:ROWS])
    return _preview(titles, rows, places, titles, chosen)


def preview_shard(shard: Shard, chosen: TableColumns = AS_IT_TELLS) -> TablePreview:
    """A Parquet file with images in it, as `preview_table`. StudioError where it is none."""
    with opened(shard.file) as table:
        titles = tuple(table.schema_arrow.names)
        batch = next(table.iter_batches(ROWS), None)
    rows = batch.to_pylist() if batch is not None else []
    try:
        columns = find_shard_columns(shard, chosen)
    except StudioError:
        return _preview(titles, _shown(rows, titles, {}), None, titles, chosen)
    sought = (columns.image, *columns.names)
    return _preview(titles, _shown(rows, titles, columns.classes), columns.places, sought, chosen)


def _shown(
    rows: Sequence[Mapping[str, Any]], titles: Sequence[str], classes: Mapping[str, Sequence[str]]
) -> tuple[tuple[str, ...], ...]:
    return tuple(
        tuple("picture" if content_of(row[title])[0] else cell_text(row[title], classes.get(title)) for title in titles)
        for row in rows
    )


def _preview(
    titles: tuple[str, ...],
    rows: tuple[tuple[str, ...], ...],
    places: ColumnPlaces | None,
    sought: Sequence[str],
    chosen: TableColumns,
) -> TablePreview:
    """`places` are among the columns `sought`; None: nobody can tell, and those that are `chosen` stand."""
    if places is None:
        return TablePreview(titles=titles, rows=rows, columns=chosen, in_doubt=True)
    columns = _columns(places, sought)
    others = set(titles) - {columns.image, columns.label, columns.split}
    in_doubt = bool(places.words or places.question or places.split_question or (others and not places.names_classes))
    return TablePreview(titles=titles, rows=rows, columns=columns, in_doubt=in_doubt)


def _columns(places: ColumnPlaces, titles: Sequence[str]) -> TableColumns:
    label, split = ("" if place is None else titles[place] for place in (places.label, places.split))
    return TableColumns(image=titles[places.image], label=titles[places.image] if places.joined else label, split=split)


def _different(header: list[str]) -> tuple[str, ...]:
    """The titles; "column 3" for one that is empty or stands twice."""
    titles = [title.strip() for title in header]
    counts = Counter(titles)
    numbered = zip(titles, unnamed(len(titles)), strict=True)
    return tuple(title if title and counts[title] == 1 else number for title, number in numbered)
