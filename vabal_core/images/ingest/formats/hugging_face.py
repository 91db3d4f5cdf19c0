"""Hugging Face's imagefolder: images, and metadata.csv, .jsonl or .parquet with a row an image, in any folder. Other
lines of JSON that name images, such as a Studio writes, are read alike."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from vabal_core.images.ingest.formats.annotation import (
    Annotation,
    BadRecord,
    LabelledBox,
    Offer,
    class_called,
    each_record,
    is_no_class,
    mapping,
    numbers,
    split_in,
    text_in,
)
from vabal_core.images.ingest.json_lines import json_lines
from vabal_core.images.ingest.table import fingerprint_in, labelled_at_in, tile_in
from vabal_core.images.ingest.table_file import read_table
from vabal_core.images.ingest.table_words import LABEL_WORDS, plain_word
from vabal_core.types import StudioError, TableColumns
from vabal_core.types.cells import as_written

NAME = "Hugging Face imagefolder"
ENDINGS = (".csv", ".jsonl", ".parquet")
IMAGE_COLUMNS = ("file_name", "image", "path")
CONTAINERS = (dict, list)  # no names of a class, whatever they are called
LABEL_COLUMNS = ("label", "labels", "class", "category")


def is_one(file: Path, path: str) -> bool:
    """Whether the file is called as this format wants it, or holds lines of JSON that name images."""
    if PurePosixPath(path).name in tuple(f"metadata{ending}" for ending in ENDINGS):
        return True
    if not path.lower().endswith(".jsonl"):
        return False
    try:
        _, first = next(json_lines(file, path), (0, None))
    except (StudioError, OSError):
        return False
    return isinstance(first, dict) and isinstance(first.get("file_name", first.get("path")), str)


def read(file: Path, path: str) -> Iterator[Offer]:
    """The rows of one metadata file. StudioError, with the line, where it cannot be read."""
    near = str(PurePosixPath(path).parent)
    yield from each_record(_rows(file, path), "rows", path, partial(_image, near=near))


def _rows(file: Path, path: str) -> Iterator[Any]:
    if file.suffix == ".jsonl":
        return (row for _, row in json_lines(file, path))
    return _parquet_rows(file, path) if file.suffix == ".parquet" else _csv_rows(file, path)


def _csv_rows(file: Path, path: str) -> Iterator[Any]:
    try:
        table = read_table(file, TableColumns(image=IMAGE_COLUMNS[0]))
    except StudioError:  # it is wrong, or the images are named by another column
        table = read_table(file)
    for _, cells in table.rows:
        label = as_written(cells["label"]) if "label" in cells else None
        yield cells | {IMAGE_COLUMNS[0]: cells["path"], LABEL_COLUMNS[0]: label}


def _parquet_rows(file: Path, path: str) -> Iterator[Any]:
    from pyarrow import ArrowException, parquet  # only now: it takes a moment to load

    try:
        with parquet.ParquetFile(file) as table:
            for batch in table.iter_batches(1_000):
                yield from batch.to_pylist()
    except ArrowException as error:
        raise StudioError(f"{path} is no Parquet file, or a damaged one ({error})") from error


def _image(row: Any, where: str, *, near: str) -> Annotation:
    column = next((name for name in IMAGE_COLUMNS if name in mapping(row)), IMAGE_COLUMNS[0])
    value = row.get(_label_column(row))
    split = row.get("split")
    return Annotation(
        names=(text_in(row, column),),
        record=where,
        near=near,
        labels=() if is_no_class(value) else (class_called(value),),
        boxes=_boxes(row.get("objects")),
        split=split_in(split) if isinstance(split, str) else None,
        fingerprint=fingerprint_in({"fingerprint": str(row.get("fingerprint", ""))}),
        labelled_at=labelled_at_in({"labelled_at": str(row.get("labelled_at", ""))}),
        tile=tile_in(row),
    )


def _label_column(row: dict[str, Any]) -> str:
    """The key of the class: one of the usual, or the only one that is called like a class; "" where none is."""
    usual = next((name for name in LABEL_COLUMNS if name in row), "")
    named = [name for name, value in row.items() if not isinstance(value, CONTAINERS)]
    alike = [name for name in named if plain_word(name) in LABEL_WORDS]
    return usual or (alike[0] if len(alike) == 1 else "")


def _boxes(objects: Any) -> tuple[LabelledBox, ...]:
    """The boxes of a data set for detection: {"bbox": [[x, y, width, height], ...], "categories": [...]}."""
    if not objects:
        return ()
    sizes, labels = (mapping(objects).get(key) for key in ("bbox", "categories"))
    if not isinstance(sizes, list) or not isinstance(labels, list) or len(sizes) != len(labels):
        raise BadRecord("its objects have no bbox and categories of one length")
    edges = [numbers(size, 4, "a bbox") for size in sizes]
    return tuple(
        LabelledBox(label=class_called(label), x=x, y=y, width=width, height=height)
        for label, (x, y, width, height) in zip(labels, edges, strict=True)
    )
