"""Projects as rows."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vabal_core.store.database import Database, reading, writing
from vabal_core.store.snapshot import asked_once
from vabal_core.store.tables import project
from vabal_core.types import Project
from vabal_core.types.names import same_name

_BY_ID = sa.select(project).where(project.c.id == sa.bindparam("of_project"), project.c.emptied_at.is_(None))


@asked_once
def all_projects(database: Database, *, removed: bool = False) -> Sequence[Project]:
    """Every project that is in use, oldest first; `removed`: every one that lies in the bin."""
    query = sa.select(project).where(project.c.emptied_at.is_(None)).order_by(project.c.id)
    in_bin = project.c.removed_at.is_not(None)
    with reading(database) as transaction:
        return [_project(row) for row in transaction.execute(query.where(in_bin if removed else ~in_bin))]


def has_projects(database: Database) -> bool:
    """Whether there has ever been a project."""
    with reading(database) as transaction:
        return transaction.execute(sa.select(project.c.id).limit(1)).first() is not None


@asked_once
def project_by_id(database: Database, project_id: int) -> Project | None:
    """The project, in the bin or not; None where there is none, or it was emptied out of the bin."""
    with reading(database) as transaction:
        row = transaction.execute(_BY_ID, {"of_project": project_id}).first()
    return _project(row) if row else None


def insert_project(database: Database, name: str, *, synthetic: bool, settings: Mapping[str, Any]) -> Project | None:
    """The new project, or None where one that is in use has the name; one in the bin gets another name."""
    values = {"name": name, "synthetic": synthetic, "settings": dict(settings), "created_at": datetime.now(UTC)}
    with writing(database) as transaction:
        if _is_taken(transaction, name):
            return None
        values["folder"] = folder_of(transaction, name)
        return _project(transaction.execute(sa.insert(project).values(**values).returning(project)).one())


def update_project_name(transaction: Connection, project_id: int, name: str) -> bool:
    """Whether the project is called `name` now: not where another one that is in use is; one in the bin gives way."""
    if _is_taken(transaction, name, but=project_id):
        return False
    transaction.execute(sa.update(project).where(project.c.id == project_id).values(name=name))
    return True


def mark_removed(transaction: Connection, project_id: int, moment: datetime | None) -> None:
    """The project lies in the bin since `moment`; None: it is in use."""
    transaction.execute(sa.update(project).where(project.c.id == project_id).values(removed_at=moment))


def mark_emptied(transaction: Connection, project_id: int) -> None:
    """What is left of a project: a row that the log points at, under a name that nobody takes."""
    values = {"emptied_at": datetime.now(UTC), "name": f"emptied {project_id}", "settings": {}}
    transaction.execute(sa.update(project).where(project.c.id == project_id).values(**values))


def folder_of(database: Database, name: str) -> str:
    """The folder below `projects` for the archives of the project called `name`, which it keeps whatever it is called
    later; of one that is not there yet, the folder that it will have: readable, and no other project's."""
    readable = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40]
    base = f"{readable}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    columns = project.c.name, project.c.folder, project.c.removed_at
    with reading(database) as transaction:
        rows = transaction.execute(sa.select(*columns)).all()
    own = next((row.folder for row in rows if row.removed_at is None and same_name(row.name, name)), None)
    taken = {row.folder for row in rows}
    free = (candidate for n in count(2) for candidate in (base, f"{base}-{n}") if candidate not in taken)
    return own or next(free)


def _is_taken(transaction: Connection, name: str, but: int = 0) -> bool:
    """Whether a project in use is called `name`; the name of one in the bin is changed, so that it stands in nobody's
    way."""
    rows = transaction.execute(sa.select(project.c.id, project.c.name, project.c.removed_at)).all()
    same = [row for row in rows if row.id != but and same_name(row.name, name)]
    if any(row.removed_at is None for row in same):
        return True
    for row in same:
        others = [other.name for other in rows]
        names = (f"{row.name} (removed {n})" for n in count(1))
        free = next(free for free in names if not any(same_name(free, other) for other in others))
        transaction.execute(sa.update(project).where(project.c.id == row.id).values(name=free))
    return False


def merge_settings(database: Database, project_id: int, changes: Mapping[str, Any]) -> Project:
    """Write `changes` over the project's settings; two changes at once both last."""
    with writing(database) as transaction:
        query = sa.select(project.c.settings).where(project.c.id == project_id)
        settings = {**transaction.execute(query).scalar_one(), **changes}
        update = sa.update(project).where(project.c.id == project_id).values(settings=settings)
        return _project(transaction.execute(update.returning(project)).one())


def _project(row: sa.Row[Any]) -> Project:
    return Project(
        id=row.id,
        name=row.name,
        created_at=row.created_at,
        synthetic=row.synthetic,
        settings=row.settings,
        removed_at=row.removed_at,
    )
