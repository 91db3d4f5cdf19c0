"""Pages of a log, the newest row first: cut by row numbers, which are an index, however long the log has become."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vabal_core.store.database import Database, reading


@dataclass(frozen=True, kw_only=True)
class LogFilter:
    """What to show of a log; None, or "", lets everything through. `kind`: what was done; `class_id`: labels of this
    class, or that it replaced; `image`: a part of the image's path."""

    person: str = ""
    kind: str = ""
    since: datetime | None = None
    until: datetime | None = None
    class_id: int | None = None
    image: str = ""


def ids_within(
    transaction: Connection, log: sa.Table, chosen: LogFilter, before: int | None
) -> list[sa.ColumnElement[bool]]:
    """Conditions on the row's number: below `before`, and between the times of the filter.

    Rows are numbered as time goes, so that the bounds are found by halving: some twenty looks at single rows. Where a
    clock was put back, rows of those minutes count by their place in the log.
    """
    where = [log.c.id < before] if before is not None else []
    where += [log.c.id >= _first_since(transaction, log, chosen.since)] if chosen.since else []
    return where + ([log.c.id < _first_since(transaction, log, chosen.until)] if chosen.until else [])


def distinct_values(database: Database, column: sa.Column[str], *where: sa.ColumnElement[bool]) -> list[str]:
    """The values of a column, in order: each is looked up behind the one before, so that an index that begins with
    what `where` says and the column is entered once a value, not once a row."""
    values: list[str] = []
    with reading(database) as transaction:
        while True:
            behind = [column > values[-1]] if values else []
            value = transaction.execute(sa.select(sa.func.min(column)).where(*where, *behind)).scalar()
            if value is None:
                return values
            values.append(value)


def _first_since(transaction: Connection, log: sa.Table, moment: datetime) -> int:
    """The number of the first row that was written at `moment` or later; one behind the last where none was."""
    low, last = (transaction.execute(sa.select(end(log.c.id))).scalar() for end in (sa.func.min, sa.func.max))
    if low is None:
        return 0
    high = last + 1
    while low < high:
        middle = (low + high) // 2
        row = _next_row(transaction, log, middle)
        if row is None or row.created_at >= moment:
            high = middle
        else:
            low = row.id + 1
    return low


def _next_row(transaction: Connection, log: sa.Table, number: int) -> sa.Row[Any] | None:
    query = sa.select(log.c.id, log.c.created_at).where(log.c.id >= number).order_by(log.c.id).limit(1)
    return transaction.execute(query).first()
