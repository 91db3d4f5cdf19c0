"""Take the labelled set out: as a table, or as a ZIP of the images in a format that other programs read."""

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, get_args

from vabal_core.export.csv import csv_pieces
from vabal_core.export.json_lines import json_line_pieces
from vabal_core.export.manifest import manifest_pieces, manifest_start
from vabal_core.export.packing import packed
from vabal_core.export.zip_formats import ZIP_FORMATS
from vabal_core.store.classes import class_book
from vabal_core.store.export_images import labelled_files
from vabal_core.store.labelled_set import ExportRow, labelled_images
from vabal_core.types import Actor, ExportContent, ExportFormat, ExportRequest, Split, StudioError
from vabal_core.workspace.export_tables import Table, chosen_labels, table_of, unchanged
from vabal_core.workspace.people import STUDIO, require_right
from vabal_core.workspace.projects import classes, require_project
from vabal_core.workspace.workspace import Workspace

TABLES = ("csv", "jsonl")
MEDIA_TYPES = {"csv": "text/csv", "jsonl": "application/jsonl"}


@dataclass(kw_only=True)
class Export:
    """A file on its way out. `pieces` are its bytes. Once they have come to their end, `manifest`, of a table only, is
    to be written beside it (a ZIP has its own inside), and `left_out` holds the path and the reason of each image that
    it lacks."""

    name: str
    media_type: str
    pieces: Iterator[bytes]
    manifest: "TableManifest | None" = None
    left_out: list[dict[str, str]] = field(default_factory=list)


@dataclass(kw_only=True)
class TableManifest:
    """What is counted of a table while it is written."""

    about: dict[str, Any]
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    digest: Any = field(default_factory=hashlib.sha256)

    def pieces(self, file_name: str) -> Iterator[bytes]:
        """The manifest's bytes; `file_name` is the name that the table got."""
        files = [{"file": file_name, "sha256": self.digest.hexdigest()}]
        return manifest_pieces(self.about, self.counts, files)


def export_rows(ws: Workspace, project_id: int) -> Iterator[ExportRow]:
    """Every labelled image with the label that counts now, pool and evaluation, by position; one at a time."""
    require_project(ws, project_id)
    return unchanged(ws, project_id, labelled_images(ws.engine, project_id))


def export_csv(ws: Workspace, project_id: int) -> Iterator[bytes]:
    """The labelled set as a CSV file in pieces; its columns are the fields of ExportRow, in their order."""
    return export_project(ws, STUDIO, project_id, ExportRequest()).pieces


def export_project(ws: Workspace, actor: Actor, project_id: int, request: ExportRequest) -> Export:
    """What is asked for, as a file in pieces, read from the database and the images as they are taken.

    Two images of one name are kept apart; an image whose file is gone or has changed is not in a ZIP, and its manifest
    says so. NotAllowed where the actor may not export; StudioError for a request that contradicts itself; ValueError
    for a format or a content that is none.
    """
    require_right(actor, "export")
    project = require_project(ws, project_id)
    _check(request)
    selection = {"content": request.content, "split": request.split, "annotators": request.annotators}
    class_names = {defect_class.id: defect_class.name for defect_class in classes(ws, project_id)}
    selection |= {"classes": [class_names.get(class_id) for class_id in request.class_ids]}
    about = manifest_start(project.name, request.format, selection)
    name = _file_name(project.name, request)
    left_out: list[dict[str, str]] = []
    if request.format in TABLES:
        manifest = TableManifest(about=about | {"classes": list(class_names.values())})
        pieces = _table_pieces(table_of(ws, project_id, request, left_out), request, manifest)
        return Export(
            name=name, media_type=MEDIA_TYPES[request.format], pieces=pieces, manifest=manifest, left_out=left_out
        )
    rows = chosen_labels(ws, project_id, request)
    images = labelled_files(ws.engine, project_id, rows)
    pieces = packed(images, ZIP_FORMATS[request.format], list(class_names.values()), about, left_out)
    return Export(name=name, media_type="application/zip", pieces=pieces, left_out=left_out)


def labels_digest(
    ws: Workspace, project_id: int, look: Callable[[Mapping[str, Any]], None]
) -> tuple[str, list[dict[str, str]]]:
    """SHA-256 of the table of labels that `export_csv` writes now, and the labels that it lacks as an Export says them.
    Each row is shown to `look` by its columns."""
    left_out: list[dict[str, str]] = []
    request, manifest = ExportRequest(), TableManifest(about={})
    table = table_of(ws, project_id, request, left_out)
    for _ in _table_pieces(replace(table, rows=_shown(table, look)), request, manifest):
        pass
    return manifest.digest.hexdigest(), left_out


def _shown(table: Table, look: Callable[[Mapping[str, Any]], None]) -> Iterator[tuple[Any, ...]]:
    for row in table.rows:
        look(dict(zip(table.header, row, strict=True)))
        yield row


def class_ids_called(ws: Workspace, project_id: int, names: Sequence[str]) -> tuple[int, ...]:
    """The ids of the classes with these names. StudioError naming those that exist, where one is none of them."""
    book = class_book(ws.engine, project_id)
    ids = [book.find(name) for name in names]
    if None in ids:
        present = ", ".join(defect_class.name for defect_class in classes(ws, project_id)) or "none"
        raise StudioError(f"The project has no class {names[ids.index(None)]!r}; it has {present}.")
    return tuple(class_id for class_id in ids if class_id is not None)


def write_export(leaving: Export, file: Path, *, manifest: bool = False) -> dict[str, Any]:
    """Write it to `file`, and with `manifest` that of a table beside it; returns their names, the bytes written, and
    the images that are not in it.

    A file half written never stands under its name. StudioError where it cannot be written.
    """
    facts: dict[str, Any] = {"file": str(file), "bytes": write_whole(file, leaving.pieces)}
    if manifest and leaving.manifest is not None:
        beside = file.with_name(f"{file.name}.manifest.json")
        write_whole(beside, leaving.manifest.pieces(file.name))
        facts["manifest"] = str(beside)
    return facts | ({"left_out": leaving.left_out} if leaving.left_out else {})


def write_whole(file: Path, pieces: Iterator[bytes]) -> int:
    """Write to a name beside and move it into place."""
    partial = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        with partial.open("wb") as stream:
            for piece in pieces:
                stream.write(piece)
        size = partial.stat().st_size
        partial.replace(file)
    except OSError as error:
        raise StudioError(f"{file} cannot be written: {error.strerror}. Check folder and free space.") from error
    finally:
        partial.unlink(missing_ok=True)
    return size


def _check(request: ExportRequest) -> None:
    choices = ((request.format, ExportFormat), (request.content, ExportContent), (request.split or "pool", Split))
    for value, kind in choices:
        if value not in get_args(kind):
            raise ValueError(f"{value!r} is none of {', '.join(get_args(kind))}")
    if request.content != "labels" and request.format not in TABLES:
        raise StudioError(f"{request.content.capitalize()} leave as a table: choose csv or jsonl, not {request.format}")
    if request.excel and request.format != "csv":
        raise StudioError("Only a CSV is written for Excel: leave that choice out, or choose CSV.")


def _file_name(project_name: str, request: ExportRequest) -> str:
    if request.format in TABLES:
        return f"{project_name} {request.content}.{request.format}"
    return f"{project_name} {request.format}.zip"


def _table_pieces(table: Table, request: ExportRequest, manifest: TableManifest) -> Iterator[bytes]:
    rows = _counted(table, manifest)
    if request.format == "csv":
        pieces = csv_pieces(table.header, rows, excel=request.excel)
    else:
        pieces = json_line_pieces(table.header, rows)
    for piece in pieces:
        manifest.digest.update(piece)
        yield piece


def _counted(table: Table, manifest: TableManifest) -> Iterator[tuple[Any, ...]]:
    """The rows, counted by class and split as they pass."""
    class_column = next((name for name in ("label", "predicted_label", "state") if name in table.header), "split")
    label, split = table.header.index(class_column), table.header.index("split")
    for row in table.rows:
        manifest.counts[row[label] or "", row[split]] += 1
        yield row
