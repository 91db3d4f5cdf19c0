"""VGG Image Annotator (VIA) 1 and 2: one JSON with the regions of each image and what was said of them."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from vabal_core.images.ingest.formats.annotation import (
    Annotation,
    BadRecord,
    LabelledBox,
    Offer,
    class_called,
    is_no_class,
    mapping,
    numbers,
    text_in,
)
from vabal_core.images.ingest.formats.shapes import around_centre, around_points
from vabal_core.images.ingest.table_words import LABEL_WORDS, plain_word
from vabal_core.types import ImportProblem

NAME = "VIA"


def is_one(document: Any) -> bool:
    images = _images(document)
    return bool(images) and all(isinstance(image, dict) and {"filename", "regions"} <= set(image) for image in images)


def _images(document: Any) -> list[Any]:
    inner = document.get("_via_img_metadata", document) if isinstance(document, dict) else None
    return list(inner.values()) if isinstance(inner, dict) else []


def read(document: Any, file: str) -> Iterator[Offer]:
    """The images: what is said of the file is its class, what is said of a region that of a box. Of several things that
    are said the one that is called like a class counts."""
    near = str(PurePosixPath(file).parent)
    for number, image in enumerate(_images(document)):
        where = f"image {number} of {file}"
        try:
            name = text_in(image, "filename")
            labels = _class_in(mapping(image.get("file_attributes") or {}), only_named=True)
        except BadRecord as error:
            yield ImportProblem(path=file, reason=f"unusable record: image {number}: {error}")
            continue
        regions = image["regions"].values() if isinstance(image["regions"], dict) else image["regions"]
        boxes: list[LabelledBox] = []
        problems = list(_take(regions, boxes, f"{file}", number))
        yield from problems
        given = {"labels": tuple(labels), "boxes": tuple(boxes), "incomplete": bool(problems and not labels)}
        yield Annotation(names=(name,), record=where, near=near, **given)


def _take(regions: Any, boxes: list[LabelledBox], file: str, image: int) -> Iterator[ImportProblem]:
    for number, region in enumerate(regions):
        try:
            shape = mapping(mapping(region).get("shape_attributes"))
            labels = _class_in(mapping(region.get("region_attributes") or {}))
            if not labels:
                raise BadRecord("nothing says its class")
            boxes += [_box(shape, label) for label in labels]
        except BadRecord as error:
            yield ImportProblem(path=file, reason=f"unusable record: image {image}, region {number}: {error}")


def _class_in(attributes: dict[str, Any], *, only_named: bool = False) -> list[str]:
    """The classes that the attributes give. BadRecord where several may."""
    filled = {key: value for key, value in attributes.items() if not is_no_class(value) and value != {}}
    named = {key: value for key, value in filled.items() if plain_word(key) in LABEL_WORDS}
    chosen = named or ({} if only_named else filled)
    if len(chosen) > 1:
        raise BadRecord(f"which of its attributes is the class: {', '.join(chosen)}?")
    (value,) = chosen.values() if chosen else ({},)
    if isinstance(value, dict):  # boxes to tick
        return [name for name, ticked in value.items() if ticked]
    return [class_called(value)]


def _box(shape: dict[str, Any], label: str) -> LabelledBox:
    if "all_points_x" in shape:
        return around_points(list(zip(shape["all_points_x"], shape.get("all_points_y", ()), strict=False)), label)
    if "cx" in shape:
        centre = numbers([shape.get("cx"), shape.get("cy")], 2, "the centre of a shape")
        radius = shape.get("r", 0)
        radii = numbers([shape.get("rx", radius), shape.get("ry", radius)], 2, "the radii of a shape")
        return around_centre(centre, radii, label)
    x, y, width, height = numbers([shape.get(key) for key in ("x", "y", "width", "height")], 4, "a rectangle")
    return LabelledBox(label=label, x=x, y=y, width=width, height=height)
