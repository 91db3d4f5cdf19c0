"""Where the images of a table are that are not where it says: the Studio knows the files of its projects."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from vabal_core.images.ingest.by_content import Elsewhere, misplaced
from vabal_core.images.ingest.table import Candidate
from vabal_core.store.image_addresses import files_of_contents, find_addresses
from vabal_core.types import Project
from vabal_core.workspace.workspace import Workspace


def files_known_to(ws: Workspace, project: Project | None) -> Elsewhere:
    """For the rows of a table: by content, if they say it, the file of any project; else, by its path, an image of
    `project`."""
    return lambda candidates: _files(ws, project, misplaced(candidates))


def _files(ws: Workspace, project: Project | None, rows: Sequence[Candidate]) -> Mapping[int | None, Path]:
    contents = files_of_contents(ws.engine, sorted({row.fingerprint for row in rows if row.fingerprint}))
    files = {row.line: Path(contents[row.fingerprint]) for row in rows if row.fingerprint in contents}
    if project is not None:
        paths = sorted({row.path for row in rows if not row.fingerprint})
        named: dict[str, list[str]] = {}
        for address in find_addresses(ws.engine, project.id, "path", paths):
            named.setdefault(address.path, []).append(address.file)
        single = {path: Path(found[0]) for path, found in named.items() if len(found) == 1}
        files |= {row.line: single[row.path] for row in rows if not row.fingerprint and row.path in single}
    return files
