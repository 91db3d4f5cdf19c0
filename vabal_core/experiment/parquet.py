"""Images in a parquet file, a row an image: encoded bytes, label, and split and class name where they are stated."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from vabal_core.experiment.datasets import LabelledImage, write_images
from vabal_core.loop.events import Work
from vabal_core.types import StudioError

IMAGE_COLUMNS = ("jpeg", "png", "image", "img", "bytes")
LABEL_COLUMNS = ("label", "fine_label")
NAME_COLUMNS = ("name", "label_name")
ROWS_AT_ONCE = 512


def write_parquet(file: Path, folder: Path) -> Work[Sequence[str]]:
    """Write the images of `file` into `folder`, for an import to read.

    An image column holds the bytes of a file, or a struct with a field `bytes` of them. A label is a number or a text;
    numbers give the classes their order, and the column `name` gives them names. Returns the order of the classes.
    StudioError names the column that is missing.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(file) as table:
            columns = _columns(file, table.schema_arrow.names)
            images = _images(table, columns)
            yield from write_images(folder, images, table.metadata.num_rows)
            return _class_order(table, columns)
    except pa.ArrowException as error:
        raise StudioError(f"{file} cannot be read as parquet: {error}") from error


def _columns(file: Path, names: Sequence[str]) -> dict[str, str]:
    """role -> the column that has it."""
    columns = {}
    for role, allowed in (("image", IMAGE_COLUMNS), ("label", LABEL_COLUMNS)):
        column = next((name for name in allowed if name in names), None)
        if column is None:
            choices = ", ".join(allowed)
            raise StudioError(f"{file} has no column of {role}s ({choices}); it has {', '.join(names)}. Rename one.")
        columns[role] = column
    optional = {"name": NAME_COLUMNS, "split": ("split",)}
    return columns | {role: name for role, allowed in optional.items() for name in names if name in allowed}


def _images(table: Any, columns: dict[str, str]) -> Iterator[LabelledImage]:
    for batch in table.iter_batches(ROWS_AT_ONCE, columns=list(columns.values())):
        for row in batch.to_pylist():
            content = row[columns["image"]]
            content = content.get("bytes") if isinstance(content, dict) else content
            yield LabelledImage(content or b"", _label(row, columns), str(row.get("split") or ""))


def _label(row: dict[str, Any], columns: dict[str, str]) -> str:
    """The class's name; "" where it is not stated, also as a negative number, as Hugging Face writes it."""
    label = row[columns["label"]]
    if label is None or isinstance(label, int) and label < 0:
        return ""
    return str(row.get(columns.get("name", "")) or label)


def _class_order(table: Any, columns: dict[str, str]) -> list[str]:
    rows = table.read([column for role, column in columns.items() if role in ("label", "name")]).to_pylist()
    numbers = {_label(row, columns).strip(): row[columns["label"]] for row in rows if _label(row, columns)}
    if not all(isinstance(number, int) for number in numbers.values()):
        return []
    return sorted(numbers, key=numbers.__getitem__)
