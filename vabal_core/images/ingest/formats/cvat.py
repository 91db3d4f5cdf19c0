"""CVAT for images 1.1: one XML file with the tags, boxes and polygons of every image."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

from vabal_core.images.ingest.formats.annotation import (
    Annotation,
    BadRecord,
    LabelledBox,
    Offer,
    enclosing,
    numbers,
    split_in,
)
from vabal_core.types import ImportProblem

NAME = "CVAT"
ROOT = "annotations"  # the element that such a file consists of


def read(file: Path, path: str) -> Iterator[Offer]:
    """The images of the file: tags are classes of the image, boxes and polygons are boxes. One element at a time.

    ParseError, with the line, where the file is no XML: what came before has been yielded.
    """
    near = str(PurePosixPath(path).parent)
    for _, element in ElementTree.iterparse(file):
        if element.tag == "track":
            reason = "unreadable annotations: of a video, not of images; export them as CVAT for images 1.1"
            yield ImportProblem(path=path, reason=reason)
            return
        if element.tag != "image":
            continue
        where = f"image {element.get('id', '')} of {path}"
        try:
            yield _image(element, where, near)
        except BadRecord as error:
            yield ImportProblem(path=path, reason=f"unusable record: image {element.get('id', '')}: {error}")
        element.clear()


def _image(element: ElementTree.Element, where: str, near: str) -> Annotation:
    name = element.get("name")
    if not name:
        raise BadRecord("it has no name")
    return Annotation(
        names=(name,),
        record=where,
        near=near,
        labels=tuple(_label(tag) for tag in element.iterfind("tag")),
        boxes=tuple(_box(shape) for shape in element if shape.tag in ("box", "polygon")),
        split=split_in(element.get("subset", "")),
    )


def _label(element: ElementTree.Element) -> str:
    label = element.get("label")
    if not label:
        raise BadRecord(f"a {element.tag} has no label")
    return label


def _box(shape: ElementTree.Element) -> LabelledBox:
    label = _label(shape)
    if shape.tag == "box":
        left, top, right, bottom = numbers([shape.get(key) for key in ("xtl", "ytl", "xbr", "ybr")], 4, "a box")
        return LabelledBox(label=label, x=left, y=top, width=right - left, height=bottom - top)
    pairs = [pair.split(",") for pair in shape.get("points", "").split(";")]
    points = [numbers(pair, 2, "a point of a polygon") for pair in pairs]
    return enclosing([(x, y) for x, y in points], label)
