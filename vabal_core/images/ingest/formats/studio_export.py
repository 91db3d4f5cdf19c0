"""The Studio's own exports: manifest.json names every file with its class, its split and its SHA-256."""

from collections.abc import Iterator
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from vabal_core.images.ingest.formats.annotation import (
    Annotation,
    BadRecord,
    Offer,
    each_record,
    mapping,
    numbers,
    split_in,
    text_in,
)
from vabal_core.images.ingest.table import fingerprint_in, labelled_at_in
from vabal_core.types import Box, Tile
from vabal_core.types.names import tidy_name, why_no_name

NAME = "VaB-AL Studio"


def is_one(document: Any) -> bool:
    return isinstance(document, dict) and document.get("made_by") == NAME and isinstance(document.get("files"), list)


def documents(document: Any, file: str) -> list[str]:
    """The paths of the files beside the images that are written for other programs, and say the same."""
    folder = PurePosixPath(file).parent
    named = document.get("documents")
    records = named if isinstance(named, list) else []
    return [str(folder / record["file"]) for record in records if isinstance(record, dict) and "file" in record]


def classes(document: Any) -> list[str]:
    """The classes of the project in their order, those without an image, too."""
    named = document.get("classes")
    texts = [tidy_name(name) for name in named if isinstance(name, str)] if isinstance(named, list) else []
    return [name for name in texts if not why_no_name(name)]


def read(document: Any, file: str) -> Iterator[Offer]:
    """The images that the manifest names."""
    yield from each_record(document["files"], "files", file, partial(_image, near=str(PurePosixPath(file).parent)))


def _image(record: Any, where: str, *, near: str) -> Annotation | None:
    path = text_in(record, "file")
    label = record.get("label")
    if label is None:
        return None
    split = split_in(text_in(record, "split"))
    if split is None or not isinstance(label, str):
        raise BadRecord("its label or its split is none that a Studio writes")
    return Annotation(
        names=(path,),
        record=where,
        near=near,
        labels=(label,),
        split=split,
        fingerprint=fingerprint_in({"fingerprint": text_in(record, "sha256")}),
        labelled_at=labelled_at_in({"labelled_at": text_in(record, "labelled_at")}),
        tile=None if record.get("tile") is None else _tile(mapping(record["tile"])),
    )


def _tile(tile: dict[str, Any]) -> Tile:
    edges = numbers([tile.get(edge) for edge in ("x", "y", "width", "height")], 4, "a tile")
    x, y, width, height = map(int, edges)
    return Tile(
        parent=text_in(tile, "parent"),
        parent_fingerprint=text_in(tile, "parent_fingerprint"),
        box=Box(x=x, y=y, width=width, height=height),
    )
