"""Which database this is: what was signed for another one, or for one that was emptied since, is known by it."""

from secrets import token_hex

import sqlalchemy as sa

from vabal_core.store.database import Database, reading, writing
from vabal_core.store.people_tables import database_identity

ONLY_ROW = 1


def identity_if_any(database: Database) -> str:
    """The database's own name, at random; "" before it has one."""
    with reading(database) as transaction:
        return transaction.execute(sa.select(database_identity.c.value)).scalar() or ""


def ensure_identity(database: Database) -> str:
    """The database's own name, made at random where it has none yet."""
    if identity := identity_if_any(database):
        return identity
    with writing(database) as transaction:
        if identity := identity_if_any(transaction):  # another process was quicker
            return identity
        identity = token_hex(8)
        transaction.execute(sa.insert(database_identity).values(id=ONLY_ROW, value=identity))
    return identity
