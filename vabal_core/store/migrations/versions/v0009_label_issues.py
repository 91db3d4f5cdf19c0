"""The ninth schema: labels that looked wrong to a round, and a key of the desk that says that a label is right.

A migration is history: it spells its tables and keys out and never reads those of the code, which move on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

TAKEN_BY_THE_DESK = "k"
DIGITS, LETTERS = "1234567890", "abcdejlmnoqrtvwy"


def upgrade() -> None:
    op.create_table(
        "label_issue",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=False),
        sa.Column("label_probability", sa.Float(), nullable=False),
        sa.Column("predicted_class_id", sa.Integer(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["class_id"], ["defect_class.id"], name="fk_label_issue_class_id"),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name="fk_label_issue_image_id"),
        sa.ForeignKeyConstraint(["predicted_class_id"], ["defect_class.id"], name="fk_label_issue_predicted_class_id"),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name="fk_label_issue_round_id"),
        sa.PrimaryKeyConstraint("round_id", "image_id", name="pk_label_issue"),
        sqlite_with_rowid=False,
    )
    _give_other_keys()


def downgrade() -> None:
    """Keys stay as they are, since the schema before takes any of them."""
    op.drop_table("label_issue")


def _give_other_keys() -> None:
    """A class whose key the desk now uses itself gets a free digit, a letter of its name, or any free letter."""
    names = ("id", "project_id", "name", "key", "merged_into_id", "removed_at")
    table = sa.table("defect_class", *map(sa.column, names))
    rows = op.get_bind().execute(sa.select(table).order_by(table.c.id)).all()
    taken = {(row.project_id, row.key) for row in rows if row.merged_into_id is None and row.removed_at is None}
    for row in rows:
        if row.key == TAKEN_BY_THE_DESK:
            of_name = [letter for letter in row.name.lower() if letter in LETTERS]
            free = (key for key in [*DIGITS, *of_name, *LETTERS] if (row.project_id, key) not in taken)
            key = next(free, "")
            taken.add((row.project_id, key))
            op.execute(sa.update(table).where(table.c.id == row.id).values(key=key))
