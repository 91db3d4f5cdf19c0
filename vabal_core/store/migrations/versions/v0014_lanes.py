"""The fourteenth schema: the rows of a count have lanes, which are added up: people who label at the same moment
no longer wait for each other at the count of all images that wait.

A migration is history: it spells its tables out and never reads those of the code, which move on.
"""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

INTEGER, TEXT = sa.Integer(), sa.Text()
# table -> the columns of its key, and what those refer to, if anything
KEYS: Mapping[str, Mapping[str, tuple[sa.types.TypeEngine, str]]] = {
    "label_count": {"project_id": (INTEGER, "project"), "split": (TEXT, ""), "class_id": (INTEGER, "defect_class")},
    "state_count": {"project_id": (INTEGER, "project"), "split": (TEXT, ""), "state": (TEXT, "")},
    "ranked_count": {
        "project_id": (INTEGER, "project"),
        "round": (INTEGER, ""),
        "strategy": (TEXT, ""),
        "class_id": (INTEGER, "defect_class"),
    },
}


def upgrade() -> None:
    for name in KEYS:
        _made_anew(name, lanes=[sa.Column("lane", INTEGER, nullable=False, autoincrement=False)])


def downgrade() -> None:
    for name in KEYS:
        _made_anew(name, lanes=[])


def _made_anew(name: str, lanes: Sequence[sa.Column[int]]) -> None:
    """The table with these lanes, and the same counts in it, in the first: SQLite cannot change a primary key.
    The rows are few: of each project some for each class and round."""
    key = list(KEYS[name])
    old = sa.table(name, *map(sa.column, (*key, "count")))
    counts = sa.select(*(old.c[column] for column in key), sa.func.sum(old.c.count).label("count"))
    rows = op.get_bind().execute(counts.group_by(*(old.c[column] for column in key))).all()
    op.drop_table(name)
    references = [(column, table) for column, (_, table) in KEYS[name].items() if table]
    made = op.create_table(
        name,
        *(sa.Column(column, kind, nullable=False) for column, (kind, _) in KEYS[name].items()),
        *lanes,
        sa.Column("count", INTEGER, nullable=False),
        *(sa.ForeignKeyConstraint([c], [f"{table}.id"], name=f"fk_{name}_{c}") for c, table in references),
        sa.PrimaryKeyConstraint(*key, *(lane.name for lane in lanes), name=f"pk_{name}"),
        sqlite_with_rowid=False,
    )
    if rows:
        op.bulk_insert(made, [row._asdict() | {lane.name: 0 for lane in lanes} for row in rows])
