"""LabelMe: a JSON file an image, with its shapes, or flags where nothing is drawn."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from vabal_core.images.ingest.formats.annotation import (
    Annotation,
    BadRecord,
    LabelledBox,
    Offer,
    class_called,
    mapping,
)
from vabal_core.images.ingest.formats.shapes import around_points
from vabal_core.types import ImportProblem

NAME = "LabelMe"


def is_one(document: Any) -> bool:
    return isinstance(document, dict) and isinstance(document.get("shapes"), list) and "imagePath" in document


def read(document: Any, file: str) -> Iterator[Offer]:
    """The image of one file: beside it, called like it. A shape that cannot be used leaves the class of the image
    open."""
    where = PurePosixPath(file)
    boxes: list[LabelledBox] = []
    problems = []
    for number, shape in enumerate(document["shapes"]):
        try:
            kind = str(mapping(shape).get("shape_type", ""))
            boxes.append(around_points(shape.get("points"), class_called(shape.get("label")), kind))
        except BadRecord as error:
            problems.append(ImportProblem(path=file, reason=f"unusable record: shapes[{number}]: {error}"))
    yield from problems
    inside = PurePosixPath(str(document["imagePath"]).replace("\\", "/")).name
    flags = document.get("flags") if not document["shapes"] else None
    yield Annotation(
        names=tuple(dict.fromkeys((f"{where.stem}{PurePosixPath(inside).suffix}", where.stem, inside))),
        record=file,
        near=str(where.parent),
        labels=tuple(name for name, is_set in flags.items() if is_set is True) if isinstance(flags, dict) else (),
        boxes=tuple(boxes),
        incomplete=bool(problems),
    )
