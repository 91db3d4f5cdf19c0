"""The schema of what is counted in the transaction of every label: to ask for a count costs the same however many
labels there are. Each table is named by one module of this room.

A count is the sum of its rows, one a lane: whoever labels beside others has a lane of their own (counts.py).
"""

import sqlalchemy as sa

from vabal_core.store.tables import metadata


def _lane() -> sa.Column[int]:
    return sa.Column("lane", sa.Integer, primary_key=True, autoincrement=False)


# The sum over the log, kept in the transaction of every label: a count costs the same however long the log is.
label_count = sa.Table(
    "label_count",
    metadata,
    sa.Column("project_id", sa.Integer, sa.ForeignKey("project.id"), primary_key=True),
    sa.Column("split", sa.Text, primary_key=True),
    sa.Column("class_id", sa.Integer, sa.ForeignKey("defect_class.id"), primary_key=True),
    _lane(),
    sa.Column("count", sa.Integer, nullable=False),
    sqlite_with_rowid=False,
)

# Images in each state, kept likewise.
state_count = sa.Table(
    "state_count",
    metadata,
    sa.Column("project_id", sa.Integer, sa.ForeignKey("project.id"), primary_key=True),
    sa.Column("split", sa.Text, primary_key=True),
    sa.Column("state", sa.Text, primary_key=True),
    _lane(),
    sa.Column("count", sa.Integer, nullable=False),
    sqlite_with_rowid=False,
)

# Images of the pool by the ranking that brought them and the class they are labelled as, kept likewise. `strategy` is
# empty where the log names none.
ranked_count = sa.Table(
    "ranked_count",
    metadata,
    sa.Column("project_id", sa.Integer, sa.ForeignKey("project.id"), primary_key=True),
    sa.Column("round", sa.Integer, primary_key=True),
    sa.Column("strategy", sa.Text, primary_key=True),
    sa.Column("class_id", sa.Integer, sa.ForeignKey("defect_class.id"), primary_key=True),
    _lane(),
    sa.Column("count", sa.Integer, nullable=False),
    sqlite_with_rowid=False,
)
