"""An uploaded file on its way into a project: kept in the data folder while it is looked through, and no longer."""

from collections.abc import Generator
from pathlib import Path
from shutil import copyfileobj
from typing import Any, BinaryIO
from uuid import uuid4

from vabal_core.images.ingest.table import read_candidates
from vabal_core.types import ImportPlan, Progress, StudioError
from vabal_core.workspace.import_roots import list_import_roots
from vabal_core.workspace.importing import prepare_import
from vabal_core.workspace.workspace import Workspace


def prepare_upload(
    ws: Workspace, project_name: str, upload: BinaryIO, **options: Any
) -> Generator[Progress, None, ImportPlan]:
    """`prepare_import` of an uploaded ZIP or CSV; `options` are its `labels` and `holdout`.

    Nothing is on the disk before the first step or after the last: a ZIP has been unpacked by then. StudioError where
    the upload cannot be kept, or where it is a CSV with paths that lead nowhere without the folder it came from. Files
    that a CSV names outside the import roots are left out.
    """
    # A name of our own: the browser's file name is not to be trusted.
    path = ws.data_dir / "uploads" / f"{uuid4().hex}{Path(upload.name).suffix.lower()}"
    try:
        yield Progress("copy", message="taking the file in")
        _keep(upload, path)
        if path.suffix == ".csv":
            _require_whole_addresses(path, upload.name)
        roots = (path, *list_import_roots(ws))
        return (yield from prepare_import(ws, project_name, path, roots=roots, **options))
    except StudioError as problem:
        raise StudioError(str(problem).replace(path.name, upload.name)) from problem
    finally:
        path.unlink(missing_ok=True)


def _keep(upload: BinaryIO, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            copyfileobj(upload, file)
    except OSError as problem:
        raise StudioError(
            f"{upload.name} could not be kept in {path.parent}: {problem.strerror}. Make room there, or put the file "
            "on the computer that runs the Studio and give its address."
        ) from problem


def _require_whole_addresses(table: Path, name: str) -> None:
    for candidate in read_candidates(table):
        if not Path(candidate.path).is_absolute():
            raise StudioError(
                f"{name}, line {candidate.line}: {candidate.path} is not a whole address. A CSV is uploaded without "
                "the folder it lies in, so each path must be whole, such as /data/steel/1.png. Or upload a ZIP of the "
                "folder, or give the address of the CSV under “On this computer”."
            )
