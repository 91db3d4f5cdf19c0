"""Open the place where everything of the Studio is kept: one database and one folder."""

import os
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import Engine

from vabal_core.store.database import connect, sqlite_url
from vabal_core.store.migrate import migrate
from vabal_core.types import StudioError


@dataclass(frozen=True)
class Workspace:
    """The database and the data folder, which every verb takes first. Safe to share between threads."""

    engine: Engine
    data_dir: Path


def open_workspace(data_dir: Path | None = None, database_url: str | None = None) -> Workspace:
    """Open the workspace, making its folders and bringing its database up to date where needed.

    Left out, `data_dir` is the environment's VABAL_DATA_DIR or "data", and `database_url` its VABAL_DATABASE_URL or
    an SQLite file in the data folder. Rounds marked as running are left alone. StudioError when the folder cannot be
    written, or when a newer version of the Studio made the database.
    """
    folder = Path(data_dir or os.environ.get("VABAL_DATA_DIR") or "data").resolve()
    try:
        (folder / "projects").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StudioError(
            f"The data folder {folder} cannot be made: {error.strerror}. Check its rights, or set VABAL_DATA_DIR to "
            "a folder that may be written."
        ) from error
    url = database_url or os.environ.get("VABAL_DATABASE_URL") or sqlite_url(folder / "studio.db")
    engine = connect(url, folder)
    migrate(engine, folder / "studio.lock")
    return Workspace(engine, folder)
