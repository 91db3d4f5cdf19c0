"""The fifth schema: what an import did to images that were there already, so that it can be undone whole.

A migration is history: it spells its tables out and never reads those of the code, which move on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "import_change",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["import.id"], name="fk_import_change_import_id"),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name="fk_import_change_image_id"),
        sa.PrimaryKeyConstraint("id", name="pk_import_change"),
    )
    op.create_index("ix_import_change_import_id_import_change_id", "import_change", ["import_id", "id"], unique=False)
    op.create_index("ix_import_change_image_id", "import_change", ["image_id"], unique=False)


def downgrade() -> None:
    """What imports changed stays as it is, and can no longer be undone: the fourth schema does not remember it."""
    op.drop_table("import_change")
