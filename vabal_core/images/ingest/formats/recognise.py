"""Tell by what is in them which files of a source are annotations, and read them all."""

import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from vabal_core.images.ingest.formats import (
    class_marks,
    coco,
    cvat,
    fiftyone,
    hugging_face,
    label_studio,
    labelme,
    name_to_class,
    pascal_voc,
    studio_export,
    ultralytics,
    via,
)
from vabal_core.images.ingest.formats.annotation import BadRecord, Offer, WrittenNumber
from vabal_core.types import ImportProblem, StudioError

SUFFIXES = (".json", ".jsonl", ".csv", ".parquet", ".xml", ".yaml", ".yml", ".txt", ".names", ".data")
DOCUMENTS_A_FOLDER = 20  # more files of JSON than that in one folder are one for each image, in no format that is read
XML_ERRORS = (ElementTree.ParseError, ValueError, LookupError, OSError)  # ValueError: an encoding that is not read
JSON_FORMATS = (studio_export, coco, labelme, via, label_studio, fiftyone, name_to_class)
# Where a source holds several, the first of these is read: what says most of an image comes first.
ORDER = (
    studio_export.NAME,
    cvat.NAME,
    coco.NAME,
    label_studio.NAME,
    fiftyone.NAME,
    hugging_face.NAME,
    ultralytics.NAME,
    pascal_voc.NAME,
    labelme.NAME,
    via.NAME,
    name_to_class.NAME,
)

Reader = Callable[[Sequence[str]], Iterator[Offer]]  # the paths of a source's images -> what the files say of them


@dataclass(frozen=True, kw_only=True)
class Recognised:
    """The annotations of a source: their format, the paths of their files, how they are read, and what was found
    beside them. `others` names further formats that are there and not read; `classes` are all that a Studio's
    export has, in its order."""

    format: str
    files: frozenset[str]
    read: Reader
    problems: tuple[ImportProblem, ...] = ()
    others: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()


@dataclass
class _Finds:
    """What has been recognised so far, by format."""

    files: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    readers: dict[str, list[Reader]] = field(default_factory=lambda: defaultdict(list))
    problems: list[ImportProblem] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)

    def add(self, format_name: str, files: Iterable[str], reader: Reader) -> None:
        self.files[format_name] |= set(files)
        self.readers[format_name].append(reader)


def recognise(source: Mapping[str, Path]) -> Recognised | None:
    """The annotations among the files of a source (path relative to it -> file), None where there are none.

    A file that ought to be annotations and is broken becomes a problem that says where; it keeps no image out.
    """
    files = {path: file for path, file in source.items() if path.lower().endswith(SUFFIXES)}
    finds = _Finds()
    _find_json(files, finds)
    _find_xml(files, finds)
    _find_metadata(files, finds)
    _find_yolo(files, finds)
    present = [name for name in ORDER if name in finds.readers]
    if not present and not finds.problems:
        return None
    first = present[0] if present else ""
    return Recognised(
        format=first,
        files=frozenset(finds.files[first]),
        read=partial(_read_all, finds.readers[first]),
        problems=tuple(finds.problems),
        others=tuple(present[1:]),
        classes=tuple(finds.classes),
    )


def _read_all(readers: Sequence[Reader], images: Sequence[str]) -> Iterator[Offer]:
    return chain.from_iterable(reader(images) for reader in readers)


def _by_folder(files: Iterable[str], suffixes: tuple[str, ...]) -> list[list[str]]:
    folders: dict[str, list[str]] = defaultdict(list)
    for path in files:
        if path.lower().endswith(suffixes):
            folders[os.path.dirname(path)].append(path)
    return [sorted(paths) for paths in folders.values()]


def _find_json(files: dict[str, Path], finds: _Finds) -> None:
    marks: dict[str, Any] = {}
    for paths in _by_folder(files, (".json",)):
        for path in paths if len(paths) <= DOCUMENTS_A_FOLDER or _is_labelme(files[paths[0]], paths[0]) else ():
            try:
                document = load_json(files[path], path)
            except StudioError as error:
                finds.problems.append(ImportProblem(path=path, reason=f"unreadable annotations: {error}"))
                continue
            if class_marks.is_one(document):
                marks[path] = document
            for module in JSON_FORMATS:
                if module.is_one(document):
                    beside = []
                    if module is studio_export:
                        beside = studio_export.documents(document, path)
                        finds.classes += studio_export.classes(document)
                    finds.add(module.NAME, [path, *beside], _of_document(module.read, document, path))
                    break
    if marks:
        standing = {path: mark for path, mark in marks.items() if class_marks.holds(mark, path)}
        finds.add(studio_export.NAME, marks, partial(class_marks.read, standing))


def _is_labelme(file: Path, path: str) -> bool:
    try:
        return labelme.is_one(load_json(file, path))
    except StudioError:
        return False


def _of_document(read: Callable[[Any, str], Iterator[Offer]], document: Any, path: str) -> Reader:
    return lambda images: read(document, path)


def load_json(file: Path, path: str) -> Any:
    """The value in a JSON file. StudioError, with line and column, where it is none."""
    try:
        return json.loads(file.read_bytes(), parse_float=WrittenNumber)
    except json.JSONDecodeError as error:
        raise StudioError(f"{path}, line {error.lineno}, column {error.colno}: {error.msg}") from error
    except UnicodeDecodeError as error:
        raise StudioError(f"{path} is not UTF-8 text ({error.reason})") from error
    except ValueError as error:
        raise StudioError(f"{path} holds a number of more digits than can be read") from error
    except RecursionError as error:
        raise StudioError(f"{path} is nested too deep to be annotations") from error
    except OSError as error:
        raise StudioError(f"{path} cannot be read: {error.strerror}") from error


def _find_xml(files: dict[str, Path], finds: _Finds) -> None:
    sets = {path: files[path] for path in pascal_voc.sets_in(list(files))}
    for paths in _by_folder(files, (".xml",)):
        root = next((tag for path in paths if (tag := _root_tag(files[path]))), "")
        if root == cvat.ROOT:
            finds.add(cvat.NAME, paths, partial(_read_cvat, files, paths))
        elif root == pascal_voc.ROOT:
            finds.add(pascal_voc.NAME, [*paths, *sets], partial(_read_voc, files, paths, sets))


def _root_tag(file: Path) -> str:
    try:
        return next(ElementTree.iterparse(file, events=("start",)))[1].tag
    except (*XML_ERRORS, StopIteration):
        return ""


def _read_cvat(files: dict[str, Path], paths: Sequence[str], images: Sequence[str]) -> Iterator[Offer]:
    for path in paths:
        try:
            yield from cvat.read(files[path], path)
        except XML_ERRORS as error:
            yield ImportProblem(path=path, reason=f"unreadable annotations: {error}")


def _read_voc(
    files: dict[str, Path], paths: Sequence[str], sets: dict[str, Path], images: Sequence[str]
) -> Iterator[Offer]:
    splits = pascal_voc.read_sets(sets)
    for path in paths:
        try:
            yield pascal_voc.read(files[path], path, splits)
        except (BadRecord, *XML_ERRORS) as error:
            yield ImportProblem(path=path, reason=f"unreadable annotations: {error}")


def _find_metadata(files: dict[str, Path], finds: _Finds) -> None:
    for path in files:
        if hugging_face.is_one(files[path], path):
            finds.add(hugging_face.NAME, [path], partial(_read_metadata, files[path], path))


def _read_metadata(file: Path, path: str, images: Sequence[str]) -> Iterator[Offer]:
    try:
        yield from hugging_face.read(file, path)
    except StudioError as error:
        yield ImportProblem(path=path, reason=f"unreadable annotations: {error}")


def _find_yolo(files: dict[str, Path], finds: _Finds) -> None:
    for path in files:
        try:
            data = ultralytics.data_set(files[path], path)
        except StudioError as error:
            finds.problems.append(ImportProblem(path=path, reason=f"unreadable annotations: {error}"))
            continue
        if data is None:
            continue
        texts, lists = ultralytics.label_files(data, files), ultralytics.split_lists(data, files)
        if texts or lists:
            read = partial(ultralytics.read, data, texts | {path: files[path] for path in lists}, lists)
            finds.add(ultralytics.NAME, {path, *texts, *lists}, read)
