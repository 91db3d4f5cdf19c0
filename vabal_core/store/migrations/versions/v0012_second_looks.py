"""The twelfth schema: opinions of people who were not shown the label, which images they were given, and images whose
label is certain.

A migration is history: it spells its tables out and never reads those of the code, which move on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    reference = sa.ForeignKey("defect_class.id", name="fk_label_event_opinion_class_id")
    column = sa.Column("opinion_class_id", sa.Integer(), reference, nullable=True)
    op.add_column("label_event", column, inline_references=True)
    op.create_table(
        "second_look",
        *_of_image("second_look"),
        sa.Column("split", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("annotator", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("image_id", name="pk_second_look"),
    )
    columns = ["project_id", "standing", "split", "annotator", "image_id"]
    op.create_index("ix_second_look_queue", "second_look", columns)
    op.create_table(
        "blind_look",
        *_of_image("blind_look"),
        sa.Column("annotator", sa.Text(), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("image_id", "annotator", name="pk_blind_look"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "gold_image",
        *_of_image("gold_image"),
        sa.Column("annotator", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("image_id", name="pk_gold_image"),
    )
    op.create_index("ix_gold_image_project_id_gold_image_image_id", "gold_image", ["project_id", "image_id"])


def downgrade() -> None:
    """Opinions cannot be told by the schema before: their rows stay in the log, of a kind that it passes over."""
    for table in ("gold_image", "blind_look", "second_look"):
        op.drop_table(table)
    op.drop_column("label_event", "opinion_class_id")


def _of_image(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=f"fk_{table}_image_id"),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name=f"fk_{table}_project_id"),
    ]
