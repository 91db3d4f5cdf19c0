"""The types of columns that SQLAlchemy does not bring: times in UTC, addresses of files, keys beyond 2 billion."""

import os
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import sqlalchemy as sa

# SQLite numbers rows by itself only where the key is plain INTEGER.
BigKey = sa.BigInteger().with_variant(sa.Integer, "sqlite")


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An aware datetime, kept in UTC. SQLite drops the zone on the way in, so it is put back on the way out."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError(f"a time without a zone was given: {value!r}; give an aware datetime")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class FileAddress(sa.types.TypeDecorator[str]):
    """Where a file is. Within the data folder it is kept relative to that, so that the folder can be moved, or restored
    from a copy elsewhere, as it is; whoever reads it gets the whole address."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        folder: Path | None = getattr(dialect, "data_dir", None)
        if value is None or folder is None:
            return value
        real = os.path.join(_real_folder(os.path.dirname(value)), os.path.basename(value))
        within = f"{folder}{os.sep}"
        return real[len(within) :].replace(os.sep, "/") if real.startswith(within) else value

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> str | None:
        folder: Path | None = getattr(dialect, "data_dir", None)
        return value if value is None or folder is None else os.path.join(folder, value)  # a whole one stays as it is


@lru_cache(maxsize=4096)
def _real_folder(folder: str) -> str:
    return os.path.realpath(folder)
