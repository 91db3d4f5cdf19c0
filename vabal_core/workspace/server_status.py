"""How the server runs, for whoever keeps it running: what to look after first, then the figures behind it."""

import hashlib
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from vabal_core.store.change_log import last_change
from vabal_core.store.database_size import database_bytes, database_version
from vabal_core.store.imports import imports_of
from vabal_core.store.label_history import people_since
from vabal_core.store.migrate import schema_version
from vabal_core.store.rounds import newest_round
from vabal_core.types import Actor, Project
from vabal_core.workspace.accounts import RESERVED_NAMES
from vabal_core.workspace.features import feature_state
from vabal_core.workspace.people import require_right
from vabal_core.workspace.projects import list_projects
from vabal_core.workspace.reading_trace import reading_elsewhere
from vabal_core.workspace.workspace import Workspace

GIB = 2**30
LEAST_FREE = 5 * GIB  # bytes on a disk; below that somebody should make room in time
LEAST_SHARE = 0.05
OLDEST_BACKUP = timedelta(hours=36)  # one that is made every night is never that old
BACK_UP = (
    "Make one on the server: python -m vabal_core backup FILE. People may go on labelling meanwhile; the README tells "
    "more, under “Backup, and a server that nobody looks at”."
)
NOW = timedelta(minutes=5)  # who decided on an image since then labels now
MOST_FILES = 0.8  # of those that may be open at once
PACKAGES = ("torch", "streamlit", "SQLAlchemy")


@dataclass(frozen=True, kw_only=True)
class Disk:
    """Bytes `free` out of `total` where `folder` lies, which is what it is called."""

    name: str
    folder: Path
    free: int
    total: int


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """What a project has before it: whether a round `runs`, images are being `read`, imports that are `open` (broken
    off or under way), and images that have no features yet."""

    project: str
    runs: bool
    is_read: bool
    open_imports: int
    unread_images: int


@dataclass(frozen=True, kw_only=True)
class ServerStatus:
    """`warnings` in words, the most urgent first; `files`: (open now, the most there may be), None where the system
    does not tell; `last_backup`: when it was made, None for never; `labelling`: how many people
    decided on an image in the last minutes."""

    warnings: tuple[str, ...]
    disks: tuple[Disk, ...]
    database: str
    database_bytes: int
    versions: Mapping[str, str]
    backlog: tuple[Backlog, ...]
    last_backup: datetime | None
    labelling: int
    files: tuple[int, int] | None


def read_status(ws: Workspace, actor: Actor) -> ServerStatus:
    """How the server that asks runs now. NotAllowed for somebody who does not run it."""
    require_right(actor, "operate")
    disks, files = _disks(ws), open_files()
    backup = last_change(ws.engine, "backup made")
    last_backup = backup.created_at if backup else None
    projects = list_projects(ws)
    return ServerStatus(
        warnings=(*_disk_warnings(disks), *_file_warnings(files), *_backup_warnings(last_backup)),
        disks=disks,
        database=ws.engine.dialect.name,
        database_bytes=database_bytes(ws.engine),
        versions=_versions(ws),
        backlog=tuple(_backlog(ws, project) for project in projects),
        last_backup=last_backup,
        labelling=people_since(ws.engine, datetime.now(UTC) - NOW, without=RESERVED_NAMES),
        files=files,
    )


def open_files() -> tuple[int, int] | None:
    """(files and sockets that this process has open, the most that it may); None where the system does not tell."""
    process = psutil.Process()
    if not (hasattr(process, "num_fds") and hasattr(process, "rlimit")):
        return None
    return process.num_fds(), process.rlimit(psutil.RLIMIT_NOFILE)[0]


def _disks(ws: Workspace) -> tuple[Disk, ...]:
    """Of the data folder and of temporary files: one where both lie on the same."""
    places = {"the data folder": ws.data_dir, "temporary files": Path(tempfile.gettempdir())}
    disks = {}
    for name, folder in places.items():
        usage = shutil.disk_usage(folder)
        disks.setdefault(os.stat(folder).st_dev, Disk(name=name, folder=folder, free=usage.free, total=usage.total))
    return tuple(disks.values())


def _disk_warnings(disks: tuple[Disk, ...]) -> Iterator[str]:
    for disk in sorted(disks, key=lambda disk: disk.free):
        if disk.free < LEAST_FREE or disk.free < LEAST_SHARE * disk.total:
            yield f"Disk nearly full: {disk.free / GIB:.1f} GiB left for {disk.name} ({disk.folder}). Make room."


def _file_warnings(files: tuple[int, int] | None) -> Iterator[str]:
    if files and files[0] > MOST_FILES * files[1]:
        yield f"{files[0]:,} of {files[1]:,} files are open: more pages may not open. Raise the limit (ulimit -Hn)."


def _backup_warnings(last_backup: datetime | None) -> Iterator[str]:
    if last_backup is None:
        yield f"No backup has been made yet. {BACK_UP}"
    elif (age := datetime.now(UTC) - last_backup) > OLDEST_BACKUP:
        yield f"The last backup was made {age // timedelta(hours=1)} hours ago. {BACK_UP}"


def _versions(ws: Workspace) -> dict[str, str]:
    versions = {"Studio": _code(), "Python": platform.python_version()}
    for name in PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:  # a server that learns elsewhere may do without
            versions[name] = "not installed"
    versions[ws.engine.dialect.name] = database_version(ws.engine)
    return versions | {"schema": schema_version(ws.engine)}


@lru_cache(maxsize=1)
def _code() -> str:
    """A short name of this very code: the same on two servers where they run the same."""
    root, digest = Path(__file__).parents[1], hashlib.sha256()
    for file in sorted(root.rglob("*.py")):
        digest.update(file.relative_to(root).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()[:10]


def _backlog(ws: Workspace, project: Project) -> Backlog:
    newest, features = newest_round(ws.engine, project.id), feature_state(ws, project.id)
    imports = imports_of(ws.engine, project.id)
    return Backlog(
        project=project.name,
        runs=newest is not None and newest.state == "running",
        is_read=reading_elsewhere(ws, project.id) is not None,
        open_imports=sum(listed.finished_at is None and listed.undone_at is None for listed in imports),
        unread_images=features.images - features.read if features else 0,
    )
