"""The second schema: comments, notes and pins of the class guide, held-out predictions, and keys for the desk.

A migration is history: it spells its tables and keys out and never reads those of the code, which move on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

TAKEN_BY_THE_DESK = "usxfgzihp"
DIGITS, LETTERS = "1234567890", "abcdejklmnoqrtvwy"


def upgrade() -> None:
    # Columns are added one by one: rebuilding the log's table would lose the triggers that keep it a log.
    op.add_column("label_event", sa.Column("comment", sa.Text(), nullable=True))
    op.add_column("defect_class", sa.Column("note", sa.Text(), nullable=False, server_default=""))
    _create_class_pin()
    _create_held_out()
    _give_other_keys()


def downgrade() -> None:
    """Comments, notes and pins go; keys stay as they are, since the first schema takes any."""
    op.drop_table("held_out")
    op.drop_table("class_pin")
    op.drop_column("defect_class", "note")
    op.drop_column("label_event", "comment")


def _create_class_pin() -> None:
    op.create_table(
        "class_pin",
        sa.Column("class_id", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["class_id"], ["defect_class.id"], name="fk_class_pin_class_id"),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name="fk_class_pin_image_id"),
        sa.PrimaryKeyConstraint("class_id", "image_id", name="pk_class_pin"),
    )


def _create_held_out() -> None:
    op.create_table(
        "held_out",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("predicted_class_id", sa.Integer(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name="fk_held_out_image_id"),
        sa.ForeignKeyConstraint(["predicted_class_id"], ["defect_class.id"], name="fk_held_out_predicted_class_id"),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name="fk_held_out_round_id"),
        sa.PrimaryKeyConstraint("round_id", "image_id", name="pk_held_out"),
        sqlite_with_rowid=False,
    )


def _give_other_keys() -> None:
    """Classes whose key the desk now uses itself get a free digit, a letter of their name, or any free letter."""
    table = sa.table("defect_class", *(sa.column(name) for name in ("id", "project_id", "name", "key")))
    rows = op.get_bind().execute(sa.select(table).order_by(table.c.id)).all()
    taken = {(row.project_id, row.key) for row in rows}
    for row in rows:
        if row.key and row.key in TAKEN_BY_THE_DESK:
            of_name = [letter for letter in row.name.lower() if letter in LETTERS]
            free = (key for key in [*DIGITS, *of_name, *LETTERS] if (row.project_id, key) not in taken)
            key = next(free, "")
            taken.add((row.project_id, key))
            op.execute(sa.update(table).where(table.c.id == row.id).values(key=key))
