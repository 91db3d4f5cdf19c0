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
from vabal_core.images.ingest.table_words import LABEL_WORDS, plain_word
from vabal_core.types import Doubt, StudioError

ENDINGS = (".csv", ".tsv", ".xlsx")
MAX_TEXTS = 20  # of a folder: more are one for each image
READ_ALREADY = (SPLIT_FILE, "metadata.csv")
MAX_TABLES = 20
MAX_BYTES = 64 * 2**20


def tables_beside(folder: Path, images: Sequence[str]) -> Iterator[tuple[str, int]]:
    """(path, count) of each table in `folder`, or one folder down, that gives classes to `count` of its `images` (paths
    relative to it)."""
    return ((name, count) for name, count, question in _all_beside(folder, images) if not question)


def unread_doubts(folder: Path, images: Sequence[str], beside: str) -> Iterator[Doubt]:
    """What is to be said of each such table, but of the one that is read with the folder, `beside`."""
    for name, count, question in _all_beside(folder, images):
        some = "1 of these images" if count == 1 else f"{count:,} of these images"
        if question:
            text = f"{name} names {some}; with the folder it is not read. {question} Import {name} itself"
            yield Doubt(about="other", text=f"{text}, now or afterwards.")
        elif name != beside:
            text = f"{name} gives classes to {some}; with the folder it is not read. To take them, import {name} itself"
            yield Doubt(about="table", text=f"{text}, now or afterwards.", table=name)


def _all_beside(folder: Path, images: Sequence[str]) -> Iterator[tuple[str, int, str]]:
    """(path, count, question) of the tables that give classes to `count` images, or name them and would do so once the
    question is answered."""
    index = ImageIndex(images)
    for table in islice(_tables(folder), MAX_TABLES):
        count, question = _labelled(table, index)
        if count:
            yield table.relative_to(folder).as_posix(), count, question


def _tables(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        if Path(place) != folder:
            folders.clear()
        texts = sum(name.lower().endswith(".txt") for name in names)
        endings = (*ENDINGS, ".txt") if texts <= MAX_TEXTS else ENDINGS
        for name in sorted(names):
            table = Path(place) / name
            fits = name.lower().endswith(endings) and name not in READ_ALREADY and not table.is_symlink()
            if fits and table.stat().st_size <= MAX_BYTES:
                yield table


def _labelled(table: Path, index: ImageIndex) -> tuple[int, str]:
    """How many of the images the table gives a class, or names where the class has to be asked for, and that
    question."""
    try:
        content = read_table(table)
    except StudioError:
        return 0, ""
    titles = content.rows[0][1] if content.rows and content.question else ()
    question = content.question if any(plain_word(title).startswith(tuple(LABEL_WORDS)) for title in titles) else ""
    named = {cells["path"] for _, cells in content.rows if question or cells.get("label", "").strip()}
    return len({path for name in named if (path := _called(name, index))}), question


def _called(name: str, index: ImageIndex) -> str:
    try:
        return path_called(index, name, "")
    except BadRecord:
        return ""
