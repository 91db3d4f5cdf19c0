"""The log of what is changed beside labels: who did what, when, from where, and what it was before. It only grows."""

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vabal_core.store.change_tables import change_event
from vabal_core.store.database import Database, reading, seconds_since_begun
from vabal_core.store.log_order import LogFilter, distinct_values, ids_within
from vabal_core.types import Actor

MAX_MILLISECONDS = 2**31 - 1
Action = Literal[
    "project made", "project renamed", "project removed", "project restored", "project emptied", "bin emptied",
    "class added", "class renamed", "class key changed", "class note changed", "class removed", "class restored",
    "class merged", "example changed", "setting changed", "images removed", "images restored", "images set aside",
    "labels made certain", "labels not certain any more",
    "import begun", "import finished", "import undone", "import restored", "table imported", "files located",
    "round started", "round stopped", "experiment started", "experiment stopped", "experiment removed",
    "account made", "account changed", "account invited", "password set", "members changed",
    "backup made",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change. `subject`: what was changed, by its name; `old` and `new`: what it was and became, None where there
    was, or is, nothing; `page`: from where, "" for the Studio itself; `milliseconds`: how long the Studio took for it,
    None of what older versions wrote."""

    id: int
    created_at: datetime
    person: str
    page: str
    action: str
    subject: str
    old: str | None
    new: str | None
    milliseconds: int | None


COLUMNS = [change_event.c[name] for name in Change.__dataclass_fields__]


def log_change(
    transaction: Connection,
    actor: Actor,
    project_id: int | None,
    action: Action,
    subject: str = "",
    *,
    old: Any = None,
    new: Any = None,
    began: float | None = None,
) -> None:
    """Write down a change as a part of the transaction that makes it: both are stored, or neither. `began`
    (time.monotonic()): since when the Studio works on it, where that is longer than this transaction lasts."""
    seconds = seconds_since_begun(transaction) if began is None else time.monotonic() - began
    values = {"project_id": project_id, "created_at": datetime.now(UTC), "person": actor.name, "page": actor.page}
    values |= {"action": action, "subject": subject, "old": _text(old), "new": _text(new)}
    values |= {"milliseconds": min(round(1000 * seconds), MAX_MILLISECONDS)}
    transaction.execute(sa.insert(change_event).values(**values))


def changes(
    database: Database, project_id: int | None, chosen: LogFilter, *, before: int | None = None, limit: int
) -> list[Change]:
    """The newest `limit` changes before number `before` that pass the filter; of a project, or of none."""
    with reading(database) as transaction:
        where = [_of(project_id), *ids_within(transaction, change_event, chosen, before)]
        where += [change_event.c.person == chosen.person] if chosen.person else []
        where += [change_event.c.action == chosen.kind] if chosen.kind else []
        query = sa.select(*COLUMNS).where(*where).order_by(change_event.c.id.desc()).limit(limit)
        return [Change(**row._asdict()) for row in transaction.execute(query)]


def last_change(database: Database, action: Action) -> Change | None:
    """The newest change of this kind in any project, None where there was none."""
    query = sa.select(*COLUMNS).where(change_event.c.action == action).order_by(change_event.c.id.desc()).limit(1)
    with reading(database) as transaction:
        row = transaction.execute(query).first()
    return Change(**row._asdict()) if row else None


def changers(database: Database, project_id: int | None) -> list[str]:
    """Whoever has changed anything of the project, or of none, by name."""
    return distinct_values(database, change_event.c.person, _of(project_id))


def _of(project_id: int | None) -> sa.ColumnElement[bool]:
    return change_event.c.project_id == project_id if project_id else change_event.c.project_id.is_(None)


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)
