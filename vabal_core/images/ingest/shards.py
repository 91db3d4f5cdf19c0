"""Parquet files that hold the images themselves, as Hugging Face publishes data sets: where they are, what is in them.

A data set is one such file or a folder of them, its splits in their names: train-00000-of-00001.parquet.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vabal_core.images.ingest.column_places import ColumnPlaces
from vabal_core.images.ingest.formats.annotation import BadRecord, class_called, is_no_class, split_in
from vabal_core.images.ingest.table_columns import find_columns
from vabal_core.images.ingest.table_words import IMAGE_WORDS, plain_word
from vabal_core.types import StudioError, TableColumns

SUFFIX = ".parquet"
ROWS_LOOKED_AT = 1_000
_NUMBERED = re.compile(r"(.+?)[-_]\d+(?:-of-\d+)?(?:-[0-9a-f]+)?", re.IGNORECASE)
# How files of images begin, and what such a file is called.
_BEGINNINGS = ((b"\xff\xd8\xff", ".jpg"), (b"\x89PNG", ".png"), (b"BM", ".bmp"), (b"GIF8", ".gif"), (b"II*\0", ".tif"))
_BEGINNINGS += ((b"MM\0*", ".tif"), (b"RIFF", ".webp"), (b"\0\0\0\x0cjP", ".jp2"), (b"P5", ".pgm"), (b"P6", ".ppm"))


@dataclass(frozen=True, kw_only=True)
class Shard:
    """A file of a data set, and the folder that its images go to: that of its split ("train"), "" where it has none."""

    file: Path
    split: str


@dataclass(frozen=True, kw_only=True)
class ShardColumns:
    """The column of the images (bytes, or a struct with them and a path), and of the others those that are read as a
    table: `names`, among which `places` finds class and split. `classes`: column -> the names of its numbers."""

    image: str
    names: tuple[str, ...]
    places: ColumnPlaces
    classes: Mapping[str, tuple[str, ...]]


def image_shards(source: Path) -> tuple[Shard, ...]:
    """The files with images in them at `source`, a file or a folder, in the order of their paths; none where it is
    another source."""
    if os.path.isdir(source):
        files = sorted(Path(folder) / name for folder, _, names in os.walk(source) for name in names)
    else:
        files = [source]
    return tuple(
        Shard(file=file, split=_split_of(file, source))
        for file in files
        if file.suffix.lower() == SUFFIX and not file.is_symlink() and _holds_images(file)
    )


def find_shard_columns(shard: Shard, chosen: TableColumns) -> ShardColumns:
    """The columns of a data set. StudioError where several could hold the images; `places` asks for what is unsure."""
    with opened(shard.file) as table:
        images = _image_columns(table)
        image = _single_image(images, chosen, shard.file)
        classes = _class_names(table.schema_arrow)
        names = tuple(field.name for field in table.schema_arrow if _is_cell(field.type))
        batch = next(table.iter_batches(ROWS_LOOKED_AT, columns=list(names)), None) if names else None
        rows = batch.to_pylist() if batch is not None else []
    if not chosen.label and "label" not in names and len(numbered := [name for name in names if name in classes]) == 1:
        chosen = TableColumns(image=chosen.image, label=numbered[0], split=chosen.split)
    # The image stands first, as a cell that names one: the other columns are told as those of any table.
    cells = [["image.png", *(cell_text(row[name], classes.get(name)) for name in names)] for row in rows]
    sought = TableColumns(image=image, label=chosen.label, split=chosen.split)
    places = find_columns([image, *names], cells, sought, shard.file.name)
    return ShardColumns(image=image, names=names, places=places, classes=classes)


def cell_text(value: Any, classes: Sequence[str] | None) -> str:
    """A cell as text, a number of a class as its name; "" where there is none: -1 is no class there."""
    if classes is not None and isinstance(value, int):
        return classes[value] if 0 <= value < len(classes) else ""
    try:
        return "" if is_no_class(value) else class_called(value)
    except BadRecord:
        return ""


@contextmanager
def opened(file: Path) -> Iterator[Any]:
    """The file as pyarrow reads it; what is wrong with it as StudioError."""
    from pyarrow import ArrowException, parquet  # only now: it takes a moment to load

    try:
        with parquet.ParquetFile(file) as table:
            yield table
    except (ArrowException, OSError) as error:
        raise StudioError(f"{file.name} is no Parquet file, or a damaged one ({error})") from error


def content_of(value: Any) -> tuple[bytes, str]:
    """(bytes, name) of the cell of an image; each may be empty."""
    if isinstance(value, Mapping):
        return value.get("bytes") or b"", str(value.get("path") or "")
    return value if isinstance(value, bytes) else b"", ""


def ending_of(content: bytes) -> str:
    """The ending of a file with this content; "" where it is none of an image that is known."""
    return next((ending for beginning, ending in _BEGINNINGS if content.startswith(beginning)), "")


def _split_of(file: Path, source: Path) -> str:
    numbered = _NUMBERED.fullmatch(file.stem)
    names = [numbered[1] if numbered else file.stem, *reversed(file.relative_to(source).parts[:-1])]
    return next((name for name in names if split_in(name)), "")


def _holds_images(file: Path) -> bool:
    try:
        with opened(file) as table:
            return bool(_image_columns(table))
    except StudioError:  # said where annotations are read
        return False


def _image_columns(table: Any) -> list[str]:
    """Those with bytes that begin as an image does."""
    from pyarrow import types

    schema = table.schema_arrow
    likely = [
        field.name
        for field in schema
        if types.is_binary(field.type)
        or types.is_large_binary(field.type)
        or (types.is_struct(field.type) and field.type.get_field_index("bytes") >= 0)
    ]
    if not likely:
        return []
    batches = table.iter_batches(8, columns=likely)
    rows = [row for batch, _ in zip(batches, range(4), strict=False) for row in batch.to_pylist()]
    return [name for name in likely if any(ending_of(content_of(row[name])[0]) for row in rows)]


def _single_image(images: Sequence[str], chosen: TableColumns, file: Path) -> str:
    named = [name for name in images if plain_word(name) in IMAGE_WORDS]
    if chosen.image:
        named = [name for name in images if name == chosen.image]
    likely = named or ([] if chosen.image else images)
    if len(likely) != 1:
        some = ", ".join(f"“{name}”" for name in images)
        raise StudioError(
            f"{file.name}: which column holds the images? It could be {some}. Say which it is (on the command line: "
            "--image-column)."
        )
    return likely[0]


def _class_names(schema: Any) -> dict[str, tuple[str, ...]]:
    """Column -> names by number, as the schema of a data set gives them."""
    try:
        features = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
        lists = {name: feature["names"] for name, feature in features.items() if feature.get("_type") == "ClassLabel"}
        return {name: tuple(map(str, names)) for name, names in lists.items()}
    except (KeyError, TypeError, ValueError, AttributeError):
        return {}


def _is_cell(kind: Any) -> bool:
    from pyarrow import types

    numbers = types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind)
    texts = types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind)
    return numbers or texts or types.is_dictionary(kind)
