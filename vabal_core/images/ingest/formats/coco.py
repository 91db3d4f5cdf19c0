"""COCO JSON: images, annotations and categories, linked by number."""

from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from vabal_core.images.ingest.formats.annotation import (
    Annotation,
    BadRecord,
    LabelledBox,
    Offer,
    class_called,
    each_record,
    mapping,
    numbers,
    split_in,
    text_in,
)
from vabal_core.types import ImportProblem, Split

NAME = "COCO"
Marks = dict[Any, list[tuple[str, tuple[float, ...] | None]]]  # image number -> (class, its box or None)
Unread = dict[str, set[str]]  # image number -> "box" or "whole", what its annotations speak of that cannot be used


def is_one(document: Any) -> bool:
    return (
        isinstance(document, dict)
        and isinstance(document.get("images"), list)
        and all(isinstance(document.get(key), list) for key in ("annotations", "categories"))
    )


def read(document: Any, file: str) -> Iterator[Offer]:
    """The images of a COCO file. A box over the whole image, or an annotation without one, is the image's own class.

    The split is what the name of the file says, or of its folder: instances_val2017.json, valid/_annotations.coco.json.
    """
    marks: Marks = defaultdict(list)
    unread: Unread = defaultdict(set)
    yield from _collect(document, file, marks, unread)
    path = PurePosixPath(file)
    split = split_in(path.stem) or split_in(path.parent.name)
    offer_of = partial(_image, marks=marks, unread=unread, near=str(path.parent), split=split)
    yield from each_record(document["images"], "images", file, offer_of)


def _collect(document: Any, file: str, marks: Marks, unread: Unread) -> Iterator[ImportProblem]:
    """Put each annotation at its image; `unread` are those with one that cannot be used."""
    names: dict[Any, str] = {}
    numbered = {_plain(image["id"]) for image in document["images"] if isinstance(image, dict) and "id" in image}

    def category(record: Any, where: str) -> None:
        names[_number(record, "id")] = class_called(mapping(record).get("name"))

    def mark(record: Any, where: str) -> None:
        image = _number(record, "image_id")
        if image not in numbered:
            raise BadRecord(f"image_id {image} is not among the images")
        try:
            marks[image].append(_mark(record, names))
        except BadRecord:
            unread[image].add("box" if record.get("bbox") else "whole")
            raise

    for name, read_one in (("categories", category), ("annotations", mark)):
        for problem in each_record(document[name], name, file, read_one):
            assert isinstance(problem, ImportProblem)
            yield problem


def _mark(record: Any, names: dict[str, str]) -> tuple[str, tuple[float, ...] | None]:
    number = _number(record, "category_id")
    if number not in names:
        raise BadRecord(f"category_id {number} is not among the categories")
    box = record.get("bbox")
    return names[number], None if not box else numbers(box, 4, "bbox")


def _number(record: Any, key: str) -> str:
    """The number of a record as text."""
    value = mapping(record).get(key)
    if not isinstance(value, int | str | float) or isinstance(value, bool):
        raise BadRecord(f"{key} is {value!r}; it should be a number")
    return _plain(value)


def _plain(value: Any) -> str:
    """As text: some programs write 7 in one place and "7" or 7.0 in another."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _image(record: Any, where: str, *, marks: Marks, unread: Unread, near: str, split: Split | None) -> Annotation:
    name, number = text_in(record, "file_name"), _number(record, "id")
    size = (record.get("width"), record.get("height"))
    labels, boxes = [], []
    for label, box in marks.get(number, ()):
        if box is None or (box[:2] == (0, 0) and box[2:] == size):
            labels.append(label)
        else:
            boxes.append(LabelledBox(label=label, x=box[0], y=box[1], width=box[2], height=box[3]))
    # Beside a class of the whole image its boxes do not count.
    incomplete = "whole" in (kinds := unread.get(number, ())) or bool(kinds and not labels)
    given = {"labels": tuple(labels), "boxes": tuple(boxes), "incomplete": incomplete}
    return Annotation(names=(name,), record=where, near=near, split=split, **given)
