"""Projects and their classes as rows."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from string import ascii_lowercase
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vabal_core.store.database import Database, reading, writing
from vabal_core.store.tables import defect_class, project
from vabal_core.types import RESERVED_KEYS, DefectClass, Project
from vabal_core.types.names import NameBook, name_book, same_name

DIGITS = "1234567890"  # as on the keyboard
LETTERS = "".join(letter for letter in ascii_lowercase if letter not in RESERVED_KEYS)


def all_projects(database: Database) -> list[Project]:
    """Every project, oldest first."""
    with reading(database) as transaction:
        return [_project(row) for row in transaction.execute(sa.select(project).order_by(project.c.id))]


def project_by_id(database: Database, project_id: int) -> Project | None:
    """The project, or None."""
    with reading(database) as transaction:
        row = transaction.execute(sa.select(project).where(project.c.id == project_id)).first()
    return _project(row) if row else None


def insert_project(database: Database, name: str, *, synthetic: bool, settings: Mapping[str, Any]) -> Project | None:
    """The new project, or None where the name is taken: looked up and written in one transaction."""
    values = {"name": name, "synthetic": synthetic, "settings": dict(settings), "created_at": datetime.now(UTC)}
    with writing(database) as transaction:
        if any(same_name(other, name) for other in transaction.execute(sa.select(project.c.name)).scalars()):
            return None
        row = transaction.execute(sa.insert(project).values(**values).returning(project)).one()
    return _project(row)


def lock_project(transaction: Connection, project_id: int) -> None:
    """Until the transaction ends nobody else hands out keys, positions or leases of the project.

    SQLite does without: there a transaction that may write is alone anyway.
    """
    if transaction.dialect.name != "sqlite":
        transaction.execute(sa.select(project.c.id).where(project.c.id == project_id).with_for_update())


def merge_settings(database: Database, project_id: int, changes: Mapping[str, Any]) -> Project:
    """Write `changes` over the project's settings; two changes at once both last."""
    with writing(database) as transaction:
        query = sa.select(project.c.settings).where(project.c.id == project_id).with_for_update()
        settings = {**transaction.execute(query).scalar_one(), **changes}
        update = sa.update(project).where(project.c.id == project_id).values(settings=settings)
        return _project(transaction.execute(update.returning(project)).one())


def classes_of(database: Database, project_id: int) -> list[DefectClass]:
    """The project's classes in the order they were made."""
    query = sa.select(defect_class).where(defect_class.c.project_id == project_id).order_by(defect_class.c.id)
    with reading(database) as transaction:
        return [DefectClass(row.id, row.name, row.key) for row in transaction.execute(query)]


def class_book(database: Database, project_id: int) -> NameBook[int]:
    """Class ids by name. A class that was merged into another, and what a class was called before, lead to the class
    that is meant by it now; where a name is both, the class that is called so now has it.
    """
    standing = (defect_class.c.project_id == project_id, defect_class.c.emptied_at.is_(None))
    with reading(database) as transaction:
        rows = transaction.execute(sa.select(defect_class).where(*standing).order_by(defect_class.c.id)).all()
    merged = {row.id: row.merged_into_id for row in rows if row.merged_into_id is not None}
    now = sorted(rows, key=lambda row: row.id in merged)  # stable: those that stand come first
    names = [(row.name, row.id) for row in now]
    names += [(name, row.id) for row in now for name in row.former_names]
    return name_book((name, _meant(class_id, merged)) for name, class_id in names)


def _meant(class_id: int, merged: Mapping[int, int]) -> int:
    """The class that `class_id` was merged into, by however many steps."""
    while class_id in merged:
        class_id = merged[class_id]
    return class_id


def class_ids_of(project_id: int) -> sa.Select[tuple[int]]:
    """A query of the ids of the project's classes, to be a part of another."""
    return sa.select(defect_class.c.id).where(defect_class.c.project_id == project_id)


def class_name(class_id: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """The name of the class that `class_id`, a column of another query, points at; None where it is None."""
    of_class = defect_class.alias()
    return sa.select(of_class.c.name).where(of_class.c.id == class_id).scalar_subquery()


def notes_of(database: Database, project_id: int) -> dict[int, str]:
    """class id -> what the class guide says of the class ("" where it says nothing)."""
    query = sa.select(defect_class.c.id, defect_class.c.note).where(defect_class.c.project_id == project_id)
    with reading(database) as transaction:
        return {row.id: row.note for row in transaction.execute(query)}


def write_note(transaction: Connection, class_id: int, note: str) -> bool:
    """Whether there is such a class, which now has this note."""
    update = sa.update(defect_class).where(defect_class.c.id == class_id).values(note=note)
    return transaction.execute(update).rowcount == 1


def project_of_class(database: Database, class_id: int) -> int | None:
    """The id of the project that `class_id` belongs to, or None."""
    with reading(database) as transaction:
        return transaction.execute(sa.select(defect_class.c.project_id).where(defect_class.c.id == class_id)).scalar()


def insert_classes(transaction: Connection, project_id: int, names: Sequence[str]) -> dict[str, int]:
    """Add the classes of `names` that the project lacks, each with a key of its own ("" when the keys run out).

    Returns name -> class id for all of `names`, by the rule of `class_book`.
    """
    lock_project(transaction, project_id)
    stored, book = classes_of(transaction, project_id), class_book(transaction, project_id)
    new = name_book((name, name) for name in names if book.find(name) is None)
    taken = {listed.key for listed in stored}
    rows = []
    for name in new.folded.values():
        rows.append({"project_id": project_id, "name": name, "key": free_key(name, taken)})
        taken.add(rows[-1]["key"])
    if rows:
        transaction.execute(sa.insert(defect_class), rows)
        book = class_book(transaction, project_id)
    ids = ((name, book.find(name)) for name in names)
    return {name: class_id for name, class_id in ids if class_id is not None}


def free_key(name: str, taken: Collection[str]) -> str:
    """The key of a new class: the next digit; then the first free letter of its name, or of all; "" when none is."""
    of_name = [letter for letter in name.lower() if letter in LETTERS]
    return next((key for key in [*DIGITS, *of_name, *LETTERS] if key not in taken), "")


def swap_key(transaction: Connection, project_id: int, class_id: int, key: str) -> None:
    """Give the class `key`; the class that had it gets the key this one had."""
    keys = {listed.id: listed.key for listed in classes_of(transaction, project_id)}
    changes = {other: keys[class_id] for other, held in keys.items() if held == key} | {class_id: key}
    for changed, new in changes.items():
        transaction.execute(sa.update(defect_class).where(defect_class.c.id == changed).values(key=new))


def update_class_name(transaction: Connection, class_id: int, name: str) -> None:
    """Give the class another name; labels point at its id and stay. It goes on being found by the name it had."""
    row = transaction.execute(sa.select(defect_class).where(defect_class.c.id == class_id)).one()
    forget_former_name(transaction, row.project_id, name)
    former = [former for former in row.former_names if not same_name(former, name)]
    former += [] if same_name(row.name, name) else [row.name]
    values = {"name": name, "former_names": former}
    transaction.execute(sa.update(defect_class).where(defect_class.c.id == class_id).values(**values))


def forget_former_name(transaction: Connection, project_id: int, name: str) -> None:
    """No class of the project is found by `name` any more because it was called so before."""
    rows = transaction.execute(sa.select(defect_class).where(defect_class.c.project_id == project_id)).all()
    for row in rows:
        left = [former for former in row.former_names if not same_name(former, name)]
        if left != row.former_names:
            transaction.execute(sa.update(defect_class).where(defect_class.c.id == row.id).values(former_names=left))


def _project(row: sa.Row[Any]) -> Project:
    return Project(id=row.id, name=row.name, created_at=row.created_at, synthetic=row.synthetic, settings=row.settings)
