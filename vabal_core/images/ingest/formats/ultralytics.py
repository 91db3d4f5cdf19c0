"""YOLO's layout for detection: a text of boxes for each image, and the names of classes in data.yaml (Ultralytics),
classes.txt (Label Studio, LabelImg) or obj.names (CVAT, Darknet)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any
from unicodedata import normalize

from vabal_core.images.ingest.formats.annotation import (
    Annotation,
    BadRecord,
    LabelledBox,
    Offer,
    class_called,
    enclosing,
    numbers,
)
from vabal_core.images.ingest.formats.yolo_lists import darknet_lists, lists_in, read_lists
from vabal_core.types import ImportProblem, Split, StudioError

NAME = "YOLO"
NAME_LISTS = ("classes.txt", "obj.names")
SPLITS: dict[str, Split] = {"train": "pool", "val": "evaluation", "test": "evaluation"}


@dataclass(frozen=True, kw_only=True)
class DataSet:
    """What a data.yaml says: the names by number, and which folder (relative to the source) is which split."""

    path: str
    names: Mapping[int, str]
    folders: Mapping[str, Split]
    document: Mapping[str, Any] = field(default_factory=dict)  # as it is written


def data_set(file: Path, path: str) -> DataSet | None:
    """The data set that a file describes, None where it is about something else. StudioError, with the line, where it
    is no YAML and should be."""
    name = PurePosixPath(path).name.lower()
    if name in NAME_LISTS:
        lines = file.read_text(encoding="utf-8-sig", errors="replace").splitlines()
        return DataSet(path=path, names=dict(enumerate(line.strip() for line in lines if line.strip())), folders={})
    return _from_yaml(file, path) if name.endswith((".yaml", ".yml")) else None


def label_files(data: DataSet, files: Mapping[str, Path]) -> dict[str, Path]:
    """The texts of boxes that may belong to the data set, by path: those below the folder of its description."""
    folder = str(PurePosixPath(data.path).parent)
    below = "" if folder == "." else f"{folder}/"
    texts = (path for path in files if path.lower().endswith(".txt") and path.startswith(below))
    candidates = {path: files[path] for path in texts if PurePosixPath(path).name.lower() not in NAME_LISTS}
    return {path: file for path, file in candidates.items() if _holds_boxes(file)}


def split_lists(data: DataSet, files: Mapping[str, Path]) -> dict[str, Split]:
    """path -> split of the texts among `files` that list the images of a split."""
    near = str(PurePosixPath(data.path).parent)
    return lists_in(data.document, near, files) if data.document else darknet_lists(data.path, files)


def _holds_boxes(file: Path) -> bool:
    """Whether its first line that is not empty begins with a number and has as many cells as a box or a polygon; a file
    of nothing but spaces says that there is no box."""
    with file.open(encoding="utf-8-sig", errors="replace") as lines:
        first = next((line.split() for line in lines if line.strip()), ["0"] * 5)
    return first[0].isdecimal() and len(first) >= 5


def _from_yaml(file: Path, path: str) -> DataSet | None:
    import yaml  # only now: few sources have one

    try:
        document = yaml.load(file.read_bytes(), yaml.BaseLoader)  # every value is the text that is written: no, 1, null
    except yaml.YAMLError as error:
        raise StudioError(f"{path} is no YAML: {' '.join(str(error).split())}") from error
    if not isinstance(document, dict) or not isinstance(document.get("names"), dict | list):
        return None
    names = document["names"]
    numbered = names.items() if isinstance(names, dict) else enumerate(names)
    try:
        by_number = {int(number): class_called(name) for number, name in numbered}
    except (BadRecord, ValueError, TypeError) as error:
        raise StudioError(f"{path}: names should give each number a name ({error})") from error
    folders = dict(_folders(document, PurePosixPath(path).parent))
    return DataSet(path=path, names=by_number, folders=folders, document=document)


def _folders(document: dict[str, Any], base: PurePosixPath) -> Iterator[tuple[str, Split]]:
    """(folder, split), of folders whose names do not say it themselves: of those a layout decides."""
    for key, split in SPLITS.items():
        value = document.get(key)
        for folder in value if isinstance(value, list) else [value]:
            parts = PurePosixPath(folder.replace("\\", "/")).parts if isinstance(folder, str) else ()
            is_list = bool(parts) and parts[-1].lower().endswith(".txt")
            says_so = any(part.lower() in (key, "valid", "validation") for part in parts)
            if parts and not is_list and not says_so:
                yield str(base.joinpath(*(part for part in parts if part not in ("..", ".", "/")))), split


def read(
    data: DataSet, files: Mapping[str, Path], lists: Mapping[str, Split], images: Sequence[str]
) -> Iterator[Offer]:
    """The annotation of each of `images` (paths) that has a file of labels among `files`, or lies in a split, and what
    the `lists` (path -> split) of images say, which are among `files` as well."""
    yield from read_lists(lists, files)
    by_form = {normalize("NFC", path): path for path in files if path not in lists}
    for image in images:
        label_file = next((by_form[path] for path in _label_paths(normalize("NFC", image)) if path in by_form), None)
        split = next((split for folder, split in data.folders.items() if image.startswith(f"{folder}/")), None)
        if label_file is None and split is None:
            continue
        boxes: list[LabelledBox] = []
        problems = list(_boxes(files[label_file], label_file, data.names, boxes)) if label_file is not None else []
        yield from problems
        record = label_file or data.path
        yield Annotation(names=(image,), record=record, boxes=tuple(boxes), split=split, incomplete=bool(problems))


def _label_paths(image: str) -> Iterator[str]:
    """Where the labels of an image may be: the last folder "images" of its path called "labels", or beside it."""
    path = PurePosixPath(image).with_suffix(".txt")
    folders = list(path.parts)
    if "images" in folders:
        folders[len(folders) - 1 - folders[::-1].index("images")] = "labels"
        yield str(PurePosixPath(*folders))
    yield str(path)


def _boxes(file: Path, path: str, names: Mapping[int, str], boxes: list[LabelledBox]) -> Iterator[ImportProblem]:
    for line, text in enumerate(file.read_text(encoding="utf-8-sig", errors="replace").splitlines(), start=1):
        try:
            if cells := text.split():
                boxes.append(_box(cells, names))
        except BadRecord as error:
            yield ImportProblem(path=path, reason=f"unusable record: line {line}: {error}")


def _box(cells: list[str], names: Mapping[int, str]) -> LabelledBox:
    """Class number, then centre and size (and how sure a model was) or the corners of a polygon: parts of the image."""
    (number,) = numbers(cells[:1], 1, "the class")
    if number not in names:
        raise BadRecord(f"class {cells[0]} is not among the {len(names)} names")
    label = names[int(number)]
    if len(cells) in (5, 6):
        across, down, width, height = numbers(cells[1:5], 4, "a box")
        return LabelledBox(
            label=label, x=across - width / 2, y=down - height / 2, width=width, height=height, relative=True
        )
    values = numbers(cells[1:], len(cells) - 1, "a polygon")
    if len(values) < 6 or len(values) % 2:
        raise BadRecord(f"{len(cells)} values; a box has 5, a polygon an odd number of 7 and more")
    return enclosing(list(zip(values[::2], values[1::2], strict=True)), label, relative=True)
