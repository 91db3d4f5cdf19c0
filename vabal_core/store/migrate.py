"""Bring a database to the schema this version needs, and refuse one that is ahead of it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from filelock import FileLock
from sqlalchemy.engine import Engine

from vabal_core.store.database import reading, writing
from vabal_core.types import StudioError

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(engine: Engine, lock_file: Path) -> None:
    """Create or upgrade the schema; one process at a time, the others wait at `lock_file`.

    Raises StudioError when the database was made by a newer version of the Studio.
    """
    with _locked(lock_file):
        newest = _is_newest(engine)
        if engine.dialect.name == "sqlite":
            _use_write_ahead_log(engine)
        if newest:
            return
        config = _config()
        with writing(engine) as transaction:
            config.attributes["connection"] = transaction
            command.upgrade(config, "head")


def schema_version(engine: Engine) -> str:
    """The schema of the database, as its migrations call it."""
    with reading(engine) as transaction:
        return MigrationContext.configure(transaction).get_current_revision() or ""


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    lock = FileLock(file)
    try:
        lock.acquire()
    except (OSError, NotImplementedError) as error:
        raise StudioError(
            f"The file {file} cannot be locked: {error}. Check the rights of the file and of its folder."
        ) from error
    try:
        yield
    finally:
        lock.release()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


@cache
def _revisions() -> tuple[str, ...]:
    """The schemas that this version knows, the newest first."""
    return tuple(script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def _is_newest(engine: Engine) -> bool:
    """Whether nothing is left to do; StudioError where this version does not know the schema."""
    revision, revisions = schema_version(engine), _revisions()
    if revision and revision not in revisions:
        raise StudioError(
            f"The database {engine.url.database} has schema {revision}, made by a newer version of the Studio; this "
            f"version knows schemas up to {revisions[0]}. Start the newer version, or choose another data folder."
        )
    return revision == revisions[0]


def _use_write_ahead_log(engine: Engine) -> None:
    # Kept in the file once set: readers then never wait for the writer. It cannot be set inside a transaction.
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA journal_mode = WAL")
    except sqlite3.Error as error:
        raise StudioError(
            f"The database {engine.url.database} cannot be prepared: {error}. Check its rights and the free space."
        ) from error
    finally:
        connection.close()
