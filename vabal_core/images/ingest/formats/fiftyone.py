"""FiftyOne's image classification directory: the images in data/, and labels.json with the class of each."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from vabal_core.images.ingest.formats.annotation import (
    Annotation,
    BadRecord,
    Offer,
    class_called,
    is_no_class,
    split_in,
)
from vabal_core.types import ImportProblem, Split

NAME = "FiftyOne"


def is_one(document: Any) -> bool:
    return isinstance(document, dict) and isinstance(document.get("labels"), dict) and "classes" in document


def read(document: Any, file: str) -> Iterator[Offer]:
    """The images, named without their endings. A class is a name, a place in the list of classes, or an object with a
    label; null where the image has none."""
    folder = PurePosixPath(file).parent
    split = split_in(folder.name)
    for name, value in document["labels"].items():
        try:
            yield _image(name, value, document["classes"], f"labels[{name!r}] of {file}", str(folder), split)
        except BadRecord as error:
            yield ImportProblem(path=file, reason=f"unusable record: labels[{name!r}]: {error}")


def _image(name: str, value: Any, classes: Any, where: str, near: str, split: Split | None) -> Annotation:
    if isinstance(value, dict):
        value = value.get("label")
    if isinstance(value, int) and not isinstance(value, bool) and isinstance(classes, list):
        if not 0 <= value < len(classes):
            raise BadRecord(f"class {value} is not among the {len(classes)} classes")
        value = classes[value]
    labels = () if is_no_class(value) else (class_called(value),)
    return Annotation(names=(name,), record=where, near=near, labels=labels, split=split)
