"""Open the place where everything of the Studio is kept: one database and one folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import Engine

from vabal_core.store.database import connect, sqlite_url
from vabal_core.store.database_check import refuse_damaged
from vabal_core.store.migrate import migrate
from vabal_core.store.snapshot import snapshot
from vabal_core.types import StudioError
from vabal_core.workspace.private_files import keep_private


@dataclass(frozen=True)
class Workspace:
    """The database and the data folder, which every verb takes first. Safe to share between threads."""

    engine: Engine
    data_dir: Path


@contextmanager
def one_state(ws: Workspace) -> Iterator[None]:
    """Within the block, all that this thread reads is of one state of the database, until it writes: then of the one
    after. What several verbs ask is read once."""
    with snapshot(ws.engine):
        yield


def open_workspace(data_dir: Path | None = None, database_url: str | None = None, *, check: bool = False) -> Workspace:
    """Open the workspace, making its folders and bringing its database up to date where needed.

    Left out, `data_dir` is the environment's VABAL_DATA_DIR or "data", and `database_url` its VABAL_DATABASE_URL, what
    stands in the file VABAL_DATABASE_URL_FILE, or an SQLite file in the data folder. Rounds marked as running are left
    alone. `check`: read all of an SQLite file first. StudioError when the folder cannot be written, the database is
    damaged, or a newer version of the Studio made it.
    """
    folder = Path(data_dir or os.environ.get("VABAL_DATA_DIR") or "data").resolve()
    try:
        (folder / "projects").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StudioError(
            f"The data folder {folder} cannot be made: {error.strerror}. Check its rights, or set VABAL_DATA_DIR to "
            "a folder that may be written."
        ) from error
    engine = _connect(folder, database_url)
    if check:
        refuse_damaged(engine)
    migrate(engine, folder / "studio.lock")
    return Workspace(engine, folder)


def _connect(folder: Path, database_url: str | None) -> Engine:
    url = database_url or os.environ.get("VABAL_DATABASE_URL") or _address_in_file() or sqlite_url(folder / "studio.db")
    engine = connect(url, folder)
    file = engine.url.database if engine.dialect.name == "sqlite" else None
    try:
        keep_private(folder, Path(file) if file else None)
    except OSError as error:
        place = error.filename or folder
        raise StudioError(f"{place} cannot be made: {error.strerror}. Check rights and free space.") from error
    return engine


def _address_in_file() -> str:
    """The address of the database where it is kept in a file, for it holds a password; "" where none is named."""
    file = os.environ.get("VABAL_DATABASE_URL_FILE", "")
    try:
        return Path(file).read_text(encoding="utf-8").strip() if file else ""
    except (OSError, UnicodeDecodeError) as error:
        raise StudioError(f"The file {file} (VABAL_DATABASE_URL_FILE) cannot be read: {error}.") from error
