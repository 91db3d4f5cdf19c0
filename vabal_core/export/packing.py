"""Pack labelled images into a ZIP, with the documents that other programs read and a manifest."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from vabal_core.export.json_lines import json_text
from vabal_core.export.manifest import MADE_BY, NAME, manifest_pieces
from vabal_core.export.safe_names import FileNames, safe_name
from vabal_core.export.zip_stream import PIECE_BYTES, Entry, zip_pieces
from vabal_core.types import LabelledFile
from vabal_core.types.class_folders import MARK, class_folder

Record = dict[
    str, Any
]  # of one image that was packed: file (in the ZIP), path, label, split, sha256, width, height ...
Pieces = Iterator[bytes]


@dataclass(frozen=True, kw_only=True)
class Document:
    """A file for other programs: its name, what is in it, given the records and the classes in order, and the split
    that it is about: where no image has that, there is no such file."""

    name: str
    write: Callable[["Records", Sequence[str]], Pieces]
    split: str | None = None


@dataclass(frozen=True, kw_only=True)
class Packing:
    """A format of ZIPs. `folder` says where an image goes, given its split and the folder name of its class.
    `marked`: the folder alone names the class, and a mark in it says what that is truly called."""

    folder: Callable[[str, str], str]
    marked: bool = False
    documents: Sequence[Document] = ()


class Records:
    """What was packed, image by image, on the disk: it can be gone through again and again in constant memory."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def add(self, record: Record) -> None:
        self._file.write(json_text(record).encode() + b"\n")

    def __iter__(self) -> Iterator[Record]:
        self._file.seek(0)
        for line in self._file:
            yield json.loads(line)


@dataclass
class _Contents:
    """What the ZIP holds so far."""

    records: Records
    left_out: list[dict[str, str]]
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    marks: dict[str, dict[str, str]] = field(default_factory=dict)  # path of a mark -> what it says
    documents: list[dict[str, str]] = field(default_factory=list)


def packed(
    images: Iterable[LabelledFile],
    packing: Packing,
    classes: Sequence[str],
    about: dict[str, Any],
    left_out: list[dict[str, str]],
) -> Iterator[bytes]:
    """The ZIP in pieces. `classes` are the names in order, `about` opens the manifest.

    A file that is gone, or that is no longer what was labelled, is not packed: the manifest says so, and `left_out` is
    filled with the path and the reason of each.
    """
    with TemporaryFile() as spool:
        contents = _Contents(records=Records(spool), left_out=left_out)
        yield from zip_pieces(_entries(images, packing, classes, about, contents))


def _entries(
    images: Iterable[LabelledFile], packing: Packing, classes: Sequence[str], about: dict[str, Any], contents: _Contents
) -> Iterator[Entry]:
    yield from _images(images, packing, contents)
    for name, mark in contents.marks.items():
        yield _document(name, [json_text(mark).encode()], contents)
    # A class that was made or renamed meanwhile is among the labels alone.
    classes = list(dict.fromkeys((*classes, *sorted(label for label, _ in contents.counts))))
    splits = {split for _, split in contents.counts}
    for document in packing.documents:
        if document.split in splits | {None}:
            yield _document(document.name, document.write(contents.records, classes), contents)
    about = about | {"classes": classes, "documents": contents.documents, "left_out": contents.left_out}
    yield Entry(name=NAME, pieces=manifest_pieces(about, contents.counts, contents.records), packed=True)


def _document(name: str, pieces: Iterable[bytes], contents: _Contents) -> Entry:
    """A file for other programs; the manifest names it once it is written."""

    def written() -> Pieces:
        digest = hashlib.sha256()
        for piece in pieces:
            digest.update(piece)
            yield piece
        contents.documents.append({"file": name, "sha256": digest.hexdigest()})

    return Entry(name=name, pieces=written(), packed=True)


def _images(images: Iterable[LabelledFile], packing: Packing, contents: _Contents) -> Iterator[Entry]:
    names, folders = FileNames(), FileNames()
    class_folders: dict[str, str] = {}
    marked: set[str] = set()
    for image in images:
        if reason := _reason_against(image):
            contents.left_out.append({"path": image.path, "reason": reason})
            continue
        if image.label not in class_folders:
            class_folders[image.label] = folders.take("", class_folder(image.label))
        folder = packing.folder(image.split, class_folders[image.label])
        if packing.marked and folder not in marked:
            marked.add(folder)
            contents.marks[names.take(folder, MARK)] = _mark(image, class_folders[image.label])
        name = safe_name(PurePosixPath(image.path.replace("\\", "/")).name)
        place = names.take(folder, name, image.fingerprint)
        yield Entry(name=place, pieces=_file_pieces(image.file), size=image.file.stat().st_size)
        contents.counts[image.label, image.split] += 1
        contents.records.add(_record(image, place))


def _mark(image: LabelledFile, folder: str) -> dict[str, str]:
    return {"made_by": MADE_BY, "folder": folder, "class": image.label, "split": image.split}


def _record(image: LabelledFile, place: str) -> Record:
    record: Record = {"file": place, "path": image.path, "label": image.label, "split": image.split}
    record |= {"sha256": image.fingerprint, "width": image.width, "height": image.height}
    record |= {"annotator": image.annotator, "labelled_at": image.labelled_at}
    record |= {"round": image.round, "rank": image.rank, "strategy": image.strategy}  # how it was chosen
    return record | ({"tile": image.tile} if image.tile else {})


def _reason_against(image: LabelledFile) -> str:
    try:
        with image.file.open("rb") as file:
            fingerprint = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return f"the file cannot be read: {error.strerror}"
    return "" if fingerprint == image.fingerprint else "the file has changed since it was imported"


def _file_pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while piece := stream.read(PIECE_BYTES):
            yield piece
