"""Pascal VOC: an XML file an image, with its objects and their boxes."""

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

from vabal_core.images.ingest.formats.annotation import Annotation, BadRecord, LabelledBox, numbers
from vabal_core.types import Split

NAME = "Pascal VOC"
ROOT = "annotation"
SETS: dict[str, Split] = {"train": "pool", "trainval": "pool", "val": "evaluation", "test": "evaluation"}
_EDGES = ("xmin", "ymin", "xmax", "ymax")


def read(file: Path, path: str, splits: Mapping[str, Split]) -> Annotation:
    """The image of one file. `splits`: of `read_sets`. BadRecord, ParseError where the file is wrong."""
    root = ElementTree.parse(file).getroot()
    where = PurePosixPath(path)
    boxes = tuple(_box(element) for element in root.iterfind("object"))
    named = PurePosixPath((root.findtext("filename") or "").strip().replace("\\", "/")).name
    # The name inside is often an older one, left from before the files were renamed: that of the XML comes first.
    names = tuple(dict.fromkeys((f"{where.stem}{PurePosixPath(named).suffix}", where.stem, named)))
    folder = PurePosixPath((root.findtext("folder") or "").strip().replace("\\", "/")).name
    split = splits.get(where.stem)
    return Annotation(names=names, record=path, near=str(where.parent), folder=folder, boxes=boxes, split=split)


def read_sets(files: Mapping[str, Path]) -> dict[str, Split]:
    """Name of an image without its ending -> its split, from ImageSets/Main/train.txt and the like, where they are."""
    splits: dict[str, Split] = {}
    for name, split in SETS.items():  # val comes after trainval, and is what counts
        for path, file in files.items():
            if path.endswith(f"ImageSets/Main/{name}.txt"):
                lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
                splits |= {line.split()[0]: split for line in lines if line.strip()}
    return splits


def sets_in(paths: list[str]) -> Iterator[str]:
    """The lists of images among all paths of a source: those of `read_sets`, and of single classes or other tasks."""
    return (path for path in paths if "ImageSets/" in path and path.endswith(".txt"))


def _box(element: ElementTree.Element) -> LabelledBox:
    label = (element.findtext("name") or "").strip()
    if not label:
        raise BadRecord("an object has no name")
    edges = [element.findtext(f"bndbox/{edge}") for edge in _EDGES]
    left, top, right, bottom = numbers(edges, 4, f"the bndbox of an object {label!r}")
    # The first pixel is 1 there, and the last one belongs to the box.
    return LabelledBox(label=label, x=left - 1, y=top - 1, width=right - left + 1, height=bottom - top + 1)
