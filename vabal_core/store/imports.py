"""Imports as rows: what was brought in from where, by whom, and whether it ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vabal_core.store.database import Database, reading, writing
from vabal_core.store.tables import import_


@dataclass(frozen=True, kw_only=True)
class ImportRow:
    """One import: `images` is how many it was to write, `finished_at` None where it broke off or is under way."""

    id: int
    project_id: int
    source: str
    layout: Mapping[str, Any]
    images: int
    annotator: str
    created_at: datetime
    finished_at: datetime | None
    undone_at: datetime | None


def begin_import(
    transaction: Connection,
    project_id: int,
    source: str,
    *,
    layout: Mapping[str, Any],
    images: int,
    annotator: str,
    anything: bool,
) -> int | None:
    """The id of the import that brings `images` images from `source`: one of that source that broke off goes on, with
    what it lacked; otherwise a new one, or None where there is not `anything` to bring or to change."""
    values = {"project_id": project_id, "source": source, "layout": dict(layout), "annotator": annotator}
    broken = import_.c.project_id == project_id, import_.c.source == source, import_.c.finished_at.is_(None)
    query = sa.select(import_.c.id).where(*broken, import_.c.undone_at.is_(None)).order_by(import_.c.id.desc())
    import_id = transaction.execute(query.limit(1)).scalar()
    if import_id is not None or not anything:
        return import_id
    values |= {"images": images, "created_at": datetime.now(UTC)}
    return transaction.execute(sa.insert(import_).values(**values).returning(import_.c.id)).scalar_one()


def finish_import(database: Database, import_id: int) -> None:
    with writing(database) as transaction:
        _stamp(transaction, import_id, finished_at=datetime.now(UTC))


def mark_undone(transaction: Connection, import_id: int, moment: datetime | None) -> None:
    """It was undone at `moment`; None: it was not, or that was taken back."""
    _stamp(transaction, import_id, undone_at=moment)


def imports_of(database: Database, project_id: int) -> list[ImportRow]:
    """The imports of the project, newest first."""
    query = sa.select(import_).where(import_.c.project_id == project_id).order_by(import_.c.id.desc())
    with reading(database) as transaction:
        return [ImportRow(**row._asdict()) for row in transaction.execute(query)]


def import_by_id(database: Database, import_id: int) -> ImportRow | None:
    """The import, or None."""
    with reading(database) as transaction:
        row = transaction.execute(sa.select(import_).where(import_.c.id == import_id)).first()
    return ImportRow(**row._asdict()) if row else None


def _stamp(transaction: Connection, import_id: int, **times: datetime | None) -> None:
    transaction.execute(sa.update(import_).where(import_.c.id == import_id).values(**times))
