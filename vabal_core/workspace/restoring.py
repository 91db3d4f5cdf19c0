"""A backup brought into an empty Studio: all of it checked by hash before any of it is taken."""

import hashlib
import json
import shutil
import zipfile
from collections.abc import Generator, Mapping
from dataclasses import fields
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from vabal_core.store.copying import copy_rows
from vabal_core.store.database import connect, sqlite_url
from vabal_core.store.migrate import migrate
from vabal_core.types import Progress, StudioError
from vabal_core.workspace.backups import DATABASE, FILES, FOLDERS, MANIFEST, BackupFacts, blocks_of, unreadable
from vabal_core.workspace.demo import DEMO
from vabal_core.workspace.project_bin import removed_projects
from vabal_core.workspace.projects import list_projects
from vabal_core.workspace.workspace import Workspace

NAMES_SHOWN = 5
WHAT_TO_DO = (
    "Restore before a Studio's first start, or into another folder, named by VABAL_DATA_DIR (and another database "
    "where VABAL_DATABASE_URL names one). Nothing was restored."
)


def restore(ws: Workspace, file: Path) -> Generator[Progress, None, BackupFacts]:
    """Bring everything of a backup into a Studio that holds no project, of any folder and either kind of database.

    Nothing is taken before all of it was checked against its hashes; StudioError where it is damaged, no backup, of a
    newer version, or where this Studio holds something.
    """
    _check_empty(ws)
    try:
        with _opened(file) as archive, TemporaryDirectory(dir=ws.data_dir, prefix=".restore-") as scratch:
            hashes, facts = _manifest(archive, file)
            for done, (name, digest) in enumerate(hashes.items()):
                _extract(archive, file, name, digest, Path(scratch))
                yield Progress("restore", done + 1, len(hashes))
            _take(ws, Path(scratch))
    except (zipfile.BadZipFile, KeyError, EOFError) as error:
        raise StudioError(f"{file} is damaged or no backup of a Studio: {error}. Nothing was restored.") from error
    except OSError as error:
        place = error.filename2 or error.filename or ws.data_dir
        reason = f"{place} cannot be written: {error.strerror or error}"
        raise StudioError(f"{reason}. Check rights and space. Nothing was restored.") from error
    return facts


def _check_empty(ws: Workspace) -> None:
    names = [f"“{project.name}”" for project in list_projects(ws)]
    names += [f"“{project.name}” in the bin" for project in removed_projects(ws)]
    if names:
        more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
        shown = f"{', '.join(names[:NAMES_SHOWN])}{more}"
        made = " A Studio makes the demo by itself at its first start." if f"“{DEMO}”" in names else ""
        raise StudioError(f"This Studio holds projects already: {shown}.{made} {WHAT_TO_DO}")
    if any(path.is_file() for top in FOLDERS for path in (ws.data_dir / top).rglob("*")):
        raise StudioError(f"{ws.data_dir} holds files of projects already. {WHAT_TO_DO}")


def _opened(file: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except OSError as error:
        raise unreadable(file, error) from error


def _manifest(archive: zipfile.ZipFile, file: Path) -> tuple[Mapping[str, str], BackupFacts]:
    """(name -> SHA-256, what the backup holds); what only a later version knows of it is passed over."""
    try:
        manifest = json.loads(archive.read(MANIFEST))
        names = {field.name for field in fields(BackupFacts)} & manifest.keys()
        return dict(manifest["sha256"]), BackupFacts(**{name: manifest[name] for name in names})
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise StudioError(f"{file} is no backup of a Studio: it holds no {MANIFEST} that can be read.") from error


def _extract(archive: zipfile.ZipFile, file: Path, name: str, digest: str, folder: Path) -> None:
    parts = PurePosixPath(name).parts
    if name.startswith("/") or ".." in parts or "\\" in name or ":" in name:
        raise StudioError(f"The backup names a file outside its folder: {name!r}. Nothing was restored.")
    target, actual = folder.joinpath(*parts), hashlib.sha256()
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(name) as source, target.open("wb") as out:
        for block in blocks_of(source, file):
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
        alone = [path for path in (extracted / FILES).glob("*") if path.is_file()]
        for source in sorted([*alone, *(extracted / FILES).glob("*/*")]):
            target = ws.data_dir / source.relative_to(extracted / FILES)
            if target.exists():
                raise StudioError(f"{target} is there already. {WHAT_TO_DO}")
            target.parent.mkdir(exist_ok=True)
            source.replace(target)
            moved.append(target)
        copy_rows(engine, ws.engine)
    except BaseException:
        for path in moved:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        raise
    finally:
        engine.dispose()
