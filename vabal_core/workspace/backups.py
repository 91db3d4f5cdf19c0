"""A backup: one ZIP of the database and of the data folder's files, made while people label, and checked by hash.

In it are the images that lie in the data folder, class guides, rounds and experiments. Not in it are what is read again
from these (pixels, features), what a process holds open or has half written, the key that signs sessions, and images
that lie elsewhere: those stay where they are. What the database names as an image is in it whatever it is called.
"""

import hashlib
import json
import os
import time
import zipfile
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from vabal_core.loop.files import SCRATCH
from vabal_core.store.change_log import log_change
from vabal_core.store.copying import copy_rows
from vabal_core.store.database import connect, sqlite_url, writing
from vabal_core.store.image_addresses import files_elsewhere, files_within
from vabal_core.store.migrate import migrate, schema_version
from vabal_core.types import Progress, StudioError
from vabal_core.workspace.people import STUDIO
from vabal_core.workspace.workspace import Workspace

MANIFEST, DATABASE, FILES = "backup.json", "studio.db", "files/"
FOLDERS = ("projects", "experiments")
PIXELS = "pixels"  # a folder whose files are made anew from the images
PIXEL_FILES = (".pixels", ".decoded", ".checksums")
PASSING = (".lock", ".part")
LEARNERS = ("rounds", "reading")  # folders of a project that a learner works in
BLOCK = 1 << 20
GONE = FileNotFoundError, NotADirectoryError, IsADirectoryError


@dataclass(frozen=True, kw_only=True)
class BackupFacts:
    """What a backup holds. `elsewhere`: images that lie outside the data folder, and are not in it; `missing`: images
    within that folder, in the bin or not, whose file was not there, and is not in it either."""

    made_at: str
    schema: str
    files: int
    bytes: int
    elsewhere: int
    rows: Mapping[str, int]
    missing: int = 0  # backups of older versions do not say


def backup(ws: Workspace, file: Path) -> Generator[Progress, None, BackupFacts]:
    """Write a backup to `file`, which is there whole or not at all. StudioError where it cannot be written."""
    partial, began = file.with_name(f".{file.name}.{os.getpid()}.part"), time.monotonic()
    try:
        facts = yield from _write(ws, partial)
        partial.replace(file)
        _remember(ws, file, facts, began)
        return facts
    except OSError as error:
        raise StudioError(f"{file} cannot be written: {error.strerror or error}. Check folder and space.") from error
    finally:
        partial.unlink(missing_ok=True)


def _remember(ws: Workspace, file: Path, facts: BackupFacts, began: float) -> None:
    """When the last one was made; one of a database that may not be written is as good. Once the file is there: a
    process that is killed in between leaves a backup that no line tells of, and never a line without its backup."""
    words = {"subject": str(file.absolute()), "new": f"{facts.files:,} files"}
    with suppress(StudioError), writing(ws.engine) as transaction:
        log_change(transaction, STUDIO, None, "backup made", **words, began=began)


def blocks_of(stream: IO[bytes], name: object) -> Iterator[bytes]:
    """What is left of a stream. StudioError naming it by `name` where it cannot be read."""
    while True:
        try:
            block = stream.read(BLOCK)
        except OSError as error:
            raise unreadable(name, error) from error
        if not block:
            return
        yield block


def unreadable(name: object, error: OSError) -> StudioError:
    """What cannot be read, and why."""
    return StudioError(f"{name} cannot be read: {error.strerror or error}. Check its rights and its disk.")


def _write(ws: Workspace, file: Path) -> Generator[Progress, None, BackupFacts]:
    hashes: dict[str, str] = {}
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    # Nobody else may read it: it holds what the data folder keeps from others.
    with (
        open(file, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as stream,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED, allowZip64=True) as archive,
    ):
        yield Progress("start", message="Copying the database")
        # The database first: files only ever come to those that it names.
        rows, images, elsewhere = _add_database(ws, archive, hashes, file.parent)
        names = list(_kept_files(ws.data_dir, images))
        for done, name in enumerate(names):
            with suppress(*GONE):  # emptied out of the bin, or an old round's, since they were listed
                hashes[FILES + name] = _add(archive, FILES + name, ws.data_dir / name)
            yield Progress("backup", done + 1, len(names))
        facts = BackupFacts(
            made_at=made_at,
            schema=schema_version(ws.engine),
            files=len(hashes) - 1,
            bytes=sum(entry.file_size for entry in archive.infolist()),
            elsewhere=elsewhere,
            rows=rows,
            missing=sum(count for name, count in images.items() if FILES + name not in hashes),
        )
        archive.writestr(MANIFEST, json.dumps({**asdict(facts), "sha256": hashes}, indent=1))
    return facts


def _add_database(
    ws: Workspace, archive: zipfile.ZipFile, hashes: dict[str, str], folder: Path
) -> tuple[Mapping[str, int], Mapping[str, int], int]:
    """Its rows by table, and of the same moment: its images by their address in the data folder, and how many lie
    elsewhere."""
    with TemporaryDirectory(dir=folder, prefix=".backup-") as scratch:
        copy = Path(scratch) / DATABASE
        engine = connect(sqlite_url(copy), ws.data_dir)
        try:
            migrate(engine, copy.with_suffix(".lock"))
            facts = copy_rows(ws.engine, engine), files_within(engine), files_elsewhere(engine)
        finally:
            engine.dispose()  # the last connection writes the log of changes into the file itself
        hashes[DATABASE] = _add(archive, DATABASE, copy)
    return facts


def _kept_files(folder: Path, images: Iterable[str]) -> Iterator[str]:
    """Names of files in the data folder, relative to it: those that are kept, then images that are not among them."""
    left = set(images)
    for top in FOLDERS:
        for path in _files_below(folder / top):
            relative = path.relative_to(folder)
            name = relative.as_posix()
            if name in left or not (path.is_symlink() or _is_made_anew(relative)):
                left.discard(name)
                yield name
    yield from sorted(left)


def _files_below(folder: Path) -> Iterator[Path]:
    def fail(error: OSError) -> None:
        if not isinstance(error, GONE):
            raise unreadable(error.filename, error) from error

    for place, folders, names in os.walk(folder, onerror=fail):
        folders.sort()
        paths = (Path(place, name) for name in sorted(names))
        yield from (path for path in paths if path.is_file())


def _is_made_anew(path: Path) -> bool:
    """Whether the Studio makes the file again, holds it open or is writing it. `path` is relative to the data folder.

    What people chose the name of is none of these, whatever it is called: images lie in folders of projects that are no
    numbers, or in a folder "images".
    """
    top, project, *rest = path.parts
    if path.parent.name == PIXELS and path.suffix in PIXEL_FILES:
        return True
    if top == "projects" and not (project.isdecimal() and rest):
        return False
    if "images" in path.parts[:-1]:
        return False
    of_learner = top == "projects" and rest[0] in LEARNERS and any(part.startswith(SCRATCH) for part in rest)
    return of_learner or (top == "projects" and rest[0] == PIXELS) or path.suffix in PASSING


def _add(archive: zipfile.ZipFile, name: str, path: Path) -> str:
    """The SHA-256 of what was put in: that of a file which changes meanwhile is of what is in the archive."""
    digest = hashlib.sha256()
    try:
        source = path.open("rb")
    except GONE:
        raise
    except OSError as error:
        raise unreadable(path, error) from error
    with source, archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as target:
        for block in blocks_of(source, path):
            digest.update(block)
            target.write(block)
    return digest.hexdigest()
