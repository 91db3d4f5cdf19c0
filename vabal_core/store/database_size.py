"""How large the database is, and who serves it."""

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from vabal_core.store.database import reading

BESIDE = ("", "-wal")  # an SQLite file, and what was written last


def database_bytes(engine: Engine) -> int:
    """Bytes that the database takes where it is kept."""
    if engine.dialect.name == "sqlite":
        files = (Path(f"{engine.url.database}{suffix}") for suffix in BESIDE)
        return sum(file.stat().st_size for file in files if file.exists())
    with reading(engine) as transaction:
        return transaction.execute(sa.select(sa.func.pg_database_size(sa.func.current_database()))).scalar_one()


def database_version(engine: Engine) -> str:
    """The version of SQLite, or of the server."""
    with reading(engine) as transaction:
        return ".".join(map(str, transaction.dialect.server_version_info or ()))
