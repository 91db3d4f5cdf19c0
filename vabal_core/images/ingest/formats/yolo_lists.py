"""YOLO's splits as lists: texts with an image a line, named by data.yaml (Ultralytics) or obj.data (Darknet)."""

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from vabal_core.images.ingest.formats.annotation import Annotation
from vabal_core.images.ingest.formats.image_index import ImageIndex
from vabal_core.types import Split

# What is for evaluation comes first: an image that is in both lists is not learned from.
SPLITS: Mapping[str, Split] = {"test": "evaluation", "val": "evaluation", "valid": "evaluation", "train": "pool"}


def lists_in(document: Mapping[str, Any], near: str, files: Mapping[str, Path]) -> dict[str, Split]:
    """path -> split of the lists among `files` that a description in the folder `near` names."""
    texts = ImageIndex(path for path in files if path.lower().endswith(".txt"))
    lists: dict[str, Split] = {}
    for key, split in SPLITS.items():
        values = document.get(key)
        for value in values if isinstance(values, list) else [values]:
            if isinstance(value, str) and value.lower().endswith(".txt") and (path := texts.path_of(value, near)):
                lists.setdefault(path, split)
    return lists


def darknet_lists(names_path: str, files: Mapping[str, Path]) -> dict[str, Split]:
    """As `lists_in`, of the lists that an obj.data says, beside the names of the classes or above them."""
    folder = PurePosixPath(names_path).parent
    for place in (folder, folder.parent):
        file = files.get(str(place / "obj.data"))
        if file is not None:
            lines = file.read_text(encoding="utf-8-sig", errors="replace").splitlines()
            pairs = (line.partition("=") for line in lines)
            return lists_in({key.strip(): value.strip() for key, _, value in pairs}, str(place), files)
    return {}


def read_lists(lists: Mapping[str, Split], files: Mapping[str, Path]) -> Iterator[Annotation]:
    """What the lists say of each image that they name."""
    for path, split in lists.items():
        near = str(PurePosixPath(path).parent)
        lines = files[path].read_text(encoding="utf-8-sig", errors="replace").splitlines()
        for number, line in enumerate(lines, start=1):
            if name := line.strip():
                yield Annotation(names=(name,), record=f"line {number} of {path}", near=near, split=split)
