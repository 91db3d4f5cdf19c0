"""Where the images of a table are that are not where it says: the Studio knows the files of its projects."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from vabal_core.images.ingest.by_content import Elsewhere, misplaced
from vabal_core.images.ingest.by_name import path_called
from vabal_core.images.ingest.formats.annotation import BadRecord
from vabal_core.images.ingest.formats.image_index import ImageIndex
from vabal_core.images.ingest.table import Candidate
from vabal_core.store.image_addresses import files_of_contents, find_addresses, image_addresses
from vabal_core.types import Project
from vabal_core.workspace.workspace import Workspace


def files_known_to(ws: Workspace, project: Project | None) -> Elsewhere:
    """For the rows of a table: by content, if they say it, the file of any project; else, by its path or by its name
    alone, an image of `project`."""
    return lambda candidates: _files(ws, project, misplaced(candidates))


def _files(ws: Workspace, project: Project | None, rows: Sequence[Candidate]) -> Mapping[int | None, Path]:
    contents = files_of_contents(ws.engine, sorted({row.fingerprint for row in rows if row.fingerprint}))
    files = {row.line: Path(contents[row.fingerprint]) for row in rows if row.fingerprint in contents}
    if project is not None:
        unknown = [row for row in rows if not row.fingerprint]
        files |= _by_path(ws, project, unknown)
        files |= _by_name(ws, project, [row for row in unknown if row.line not in files])
    return files


def _by_path(ws: Workspace, project: Project, rows: Sequence[Candidate]) -> dict[int | None, Path]:
    named: dict[str, list[str]] = {}
    for address in find_addresses(ws.engine, project.id, "path", sorted({row.path for row in rows})):
        named.setdefault(address.path, []).append(address.file)
    single = {path: Path(files[0]) for path, files in named.items() if len(files) == 1}
    return {row.line: single[row.path] for row in rows if row.path in single}


def _by_name(ws: Workspace, project: Project, rows: Sequence[Candidate]) -> dict[int | None, Path]:
    """Of the rows that name an image without its folders or its ending."""
    addresses = image_addresses(ws.engine, project.id) if rows else []
    files, index = {address.path: Path(address.file) for address in addresses}, ImageIndex(a.path for a in addresses)
    file_of_line: dict[int | None, Path] = {}
    for row in rows:
        with suppress(BadRecord):  # several are called so: none is meant for sure
            if path := path_called(index, row.path, ""):
                file_of_line[row.line] = files[path]
    return file_of_line
