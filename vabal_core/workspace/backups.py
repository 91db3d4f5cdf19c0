"""A backup: one ZIP of the database and of the data folder's files, made while people label, and checked by hash.

In it are the images that lie in the data folder, class guides, rounds and experiments. Not in it are what is read again
from these (pixels, features), the key that signs sessions, and images that lie elsewhere: those stay where they are.
"""

import hashlib
import json
import os
import zipfile
from collections.abc import Generator, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from vabal_core.loop.files import SCRATCH
from vabal_core.store.copying import copy_rows
from vabal_core.store.database import connect, sqlite_url
from vabal_core.store.images import files_elsewhere
from vabal_core.store.migrate import migrate, schema_version
from vabal_core.types import Progress, StudioError
from vabal_core.workspace.workspace import Workspace

MANIFEST, DATABASE, FILES = "backup.json", "studio.db", "files/"
FOLDERS = ("projects", "experiments")
READ_AGAIN = {"pixels"}  # names of folders whose files are made anew from the images
PASSING = (".lock", ".part")
BLOCK = 1 << 20


@dataclass(frozen=True, kw_only=True)
class BackupFacts:
    """What a backup holds. `elsewhere`: images that lie outside the data folder, and are not in it."""

    made_at: str
    schema: str
    files: int
    bytes: int
    elsewhere: int
    rows: Mapping[str, int]


def backup(ws: Workspace, file: Path) -> Generator[Progress, None, BackupFacts]:
    """Write a backup to `file`, which is there whole or not at all. StudioError where it cannot be written."""
    partial = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        facts = yield from _write(ws, partial)
        partial.replace(file)
        return facts
    except OSError as error:
        raise StudioError(f"{file} cannot be written: {error.strerror or error}. Check folder and space.") from error
    finally:
        partial.unlink(missing_ok=True)


def _write(ws: Workspace, file: Path) -> Generator[Progress, None, BackupFacts]:
    hashes: dict[str, str] = {}
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        yield Progress("start", message="Copying the database")
        # The database first: files only ever come to those that it names.
        rows = _add_database(ws, archive, hashes, file.parent)
        paths = list(_kept_files(ws.data_dir))
        for done, path in enumerate(paths):
            name = FILES + path.relative_to(ws.data_dir).as_posix()
            with suppress(FileNotFoundError):  # emptied out of the bin, or an old round's, since they were listed
                hashes[name] = _add(archive, name, path)
            yield Progress("backup", done + 1, len(paths))
        facts = BackupFacts(
            made_at=made_at,
            schema=schema_version(ws.engine),
            files=len(hashes) - 1,
            bytes=sum(entry.file_size for entry in archive.infolist()),
            elsewhere=files_elsewhere(ws.engine),
            rows=rows,
        )
        archive.writestr(MANIFEST, json.dumps({**asdict(facts), "sha256": hashes}, indent=1))
    return facts


def _add_database(ws: Workspace, archive: zipfile.ZipFile, hashes: dict[str, str], folder: Path) -> Mapping[str, int]:
    with TemporaryDirectory(dir=folder, prefix=".backup-") as scratch:
        copy = Path(scratch) / DATABASE
        engine = connect(sqlite_url(copy), ws.data_dir)
        try:
            migrate(engine, copy.with_suffix(".lock"))
            rows = copy_rows(ws.engine, engine)
        finally:
            engine.dispose()  # the last connection writes the log of changes into the file itself
        hashes[DATABASE] = _add(archive, DATABASE, copy)
    return rows


def _kept_files(folder: Path) -> Iterator[Path]:
    for top in FOLDERS:
        for path in sorted((folder / top).rglob("*")):
            parts = path.relative_to(folder).parts
            passing = path.suffix in PASSING or any(part.startswith(SCRATCH) for part in parts)
            if not passing and READ_AGAIN.isdisjoint(parts[:-1]) and path.is_file() and not path.is_symlink():
                yield path


def _add(archive: zipfile.ZipFile, name: str, path: Path) -> str:
    """The SHA-256 of what was put in: that of a file which changes meanwhile is of what is in the archive."""
    digest = hashlib.sha256()
    with path.open("rb") as source, archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as target:
        while block := source.read(BLOCK):
            digest.update(block)
            target.write(block)
    return digest.hexdigest()
