"""The sixth schema: an image is held by a person, whichever of their desks it is on.

A lease lasts for seconds, so none is carried over.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    _create_lease_anew()


def downgrade() -> None:
    _create_lease_anew(sa.Column("desk", sa.Text(), nullable=False))


def _create_lease_anew(*more: sa.Column[str]) -> None:
    op.drop_table("lease")
    op.create_table(
        "lease",
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("annotator", sa.Text(), nullable=False),
        *more,
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name="fk_lease_image_id"),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_lease_project_id"),
        sa.PrimaryKeyConstraint("image_id", name="pk_lease"),
    )
    op.create_index("ix_lease_project_id", "lease", ["project_id"])
