"""Projects and their classes as rows."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from string import ascii_lowercase
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from vabal_core.store.database import reading, writing
from vabal_core.store.tables import defect_class, project
from vabal_core.types import RESERVED_KEYS, DefectClass, Project

DIGITS = "1234567890"  # as on the keyboard
LETTERS = "".join(letter for letter in ascii_lowercase if letter not in RESERVED_KEYS)


def all_projects(engine: Engine) -> list[Project]:
    """Every project, oldest first."""
    with reading(engine) as transaction:
        return [_project(row) for row in transaction.execute(sa.select(project).order_by(project.c.id))]


def project_by_id(engine: Engine, project_id: int) -> Project | None:
    """The project, or None."""
    with reading(engine) as transaction:
        row = transaction.execute(sa.select(project).where(project.c.id == project_id)).first()
    return _project(row) if row else None


def insert_project(engine: Engine, name: str, *, synthetic: bool, settings: Mapping[str, Any]) -> Project | None:
    """The new project, or None where the name is taken: looked up and written in one transaction."""
    values = {"name": name, "synthetic": synthetic, "settings": dict(settings), "created_at": datetime.now(UTC)}
    with writing(engine) as transaction:
        if transaction.execute(sa.select(project.c.id).where(project.c.name == name)).first():
            return None
        row = transaction.execute(sa.insert(project).values(**values).returning(project)).one()
    return _project(row)


def merge_settings(engine: Engine, project_id: int, changes: Mapping[str, Any]) -> Project:
    """Write `changes` over the project's settings; two changes at once both last."""
    with writing(engine) as transaction:
        query = sa.select(project.c.settings).where(project.c.id == project_id).with_for_update()
        settings = {**transaction.execute(query).scalar_one(), **changes}
        update = sa.update(project).where(project.c.id == project_id).values(settings=settings)
        return _project(transaction.execute(update.returning(project)).one())


def classes_of(engine: Engine, project_id: int) -> list[DefectClass]:
    """The project's classes in the order they were made."""
    with reading(engine) as transaction:
        return read_classes(transaction, project_id)


def read_classes(transaction: Connection, project_id: int) -> list[DefectClass]:
    """As `classes_of`, inside a transaction."""
    query = sa.select(defect_class).where(defect_class.c.project_id == project_id).order_by(defect_class.c.id)
    return [DefectClass(row.id, row.name, row.key) for row in transaction.execute(query)]


def project_of_class(engine: Engine, class_id: int) -> int | None:
    """The id of the project that `class_id` belongs to, or None."""
    with reading(engine) as transaction:
        return transaction.execute(sa.select(defect_class.c.project_id).where(defect_class.c.id == class_id)).scalar()


def insert_classes(transaction: Connection, project_id: int, names: Sequence[str]) -> None:
    """Add the classes of `names` that the project lacks, each with a key of its own ("" when the keys run out)."""
    # On PostgreSQL the lock on the project keeps two writers from handing out the same key; SQLite has one writer.
    transaction.execute(sa.select(project.c.id).where(project.c.id == project_id).with_for_update())
    there = read_classes(transaction, project_id)
    new = [name for name in dict.fromkeys(names) if name not in {known.name for known in there}]
    taken = {known.key for known in there}
    rows = []
    for name in new:
        rows.append({"project_id": project_id, "name": name, "key": free_key(name, taken)})
        taken.add(rows[-1]["key"])
    if rows:
        transaction.execute(sa.insert(defect_class), rows)


def free_key(name: str, taken: Collection[str]) -> str:
    """The key of a new class: the next digit; then the first free letter of its name, or of all; "" when none is."""
    of_name = [letter for letter in name.lower() if letter in LETTERS]
    return next((key for key in [*DIGITS, *of_name, *LETTERS] if key not in taken), "")


def swap_key(transaction: Connection, project_id: int, class_id: int, key: str) -> None:
    """Give the class `key`; the class that had it gets the key this one had."""
    keys = {known.id: known.key for known in read_classes(transaction, project_id)}
    changes = {other: keys[class_id] for other, held in keys.items() if held == key} | {class_id: key}
    for changed, new in changes.items():
        transaction.execute(sa.update(defect_class).where(defect_class.c.id == changed).values(key=new))


def update_class_name(transaction: Connection, class_id: int, name: str) -> None:
    """Give the class another name; labels point at its id and stay."""
    transaction.execute(sa.update(defect_class).where(defect_class.c.id == class_id).values(name=name))


def _project(row: sa.Row[Any]) -> Project:
    return Project(row.id, row.name, row.created_at, row.synthetic, row.settings)
