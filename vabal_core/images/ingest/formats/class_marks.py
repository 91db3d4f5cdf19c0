"""Marks in the class folders of a Studio's export: what the class is truly called, wherever its folder is taken to."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, get_args

from vabal_core.images.ingest.folder_names import split_use
from vabal_core.images.ingest.formats.annotation import Annotation, Offer
from vabal_core.images.ingest.formats.studio_export import NAME
from vabal_core.types import Split

KEYS = ("folder", "class", "split")


def is_one(document: Any) -> bool:
    texts = isinstance(document, dict) and all(isinstance(document.get(key), str) for key in KEYS)
    return texts and document.get("made_by") == NAME


def holds(document: Any, file: str) -> bool:
    """Whether the mark at `file` still speaks of its folder, which nobody has renamed since."""
    return _plain(PurePosixPath(file).parent.name) == _plain(document["folder"])


def read(marks: Mapping[str, Any], images: Sequence[str]) -> Iterator[Offer]:
    """The class and the split of each image beside one of the `marks` (path of the file -> what it holds). A folder
    that lies in one named like a split belongs to that."""
    by_folder = {str(PurePosixPath(file).parent): (file, mark) for file, mark in marks.items()}
    for path in images:
        folder, _, name = path.rpartition("/")
        if folder in by_folder:
            file, mark = by_folder[folder]
            split = _split(folder, mark)
            yield Annotation(names=(name,), record=file, near=folder, labels=(mark["class"],), split=split)


def _split(folder: str, mark: Mapping[str, str]) -> Split | None:
    use = split_use(PurePosixPath(folder).parent.name)
    return use or (mark["split"] if mark["split"] in get_args(Split) else None)


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name)
