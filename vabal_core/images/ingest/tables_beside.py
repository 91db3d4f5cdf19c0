"""Tables that lie in a folder of images and give them classes: they are not read with the folder, but named."""

import os
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from vabal_core.images.ingest.by_name import path_called
from vabal_core.images.ingest.formats.annotation import BadRecord
from vabal_core.images.ingest.formats.image_index import ImageIndex
from vabal_core.images.ingest.sources import SPLIT_FILE
from vabal_core.images.ingest.table_file import read_table
from vabal_core.types import Doubt, StudioError

ENDINGS = (".csv", ".tsv", ".xlsx")
READ_ALREADY = (SPLIT_FILE, "metadata.csv")
MAX_TABLES = 20
MAX_BYTES = 64 * 2**20


def tables_beside(folder: Path, images: Sequence[str]) -> Iterator[tuple[str, int]]:
    """(path, count) of each table in `folder`, or one folder down, that gives classes to `count` of its `images` (paths
    relative to it)."""
    index = ImageIndex(images)
    for table in islice(_tables(folder), MAX_TABLES):
        if count := _labelled(table, index):
            yield table.relative_to(folder).as_posix(), count


def unread_doubts(folder: Path, images: Sequence[str], beside: str) -> Iterator[Doubt]:
    """What is to be said of each such table, but of the one that is read with the folder, `beside`."""
    for name, count in tables_beside(folder, images):
        if name != beside:
            some = "1 of these images" if count == 1 else f"{count:,} of these images"
            text = f"{name} gives classes to {some}; with the folder it is not read. To take them, import {name} itself"
            yield Doubt(about="table", text=f"{text}, now or afterwards.", table=name)


def _tables(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        if Path(place) != folder:
            folders.clear()
        for name in sorted(names):
            table = Path(place) / name
            fits = name.lower().endswith(ENDINGS) and name not in READ_ALREADY and not table.is_symlink()
            if fits and table.stat().st_size <= MAX_BYTES:
                yield table


def _labelled(table: Path, index: ImageIndex) -> int:
    """How many of the images the table gives a class."""
    try:
        rows = read_table(table).rows
    except StudioError:
        return 0
    named = {cells["path"] for _, cells in rows if cells.get("label", "").strip()}
    return len({path for name in named if (path := _called(name, index))})


def _called(name: str, index: ImageIndex) -> str:
    try:
        return path_called(index, name, "")
    except BadRecord:
        return ""
