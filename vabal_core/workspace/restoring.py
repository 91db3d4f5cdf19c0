"""A backup brought into an empty Studio: all of it checked by hash before any of it is taken."""

import hashlib
import json
import shutil
import zipfile
from collections.abc import Generator, Mapping
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from vabal_core.store.copying import copy_rows
from vabal_core.store.database import connect, sqlite_url
from vabal_core.store.migrate import migrate
from vabal_core.types import Progress, StudioError
from vabal_core.workspace.backups import BLOCK, DATABASE, FILES, FOLDERS, MANIFEST, BackupFacts
from vabal_core.workspace.projects import every_project
from vabal_core.workspace.workspace import Workspace


def restore(ws: Workspace, file: Path) -> Generator[Progress, None, BackupFacts]:
    """Bring everything of a backup into a Studio that holds no project, of any folder and either kind of database.

    Nothing is taken before all of it was checked against its hashes; StudioError where it is damaged, no backup, of a
    newer version, or where this Studio holds something.
    """
    _check_empty(ws)
    try:
        with zipfile.ZipFile(file) as archive, TemporaryDirectory(dir=ws.data_dir, prefix=".restore-") as scratch:
            manifest = _manifest(archive, file)
            hashes: Mapping[str, str] = manifest.pop("sha256")
            for done, (name, digest) in enumerate(hashes.items()):
                _extract(archive, name, digest, Path(scratch))
                yield Progress("restore", done + 1, len(hashes))
            _take(ws, Path(scratch))
    except (zipfile.BadZipFile, KeyError, EOFError) as error:
        raise StudioError(f"{file} is damaged or no backup of a Studio: {error}. Nothing was restored.") from error
    except OSError as error:
        raise StudioError(f"{file} cannot be restored: {error.strerror or error}. Nothing was restored.") from error
    return BackupFacts(**manifest)


def _check_empty(ws: Workspace) -> None:
    if every_project(ws):
        raise StudioError("This Studio holds projects already: restore into an empty one.")
    if any(path.is_file() for top in FOLDERS for path in (ws.data_dir / top).rglob("*")):
        raise StudioError(f"{ws.data_dir} holds files of projects already: restore into an empty folder.")


def _manifest(archive: zipfile.ZipFile, file: Path) -> dict[str, Any]:
    try:
        return json.loads(archive.read(MANIFEST))
    except (KeyError, ValueError) as error:
        raise StudioError(f"{file} is no backup of a Studio: it holds no {MANIFEST} that can be read.") from error


def _extract(archive: zipfile.ZipFile, name: str, digest: str, folder: Path) -> None:
    parts = PurePosixPath(name).parts
    if name.startswith("/") or ".." in parts or "\\" in name or ":" in name:
        raise StudioError(f"The backup names a file outside its folder: {name!r}. Nothing was restored.")
    target, actual = folder.joinpath(*parts), hashlib.sha256()
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(name) as source, target.open("wb") as out:
        while block := source.read(BLOCK):
            actual.update(block)
            out.write(block)
    if actual.hexdigest() != digest:
        raise StudioError(f"{name} in the backup is not what was put in: it is damaged. Nothing was restored.")


def _take(ws: Workspace, extracted: Path) -> None:
    """Files into their places, then the rows in one transaction; where these fail, the files go again."""
    engine = connect(sqlite_url(extracted / DATABASE), ws.data_dir)
    moved: list[Path] = []
    try:
        migrate(engine, extracted / "studio.lock")  # a backup of an older version
        for source in sorted((extracted / FILES).glob("*/*")):
            target = ws.data_dir / source.relative_to(extracted / FILES)
            target.parent.mkdir(exist_ok=True)
            source.replace(target)
            moved.append(target)
        copy_rows(engine, ws.engine)
    except BaseException:
        for path in moved:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        raise
    finally:
        engine.dispose()
