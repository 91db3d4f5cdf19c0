"""The thirteenth schema: how long a change took.

A migration is history: it spells its tables out and never reads those of the code, which move on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("change_event", sa.Column("milliseconds", sa.Integer(), nullable=True))


def downgrade() -> None:
    """The schema before does not say how long anything took."""
    op.drop_column("change_event", "milliseconds")
