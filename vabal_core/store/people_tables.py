"""The schema of who may come in, and of which database this is. Each table is named by one module of this room."""

import sqlalchemy as sa

from vabal_core.store.column_types import UtcDateTime
from vabal_core.store.count_tables import metadata

# One row, made when the database is first opened, and never copied into another one.
database_identity = sa.Table(
    "database_identity",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

# A person who may sign in; never deleted, so that no later one gets the name that labels carry. `subject`: what an
# identity provider calls them; `password`: a hash, None where none is set; `invited_at`: when the link was made that
# still sets one; sessions that began before `signed_out_at` are over.
account = sa.Table(
    "account",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("subject", sa.Text, unique=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("password", sa.Text),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("disabled_at", UtcDateTime),
    sa.Column("invited_at", UtcDateTime),
    sa.Column("signed_out_at", UtcDateTime),
)

membership = sa.Table(
    "membership",
    metadata,
    sa.Column("project_id", sa.Integer, sa.ForeignKey("project.id"), primary_key=True),
    sa.Column("account_id", sa.Integer, sa.ForeignKey("account.id"), primary_key=True),
)

# Passwords that were wrong, by the name that was typed, whether anybody has it or not; in a line of its own
# behind it, the number of a browser by which that person has signed in before.
sign_in_failure = sa.Table(
    "sign_in_failure",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("last_at", UtcDateTime, nullable=False),
)
