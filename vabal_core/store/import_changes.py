"""What imports did to images that were there already, as rows: written with what they tell of, marked when undone."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vabal_core.store.database import Database, reading
from vabal_core.store.images import IN_USE, rows_in
from vabal_core.store.tables import image, import_change
from vabal_core.types import LabelEvent

# "label": it was given a label, by the event `detail["event"]` of the log; where that was undone and given again, its
# place among other decisions is that of the row `detail["place"]`. "split": it went from `detail["old"]` to
# `detail["new"]`. "moved": its file is another one now, not that of the address `detail`. "content": it went into the
# bin, for its file holds a new picture; "from_bin": it came out of it. Both: it lay there since `detail["removed_at"]`.
ChangeKind = Literal["label", "split", "moved", "content", "from_bin"]

# Of an image that was there and that the import named, too: nothing was changed, but the import holds it.
PRESENT = "present"
HELD = PRESENT, "from_bin"


@dataclass(frozen=True, kw_only=True)
class ImportChange:
    """One thing that an import did to an image. `undone_at`: it was undone then; `kept`: what somebody decided since
    stays all the same."""

    id: int = 0
    image_id: int
    kind: ChangeKind
    detail: Mapping[str, Any]
    undone_at: datetime | None = None
    kept: bool = False


@dataclass(frozen=True, kw_only=True)
class ChangeCounts:
    """How many changes of each kind an import made; how many of them are undone, and how many of those changed nothing,
    for somebody has decided otherwise since."""

    made: Counter[str]
    undone: Counter[str]
    kept: Counter[str]


def label_given(event: LabelEvent) -> ImportChange:
    """What is remembered of a label of the log."""
    return ImportChange(image_id=event.image_id, kind="label", detail={"event": event.event_id})


COLUMNS = [import_change.c[name] for name in ("id", "image_id", "kind", "detail", "undone_at", "kept")]
IS_CHANGE = import_change.c.kind != PRESENT


def note_changes(transaction: Connection, import_id: int, changes: Iterable[ImportChange]) -> None:
    """Remember what the import did. Call it in the transaction that does it."""
    rows = [
        {"import_id": import_id, "image_id": change.image_id, "kind": change.kind, "detail": dict(change.detail)}
        for change in changes
    ]
    if rows:
        transaction.execute(sa.insert(import_change), [row | {"kept": False} for row in rows])


def note_present(transaction: Connection, import_id: int, image_ids: Sequence[int]) -> None:
    """Remember that the import named these images, too, which another one had brought; each once."""
    of_import = import_change.c.import_id == import_id, import_change.c.kind == PRESENT
    query = sa.select(import_change.c.image_id).where(*of_import)
    noted = {row.image_id for row in rows_in(transaction, query, import_change.c.image_id, image_ids)}
    values = {"import_id": import_id, "kind": PRESENT, "detail": {}, "kept": False}
    rows = [values | {"image_id": image_id} for image_id in sorted(set(image_ids) - noted)]
    if rows:
        transaction.execute(sa.insert(import_change), rows)


def named_by(import_ids: Sequence[int], *kinds: str) -> sa.ColumnElement[bool]:
    """Of an image: one of these imports holds it though another had brought it: it named it, or took it out of the
    bin; or only in the ways `kinds`."""
    holds = _holds(import_ids, kinds or HELD)
    return image.c.id.in_(sa.select(import_change.c.image_id).where(holds))


def count_held(
    transaction: Connection, brought_by: Sequence[int], holders: Sequence[int], kinds: Sequence[str]
) -> dict[int, Counter[int]]:
    """import id of `brought_by` -> import id of `holders` -> images in use that the first brought and the other holds,
    too."""
    columns = image.c.import_id, import_change.c.import_id.label("holder")
    count = sa.func.count(image.c.id.distinct())
    query = sa.select(*columns, count).join(image, image.c.id == import_change.c.image_id).group_by(*columns)
    held: dict[int, Counter[int]] = {}
    rows = transaction.execute(query.where(_holds(holders, kinds), IN_USE, image.c.import_id.in_(brought_by)))
    for import_id, holder, number in rows:
        held.setdefault(import_id, Counter())[holder] = number
    return held


def count_present(transaction: Connection, import_ids: Sequence[int]) -> dict[int, int]:
    """import id -> images that were there already when it named them, of those imports that named any."""
    query = sa.select(import_change.c.import_id, sa.func.count()).where(_holds(import_ids, (PRESENT,)))
    return dict(map(tuple, transaction.execute(query.group_by(import_change.c.import_id))))


def _holds(import_ids: Sequence[int], kinds: Sequence[str]) -> sa.ColumnElement[bool]:
    of_imports = import_change.c.import_id.in_(import_ids), import_change.c.kind.in_(kinds)
    return sa.and_(*of_imports, import_change.c.undone_at.is_(None))


def standing_changes(transaction: Connection, import_id: int, *, before: int | None, limit: int) -> list[ImportChange]:
    """The next changes of the import that are not undone, the last one first; `before`: those ahead of this id."""
    where = [import_change.c.import_id == import_id, import_change.c.undone_at.is_(None), IS_CHANGE]
    where += [] if before is None else [import_change.c.id < before]
    return _read(transaction, sa.select(*COLUMNS).where(*where).order_by(import_change.c.id.desc()).limit(limit))


def undone_changes(transaction: Connection, import_id: int, *, after: int, limit: int) -> list[ImportChange]:
    """The next changes of the import that are undone, the first one first: those behind the id `after`."""
    where = import_change.c.import_id == import_id, import_change.c.undone_at.is_not(None), import_change.c.id > after
    return _read(transaction, sa.select(*COLUMNS).where(*where).order_by(import_change.c.id).limit(limit))


def count_standing(transaction: Connection, import_id: int) -> int:
    """How many changes of the import are in force."""
    return _count(transaction, import_id, import_change.c.undone_at.is_(None))


def count_undone(transaction: Connection, import_id: int) -> int:
    """How many changes of the import are undone."""
    return _count(transaction, import_id, import_change.c.undone_at.is_not(None))


def later_splits(transaction: Connection, changes: Sequence[ImportChange]) -> dict[int, list[ImportChange]]:
    """id of a change of a split -> those of the same image after it, of whichever import, up to the first one that is
    not undone: all that go back to where this change leaves the image."""
    query = sa.select(*COLUMNS).where(import_change.c.kind == "split")
    image_ids = sorted({change.image_id for change in changes})
    of_image: dict[int, list[ImportChange]] = {}
    for row in rows_in(transaction, query.order_by(import_change.c.id), import_change.c.image_id, image_ids):
        of_image.setdefault(row.image_id, []).append(ImportChange(**row._asdict()))
    return {change.id: _until_standing(change, of_image.get(change.image_id, ())) for change in changes}


def _until_standing(change: ImportChange, of_image: Iterable[ImportChange]) -> list[ImportChange]:
    later = []
    for other in of_image:
        if other.id > change.id:
            later.append(other)
            if other.undone_at is None:
                break
    return later


def places(transaction: Connection, image_ids: Sequence[int]) -> dict[str, int]:
    """event id -> id of the row of the log in whose place it stands, of labels that were given again."""
    query = sa.select(import_change.c.detail).where(import_change.c.kind == "label")
    details = [row.detail for row in rows_in(transaction, query, import_change.c.image_id, image_ids)]
    return {detail["event"]: detail["place"] for detail in details if "place" in detail}


def write_changes(transaction: Connection, changes: Sequence[ImportChange]) -> None:
    """Store what has become of changes that are there: their detail, when they were undone, whether that kept any."""
    names = ("detail", "undone_at", "kept")
    rows = [{"of_change": change.id} | {f"now_{name}": getattr(change, name) for name in names} for change in changes]
    if rows:
        values = {name: sa.bindparam(f"now_{name}", type_=import_change.c[name].type) for name in names}
        update = sa.update(import_change).where(import_change.c.id == sa.bindparam("of_change")).values(**values)
        transaction.execute(update, rows)


def count_changes(database: Database, import_ids: Sequence[int]) -> dict[int, ChangeCounts]:
    """import id -> how many changes it made, of those imports that made any."""
    undone = import_change.c.undone_at.is_not(None).label("undone")
    columns = import_change.c.import_id, import_change.c.kind, undone, import_change.c.kept
    query = sa.select(*columns, sa.func.count()).where(IS_CHANGE).group_by(*columns)
    rows: dict[int, list[tuple[str, bool, bool, int]]] = {}
    with reading(database) as transaction:
        for import_id, *row in rows_in(transaction, query, import_change.c.import_id, import_ids):
            rows.setdefault(import_id, []).append(tuple(row))
    return {import_id: _counts(of_import) for import_id, of_import in rows.items()}


def _count(transaction: Connection, import_id: int, condition: sa.ColumnElement[bool]) -> int:
    query = sa.select(sa.func.count()).select_from(import_change).where(import_change.c.import_id == import_id)
    return transaction.execute(query.where(condition, IS_CHANGE)).scalar_one()


def _counts(rows: Sequence[tuple[str, bool, bool, int]]) -> ChangeCounts:
    counts = ChangeCounts(made=Counter(), undone=Counter(), kept=Counter())
    for kind, is_undone, is_kept, count in rows:
        counts.made[kind] += count
        counts.undone[kind] += count if is_undone else 0
        counts.kept[kind] += count if is_kept else 0
    return counts


def _read(transaction: Connection, query: sa.Select[Any]) -> list[ImportChange]:
    return [ImportChange(**row._asdict()) for row in transaction.execute(query)]
