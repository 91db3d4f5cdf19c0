"""Accounts and memberships as rows. A password's hash leaves this room by `password_hash` alone."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vabal_core.store.database import Database, reading
from vabal_core.store.people_tables import account, membership
from vabal_core.types import Account, Role


def all_accounts(database: Database) -> list[Account]:
    """Every account there has been, the oldest first."""
    with reading(database) as transaction:
        return [_account(row) for row in transaction.execute(sa.select(account).order_by(account.c.id))]


def all_memberships(database: Database) -> frozenset[tuple[int, int]]:
    """(project id, account id) of every member of a project."""
    with reading(database) as transaction:
        query = sa.select(membership.c.project_id, membership.c.account_id)
        return frozenset((row.project_id, row.account_id) for row in transaction.execute(query))


def insert_account(transaction: Connection, name: str, role: Role, subject: str | None) -> Account:
    values = {"name": name, "role": role, "subject": subject, "created_at": datetime.now(UTC)}
    return _account(transaction.execute(sa.insert(account).values(**values).returning(account)).one())


def update_account(transaction: Connection, account_id: int, **values: Any) -> Account:
    """Write columns of an account, by their names in the schema; returns it as it is then."""
    update = sa.update(account).where(account.c.id == account_id).values(**values)
    return _account(transaction.execute(update.returning(account)).one())


def password_hash(database: Database, account_id: int) -> str | None:
    """The hash of the account's password; None where it has none."""
    with reading(database) as transaction:
        return transaction.execute(sa.select(account.c.password).where(account.c.id == account_id)).scalar()


def replace_members(transaction: Connection, project_id: int, account_ids: Collection[int]) -> None:
    """From now on these are the members of the project, and no others."""
    transaction.execute(sa.delete(membership).where(membership.c.project_id == project_id))
    rows = [{"project_id": project_id, "account_id": account_id} for account_id in sorted(set(account_ids))]
    if rows:
        transaction.execute(sa.insert(membership), rows)


def _account(row: sa.Row[Any]) -> Account:
    return Account(
        id=row.id,
        name=row.name,
        role=row.role,
        subject=row.subject,
        has_password=row.password is not None,
        created_at=row.created_at,
        disabled_at=row.disabled_at,
        invited_at=row.invited_at,
        signed_out_at=row.signed_out_at,
    )
