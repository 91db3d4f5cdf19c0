"""A project with image files for tests of exports: names of every kind, both splits, two images of one name."""

import csv
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

from image_files import write_image
from long_work import result_of
from workspaces import ANN

from vabal_core import workspace
from vabal_core.types import ExportRequest

# Names that some system refuses, takes for another, runs as a formula or reads as a split.
CLASSES = ("Größe ✓", "a/b: c?", "test", "=1+1", "划痕", "CON", "masks", "e\u0301tirage")
# Names that some reader takes for something else than a text, or that quotes and folders cannot hold as they are.
HARD = (
    "no",
    "1",
    "01",
    "1.0",
    "true",
    "null",
    "nan",
    "None",
    "2026-11-26",
    "-",
    "'quoted'",
    'a "b", c;d',
    "dot.",
    "..",
)


def write_source(folder: Path, classes: Sequence[str] = CLASSES) -> Path:
    """A folder with a table: two images a class, the second one for evaluation; the names repeat in each folder."""
    rows = [("path", "label", "split")]
    for i, name in enumerate(classes):
        for j, split in enumerate(("pool", "test")):
            path = f"day {j}/{i % 3} ü.png"
            path = path if i < 3 else f"day {j}/more {i}/{i % 3} ü.png"
            write_image(folder / path, seed=(i, j))
            rows.append((path, name, split))
    with (folder / "split.csv").open("w", encoding="utf-8", newline="") as table:
        csv.writer(table).writerows(rows)
    return folder


def brought(ws: workspace.Workspace, source: Path, name: str, **options) -> int:
    """The id of a project with what an import of `source` brings."""
    plan = result_of(workspace.prepare_import(ws, name, source, labels="use", **options))
    result_of(workspace.commit_import(ws, ANN, name, plan))
    return workspace.find_project(ws, name).id


def contents(ws: workspace.Workspace, project_id: int) -> dict[str, tuple[str, str]]:
    """Fingerprint -> (class, split) of every labelled image."""
    return {row.fingerprint: (row.label, row.split) for row in workspace.export_rows(ws, project_id)}


def exported(ws: workspace.Workspace, project_id: int, **choices) -> bytes:
    return b"".join(workspace.export_project(ws, workspace.STUDIO, project_id, ExportRequest(**choices)).pieces)


def unpacked(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}
