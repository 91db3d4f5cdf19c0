"""Label Studio JSON: a list of tasks, each with the answers of its annotators."""

import math
import re
from collections.abc import Iterator
from functools import partial
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from vabal_core.images.ingest.formats.annotation import (
    Annotation,
    BadRecord,
    LabelledBox,
    Offer,
    class_called,
    each_record,
    enclosing,
    is_no_class,
    mapping,
    numbers,
    split_in,
)

NAME = "Label Studio"
_UPLOAD = re.compile(r"^/data/upload/\d+/(?:[0-9a-f]{8}-)?")  # what an upload gets before its name
_SHAPES = ("rectanglelabels", "polygonlabels")


def is_one(document: Any) -> bool:
    return (
        isinstance(document, list)
        and bool(document)
        and all(isinstance(task, dict) and (isinstance(task.get("data"), dict) or _is_short(task)) for task in document)
    )


def _is_short(task: dict[str, Any]) -> bool:
    """Whether it is a task of JSON-MIN: one answer, with its choice or its rectangles beside the image's address."""
    return isinstance(task.get("image"), str) and not {"choice", "label", "annotation_id"}.isdisjoint(task)


def read(document: Any, file: str) -> Iterator[Offer]:
    """The tasks of an export: choices are classes of the image, rectangles and polygons are boxes.

    Answers that were cancelled are left out; where several people answered, all of them are there, and the image has a
    class only where they agree. `split` among the task's data is its split.
    """
    yield from each_record(document, "tasks", file, partial(_task, near=str(PurePosixPath(file).parent)))


def _task(task: Any, where: str, *, near: str) -> Annotation:
    if "data" not in task:
        task = _whole(task)
    data = mapping(task["data"])
    answers = task.get("annotations") or task.get("completions") or []
    if not isinstance(answers, list):
        raise BadRecord("its annotations are no list")
    labels: list[str] = []
    boxes: list[LabelledBox] = []
    for answer in map(mapping, answers):
        for result in [] if answer.get("was_cancelled") else answer.get("result") or []:
            _take(mapping(result), labels, boxes)
    split = data.get("split")
    return Annotation(
        names=(_image_name(data),),
        record=where,
        near=near,
        labels=tuple(dict.fromkeys(labels)),
        boxes=tuple(boxes),
        split=split_in(split) if isinstance(split, str) else None,
    )


def _whole(task: dict[str, Any]) -> dict[str, Any]:
    """A task of JSON-MIN as one of JSON."""
    choice, shapes = task.get("choice"), task.get("label")
    choices = choice.get("choices") if isinstance(choice, dict) else [] if is_no_class(choice) else [choice]
    choices = choices or ([shapes] if isinstance(shapes, str) and shapes else [])
    results = [{"type": "choices", "value": {"choices": choices}}]
    for shape in map(mapping, shapes if isinstance(shapes, list) else []):
        kind = next((kind for kind in _SHAPES if kind in shape), "")
        results.append({"type": kind, "value": shape} | shape)
    return {"data": {"image": task["image"]}, "annotations": [{"result": results}]}


def _image_name(data: dict[str, Any]) -> str:
    texts = [value for value in (data.get("image"), *data.values()) if isinstance(value, str) and value]
    if not texts:
        raise BadRecord("its data name no image")
    return _path_of(texts[0])


def _path_of(address: str) -> str:
    """The path in an address: of a local file, an upload, a bucket or a server; or what is no address, as it stands."""
    if not re.match(r"[a-z0-9]+://|/data/", address):
        return address
    parts = urlsplit(address)
    if local := parse_qs(parts.query).get("d"):
        return local[0]
    return unquote(_UPLOAD.sub("", parts.path))


def _take(result: dict[str, Any], labels: list[str], boxes: list[LabelledBox]) -> None:
    kind, value = result.get("type"), mapping(result.get("value"))
    if kind == "choices":
        labels += [class_called(choice) for choice in value.get("choices") or ()]
    elif kind in _SHAPES:
        boxes += [_shape(result, value, class_called(label)) for label in value.get(kind) or ()]


def _shape(result: dict[str, Any], value: dict[str, Any], label: str) -> LabelledBox:
    """Label Studio counts in hundredths of the image; a turned rectangle is turned about its left upper corner."""
    if result["type"] == "polygonlabels":
        points = [numbers(point, 2, "a point of a polygon") for point in value.get("points") or ()]
        if not points:
            raise BadRecord("a polygon has no points")
        return enclosing([(x / 100, y / 100) for x, y in points], label, relative=True)
    x, y, width, height = numbers([value.get(key) for key in ("x", "y", "width", "height")], 4, "a rectangle")
    turn = math.radians(value.get("rotation") or 0)
    if not turn:
        return LabelledBox(label=label, x=x / 100, y=y / 100, width=width / 100, height=height / 100, relative=True)
    size = [result.get("original_width"), result.get("original_height")]
    across, down = (side / 100 for side in numbers(size, 2, "the original size of a turned rectangle"))
    left, top, sine, cosine = x * across, y * down, math.sin(turn), math.cos(turn)
    corners = [(0.0, 0.0), (width * across, 0.0), (0.0, height * down), (width * across, height * down)]
    return enclosing([(left + a * cosine - b * sine, top + a * sine + b * cosine) for a, b in corners], label)
