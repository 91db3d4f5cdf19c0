"""Wrong passwords in a row, by the name typed and the browser: kept in the database, a restart forgives none."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vabal_core.store.database import Database, reading
from vabal_core.store.people_tables import sign_in_failure

FORGIVEN = timedelta(hours=1)  # after the last one


def failures_of(database: Database, name: str) -> tuple[int, datetime]:
    """(how many in a row, when the last of them) for a name; 0 where there are none that count."""
    columns = sign_in_failure.c.count, sign_in_failure.c.last_at
    with reading(database) as transaction:
        row = transaction.execute(sa.select(*columns).where(sign_in_failure.c.name == name)).first()
    now = datetime.now(UTC)
    return (row.count, row.last_at) if row and row.last_at > now - FORGIVEN else (0, now)


def add_failure(transaction: Connection, name: str) -> None:
    """One more for the name. Those that count no more go, so that names that nobody has fill no disk."""
    count, _ = failures_of(transaction, name)
    now = datetime.now(UTC)
    transaction.execute(sa.delete(sign_in_failure).where(sign_in_failure.c.last_at <= now - FORGIVEN))
    forget_failures(transaction, name)
    transaction.execute(sa.insert(sign_in_failure).values(name=name, count=count + 1, last_at=now))


def forget_failures(transaction: Connection, name: str) -> None:
    transaction.execute(sa.delete(sign_in_failure).where(sign_in_failure.c.name == name))
