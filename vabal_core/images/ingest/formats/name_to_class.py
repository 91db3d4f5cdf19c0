"""JSON that maps the name of each image to its class, or lists one object an image with both."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from vabal_core.images.ingest.formats.annotation import Annotation, BadRecord, Offer, class_called, is_no_class
from vabal_core.images.ingest.image_names import names_an_image
from vabal_core.images.ingest.table_words import IMAGE_WORDS, LABEL_WORDS, plain_word
from vabal_core.types import ImportProblem

NAME = "JSON of names and classes"


def is_one(document: Any) -> bool:
    pairs = _pairs(document)
    return bool(pairs) and all(
        isinstance(name, str) and names_an_image(name) and _is_plain(value) for name, value in pairs
    )


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float)


def _pairs(document: Any) -> list[tuple[Any, Any]]:
    if isinstance(document, dict):
        return list(document.items())
    if not isinstance(document, list) or not all(isinstance(row, dict) for row in document):
        return []
    rows = [
        ({key for key in row if plain_word(key) in words} for words in (IMAGE_WORDS, LABEL_WORDS)) for row in document
    ]
    pairs = []
    for row, (images, labels) in zip(document, rows, strict=True):
        if len(images) != 1 or len(labels) != 1:
            return []
        pairs.append((row[images.pop()], row[labels.pop()]))
    return pairs


def read(document: Any, file: str) -> Iterator[Offer]:
    near = str(PurePosixPath(file).parent)
    for name, value in _pairs(document):
        try:
            labels = () if is_no_class(value) else (class_called(value),)
        except BadRecord as error:
            yield ImportProblem(path=file, reason=f"unusable record: {name}: {error}")
        else:
            yield Annotation(names=(name,), record=f"{name} of {file}", near=near, labels=labels)
