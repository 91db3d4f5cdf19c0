"""What a browser sends, on its way into a project: kept in the data folder until it is imported or thrown away.

A folder arrives file by file, each where it lay. What nobody comes back for is swept away after two days.
"""

import errno
import os
import re
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO
from uuid import uuid4

from vabal_core.images.ingest.by_name import image_paths_below
from vabal_core.images.ingest.table import read_candidates
from vabal_core.images.ingest.table_file import AS_IT_TELLS
from vabal_core.images.ingest.tables_beside import tables_beside
from vabal_core.types import ImportPlan, Progress, StudioError, TableColumns
from vabal_core.workspace.import_roots import list_import_roots
from vabal_core.workspace.import_source import project_folder
from vabal_core.workspace.importing import prepare_import
from vabal_core.workspace.pending import mark_pending
from vabal_core.workspace.projects import clean_name, list_projects
from vabal_core.workspace.upload_archives import unpack_within, with_archives
from vabal_core.workspace.workspace import Workspace

UPLOAD_ID = re.compile(r"[0-9a-z]{1,64}-[0-9a-f]{16}")
# A file of these that comes alone is a source of its own; any other is an image.
SOURCES = {".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".csv", ".tsv", ".txt", ".xlsx", ".xls"}
SOURCES |= {".json", ".jsonl", ".parquet"}
TABLES = {".csv", ".tsv", ".txt", ".xlsx", ".xls"}


@contextmanager
def receive_file(ws: Workspace, upload_id: str, path: str) -> Iterator[BinaryIO]:
    """A file to write what a browser sends as `path` of the upload; it is there, whole, once the block has ended well.

    ValueError for an id or a path that no page of the Studio sends, StudioError where the file cannot be kept.
    """
    target = _upload_folder(ws, upload_id) / _safe(path)
    # Beside the upload, so that half a file is never taken for one of its images.
    partial = _scratch(_upload_folder(ws, upload_id)) / uuid4().hex
    try:
        partial.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            yield file
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(partial, target)
    except OSError as problem:
        if problem.errno in (errno.ENAMETOOLONG, errno.EINVAL, errno.ENOTDIR, errno.EISDIR, errno.EILSEQ):
            raise ValueError(f"{path} cannot be stored under this name: {problem.strerror}") from problem
        raise StudioError(
            f"{path} could not be kept in {ws.data_dir / 'uploads'}: {problem.strerror}. Make room there, or put the "
            "images on the computer that runs the Studio and give their address."
        ) from problem
    finally:
        partial.unlink(missing_ok=True)


def prepare_upload(
    ws: Workspace, project_name: str, upload_id: str, **options: Any
) -> Generator[Progress, None, ImportPlan]:
    """`prepare_import` of what was uploaded: a folder, images, or one archive or table; `options` are its own.

    Archives among other files are unpacked, each as if it were a folder; one that is broken is left out by itself. A
    table that was sent beside the images is read with them.
    The upload stays until `settle_upload` or `discard_upload`. StudioError where it is gone, or where it is a table
    whose paths lead nowhere without the folder it came from. Files that a table names outside the import roots are left
    out.
    """
    folder = _upload_folder(ws, upload_id)
    yield Progress("copy", message="taking the files in")
    source = uploaded_source(ws, upload_id)
    if source.suffix.lower() in TABLES and clean_name(project_name, "project") not in _names(ws):
        _require_whole_addresses(source, options.get("columns", AS_IT_TELLS))
    try:
        problems = (yield from unpack_within(source, _scratch(folder) / "notes.json")) if source.is_dir() else ()
        options["columns"] = _with_table(source, options.get("columns", AS_IT_TELLS))
        steps = prepare_import(ws, project_name, source, roots=(source, *list_import_roots(ws)), **options)
        return with_archives((yield from steps), problems) if problems else (yield from steps)
    except StudioError as problem:
        raise StudioError(str(problem).replace(f"{folder}{os.sep}", "").replace(str(folder), "it")) from problem


def uploaded_source(ws: Workspace, upload_id: str) -> Path:
    """The archive or table that was uploaded, or else the folder. StudioError where it is gone."""
    folder = _upload_folder(ws, upload_id)
    if not folder.is_dir():
        raise StudioError("What was sent is not here any more: drop it again.")
    return _source(folder)


def settle_upload(ws: Workspace, project_name: str, upload_id: str, plan: ImportPlan) -> ImportPlan:
    """The plan, its images now where the project keeps those that came to it. Call it right before `commit_import`."""
    folder = _upload_folder(ws, upload_id)
    linked = {change.new for change in plan.changes if change.kind == "moved"}
    files = [*(entry.file for entry in plan.entries), *map(Path, linked)]
    if not any(file.is_relative_to(folder) for file in files):
        return plan  # an archive has been unpacked already, and a table names files that stay where they are
    images = project_folder(ws, clean_name(project_name, "project")) / "images" / upload_id
    mark_pending(images)
    os.replace(folder, images)

    def moved(file: str | Path) -> Path:
        return images / Path(file).relative_to(folder) if Path(file).is_relative_to(folder) else Path(file)

    return replace(
        plan,
        entries=tuple(replace(entry, file=moved(entry.file)) for entry in plan.entries),
        present=tuple(replace(entry, file=moved(entry.file)) for entry in plan.present),
        in_bin=tuple(replace(entry, file=moved(entry.file)) for entry in plan.in_bin),
        changes=tuple(
            replace(change, new=str(moved(change.new))) if change.kind == "moved" else change for change in plan.changes
        ),
        source=str(moved(plan.source)),
    )


def discard_upload(ws: Workspace, upload_id: str) -> None:
    """Remove what was uploaded and is not settled."""
    folder = _upload_folder(ws, upload_id)
    for path in (folder, _scratch(folder)):
        shutil.rmtree(path, ignore_errors=True)


def _upload_folder(ws: Workspace, upload_id: str) -> Path:
    if not UPLOAD_ID.fullmatch(upload_id):
        raise ValueError(f"{upload_id!r} is no upload's id")
    return ws.data_dir.absolute() / "uploads" / upload_id


def _scratch(folder: Path) -> Path:
    """Beside the upload's folder: what belongs to it and is none of its files."""
    return folder.with_suffix(".partial")


def _with_table(source: Path, columns: TableColumns) -> TableColumns:
    """With the one table that was sent beside loose images or archives, where it names some of the images."""
    tables = [name for name in os.listdir(source) if Path(name).suffix.lower() in TABLES] if source.is_dir() else []
    if columns.beside or len(tables) != 1:
        return columns
    beside = dict(tables_beside(source, image_paths_below(source)))
    return replace(columns, beside=tables[0]) if tables[0] in beside else columns


def _safe(path: str) -> PurePosixPath:
    """Where in the upload's folder a file goes: never out of it, on no system."""
    parts = PurePosixPath(path)
    # On Windows `C:1.png` lies on another drive, and a backslash parts folders.
    forbidden = "\\:\0" if os.name == "nt" else "\0"
    if not parts.name or parts.is_absolute() or ".." in parts.parts or set(path) & set(forbidden):
        raise ValueError(f"{path!r} is no path of a file in a folder")
    return parts


def _source(folder: Path) -> Path:
    """The one archive or table in the folder, where nothing else is; or else the folder."""
    entries = list(folder.iterdir())
    single = entries[0] if len(entries) == 1 and entries[0].is_file() else None
    return single if single and single.suffix.lower() in SOURCES else folder


def _names(ws: Workspace) -> set[str]:
    return {project.name for project in list_projects(ws)}


def _require_whole_addresses(table: Path, columns: TableColumns) -> None:
    """A table that names images of a new project: of one that is there, the paths may be those of its images, and the
    content of an image is found in whatever project has it."""
    for candidate in read_candidates(table, columns=columns):
        if not candidate.fingerprint and not Path(candidate.path).is_absolute():
            raise StudioError(
                f"{table.name}, line {candidate.line}: {candidate.path} is not a whole address. The table came without "
                "the folder it lies in, so each path must be whole, such as /data/steel/1.png. Or drop the folder with "
                "the table in it."
            )
