"""New files of SQLite for the Studios of tests: copies of one that has the newest schema."""

import shutil
import threading
from functools import lru_cache
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from vabal_core.store.database import connect, sqlite_url
from vabal_core.store.migrate import migrate
from vabal_core.workspace import workspace as opening

ONE_AT_A_TIME = threading.Lock()


def copying_schema(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Has each new file begin as a copy, instead of going through all versions of the schema; it is migrated then, as
    one that was there before."""

    def copied(engine: Engine, lock_file: Path) -> None:
        file = Path(engine.url.database or "")
        with ONE_AT_A_TIME:
            if engine.dialect.name == "sqlite" and file.parent.is_dir() and not (file.exists() and file.stat().st_size):
                shutil.copyfile(_newest(folder), file)
        migrate(engine, lock_file)

    monkeypatch.setattr(opening, "migrate", copied)


@lru_cache(maxsize=1)
def _newest(folder: Path) -> Path:
    """A file with the newest schema and nothing in it."""
    file = folder / "newest.db"
    engine = connect(sqlite_url(file), folder)
    migrate(engine, folder / "newest.lock")
    engine.dispose()
    return file
