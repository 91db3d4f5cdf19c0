"""The classes of projects as rows: those that people label with, those in the bin, those merged into others."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from string import ascii_lowercase
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vabal_core.store.database import Database, reading
from vabal_core.store.snapshot import asked_once
from vabal_core.store.tables import defect_class
from vabal_core.types import RESERVED_KEYS, DefectClass
from vabal_core.types.names import NameBook, name_book, same_name

DIGITS = "1234567890"  # as on the keyboard
# Statements that each label asks several times are made once, here and in the modules beside: to build and to compare
# one costs more than to answer it.
_OF_PROJECT = sa.select(defect_class).where(defect_class.c.project_id == sa.bindparam("of_project"))
_OF_PROJECT = _OF_PROJECT.order_by(defect_class.c.id)
LETTERS = "".join(letter for letter in ascii_lowercase if letter not in RESERVED_KEYS)


@dataclass(frozen=True, kw_only=True)
class ClassTable:
    """All classes of a project: `current` are those that people label with, in the order they were made; `names` are of
    every class there has been; `merged`: class id -> id of the class that it counts as now; `removed`: those in
    the bin, or emptied out of it."""

    current: tuple[DefectClass, ...]
    names: Mapping[int, str]
    merged: Mapping[int, int]
    removed: Collection[int]

    def counts_as(self, class_id: int) -> int:
        return self.merged.get(class_id, class_id)

    def shown(self, class_id: int) -> str:
        """The name of a class as rounds knew it, and what has become of it since."""
        into = self.counts_as(class_id)
        return self.names[class_id] + ("" if into == class_id else f" (now {self.names[into]})")

    def all_of(self, class_id: int) -> list[int]:
        """Ids of the classes that count as this one, itself first."""
        return [class_id, *(other for other, into in self.merged.items() if into == class_id)]

    def counted(self, class_id: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """`counts_as` of a column of class ids."""
        return sa.case(self.merged, value=class_id, else_=class_id) if self.merged else class_id


def classes_of(database: Database, project_id: int) -> list[DefectClass]:
    """The classes that people label with, in the order they were made: none in the bin, none merged into another."""
    return list(class_table(database, project_id).current)


@asked_once
def class_table(database: Database, project_id: int) -> ClassTable:
    """Every class of the project."""
    with reading(database) as transaction:
        rows = transaction.execute(_OF_PROJECT, {"of_project": project_id}).all()
    steps = {row.id: row.merged_into_id for row in rows if row.merged_into_id is not None}
    current = (row for row in rows if row.id not in steps and row.removed_at is None)
    return ClassTable(
        current=tuple(DefectClass(row.id, row.name, row.key) for row in current),
        names={row.id: row.name for row in rows},
        merged={class_id: _last(class_id, steps) for class_id in steps},
        removed={row.id for row in rows if row.removed_at is not None},
    )


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
    return name_book((name, _last(class_id, merged)) for name, class_id in names)


def merged_classes(database: Database) -> dict[int, int]:
    """class id -> id of the class that it counts as, of the merged classes of all projects."""
    query = sa.select(defect_class.c.id, defect_class.c.merged_into_id).where(
        defect_class.c.merged_into_id.is_not(None)
    )
    with reading(database) as transaction:
        steps = {row.id: row.merged_into_id for row in transaction.execute(query)}
    return {class_id: _last(class_id, steps) for class_id in steps}


def _last(class_id: int, steps: Mapping[int, int]) -> int:
    """Where the merges that begin at `class_id` end."""
    while class_id in steps:
        class_id = steps[class_id]
    return class_id


def revive_classes(transaction: Connection, class_ids: Collection[int]) -> None:
    """Take out of the bin those of the classes, or of what they are merged into, that lie in it: they are used again.

    A class whose key was given to another meanwhile gets a free one; one that was emptied has its name again, where
    nobody took it.
    """
    for class_id in sorted(class_ids):
        row = transaction.execute(sa.select(defect_class).where(defect_class.c.id == class_id)).one()
        if row.merged_into_id is not None:
            revive_classes(transaction, [row.merged_into_id])
        elif row.removed_at is not None:
            row = _locked(transaction, row)
        if row.merged_into_id is None and row.removed_at is not None:
            taken = {listed.key for listed in classes_of(transaction, row.project_id)}
            key = free_key(row.name, taken) if row.key in taken else row.key
            values = {"removed_at": None, "emptied_at": None, "key": key, "name": _name_before(transaction, row)}
            transaction.execute(sa.update(defect_class).where(defect_class.c.id == class_id).values(**values))


def _locked(transaction: Connection, row: sa.Row[Any]) -> sa.Row[Any]:
    """The class as it is once nobody revives another of its project just now, who might take the same key."""
    of_project = sa.select(defect_class).where(defect_class.c.project_id == row.project_id).order_by(defect_class.c.id)
    rows = transaction.execute(of_project.with_for_update(key_share=True)).all()
    return next(locked for locked in rows if locked.id == row.id)


def _name_before(transaction: Connection, row: sa.Row[Any]) -> str:
    """What a class was called before it was emptied out of the bin; as it is called now where that is taken."""
    before = row.name.removesuffix(_emptied_mark(row.id)) if row.emptied_at is not None else row.name
    taken = class_book(transaction, row.project_id).find(before)
    return before if taken in (None, row.id) else row.name


def _emptied_mark(class_id: int) -> str:
    return f" (emptied {class_id})"


def notes_of(database: Database, project_id: int) -> dict[int, str]:
    """class id -> what the class guide says of the class ("" where it says nothing)."""
    query = sa.select(defect_class.c.id, defect_class.c.note).where(defect_class.c.project_id == project_id)
    with reading(database) as transaction:
        return {row.id: row.note for row in transaction.execute(query)}


def write_note(transaction: Connection, class_id: int, note: str) -> None:
    update = sa.update(defect_class).where(defect_class.c.id == class_id).values(note=note)
    transaction.execute(update)


def project_of_class(database: Database, class_id: int) -> int | None:
    """The id of the project that `class_id` belongs to, or None."""
    with reading(database) as transaction:
        return transaction.execute(sa.select(defect_class.c.project_id).where(defect_class.c.id == class_id)).scalar()


def removed_classes(database: Database, project_id: int) -> list[DefectClass]:
    """The classes in the project's bin, those that went last first."""
    of_bin = defect_class.c.project_id == project_id, defect_class.c.removed_at.is_not(None)
    query = sa.select(defect_class).where(*of_bin, defect_class.c.emptied_at.is_(None))
    with reading(database) as transaction:
        rows = transaction.execute(query.order_by(defect_class.c.removed_at.desc(), defect_class.c.id))
        return [DefectClass(row.id, row.name, row.key) for row in rows]


def remove_classes(transaction: Connection, class_ids: Collection[int], moment: datetime) -> None:
    """Put these classes into the bin, as of `moment`: they keep their names, and their keys are free."""
    update = sa.update(defect_class).where(defect_class.c.id.in_(class_ids), defect_class.c.removed_at.is_(None))
    transaction.execute(update.values(removed_at=moment))


def empty_classes(transaction: Connection, project_id: int) -> int:
    """Empty the classes of the project's bin out of it; returns how many. The rows stay for the log, which names them,
    under names that nobody takes: a class made under the old name is another one."""
    columns = defect_class.c
    of_bin = columns.project_id == project_id, columns.removed_at.is_not(None), columns.emptied_at.is_(None)
    name = columns.name + sa.literal(" (emptied ") + sa.cast(columns.id, sa.Text) + sa.literal(")")
    values = {"emptied_at": datetime.now(UTC), "name": name, "former_names": []}
    return transaction.execute(sa.update(defect_class).where(*of_bin).values(**values)).rowcount


def mark_merged(transaction: Connection, class_id: int, into_id: int | None) -> None:
    """What is labelled as the class counts as `into_id`; None: as itself, with a free key where another has its own."""
    row = transaction.execute(sa.select(defect_class).where(defect_class.c.id == class_id)).one()
    taken = {listed.key for listed in classes_of(transaction, row.project_id) if listed.id != class_id}
    key = free_key(row.name, taken) if into_id is None and row.key in taken else row.key
    update = sa.update(defect_class).where(defect_class.c.id == class_id)
    transaction.execute(update.values(merged_into_id=into_id, key=key))


def classes_brought_by(transaction: Connection, import_ids: Collection[int]) -> list[int]:
    """Ids of the classes that these imports made, or took out of the bin."""
    query = sa.select(defect_class.c.id).where(defect_class.c.import_id.in_(import_ids))
    return list(transaction.execute(query).scalars())


def classes_removed_at(transaction: Connection, project_id: int, moment: datetime) -> list[int]:
    """Ids of the project's classes that went into the bin at that very moment."""
    of_bin = defect_class.c.project_id == project_id, defect_class.c.removed_at == moment
    return list(transaction.execute(sa.select(defect_class.c.id).where(*of_bin)).scalars())


def insert_classes(
    transaction: Connection, project_id: int, names: Sequence[str], import_id: int | None = None
) -> dict[str, int]:
    """Add the classes of `names` that the project lacks, each with a key of its own ("" when the keys run out).

    Returns name -> class id for all of `names`, by the rule of `class_book`; those in the bin come out of it, and are
    brought by the import `import_id` from then on, where one is given.
    """
    stored, book = classes_of(transaction, project_id), class_book(transaction, project_id)
    new = name_book((name, name) for name in names if book.find(name) is None)
    taken = {listed.key for listed in stored}
    rows = []
    for name in new.folded.values():
        key = free_key(name, taken)
        rows.append({"project_id": project_id, "name": name, "key": key, "import_id": import_id})
        taken.add(rows[-1]["key"])
    if rows:
        transaction.execute(sa.insert(defect_class), rows)
        book = class_book(transaction, project_id)
    ids = ((name, book.find(name)) for name in names)
    by_name = {name: class_id for name, class_id in ids if class_id is not None}
    in_bin = defect_class.c.id.in_(set(by_name.values())), defect_class.c.removed_at.is_not(None)
    if import_id is not None:
        transaction.execute(sa.update(defect_class).where(*in_bin).values(import_id=import_id))
    revive_classes(transaction, set(by_name.values()))
    return by_name


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
    _give_way(transaction, row, name)
    forget_former_name(transaction, row.project_id, name)
    former = [former for former in row.former_names if not same_name(former, name)]
    former += [] if same_name(row.name, name) else [row.name]
    values = {"name": name, "former_names": former}
    transaction.execute(sa.update(defect_class).where(defect_class.c.id == class_id).values(**values))


def _give_way(transaction: Connection, row: sa.Row[Any], name: str) -> None:
    """A class that was merged into another and is called `name` takes the name of `row`, which is to be called so."""
    columns = defect_class.c
    merged = columns.project_id == row.project_id, columns.name == name, columns.merged_into_id.is_not(None)
    other = transaction.execute(sa.select(columns.id).where(*merged, columns.id != row.id)).scalar()
    # Two names of one project are never the same, not even for a moment.
    for class_id, given in ((row.id, f"{name} {row.id}"), (other, row.name)) if other is not None else ():
        transaction.execute(sa.update(defect_class).where(columns.id == class_id).values(name=given))


def forget_former_name(transaction: Connection, project_id: int, name: str) -> None:
    """No class of the project is found by `name` any more because it was called so before."""
    rows = transaction.execute(sa.select(defect_class).where(defect_class.c.project_id == project_id)).all()
    for row in rows:
        left = [former for former in row.former_names if not same_name(former, name)]
        if left != row.former_names:
            transaction.execute(sa.update(defect_class).where(defect_class.c.id == row.id).values(former_names=left))
