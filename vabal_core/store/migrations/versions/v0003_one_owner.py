"""The third schema: leases of images, counts kept with each label, `held_out` under its usual name, a round's driver.

A migration is history: it spells its tables out and never reads those of the code, which move on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

LOG = sa.table("label_event", *(sa.column(name) for name in ("project_id", "split", "class_id", "replaced_class_id")))
IMAGE = sa.table("image", *(sa.column(name) for name in ("project_id", "split", "state")))
PREDICTION = ("round_id", "image_id", "predicted_class_id", "probability")


def upgrade() -> None:
    _create_lease()
    _create_label_count()
    _create_state_count()
    _move_predictions("held_out", "out_of_sample")
    op.add_column("round", sa.Column("driver", sa.Text(), nullable=True))
    op.add_column("round", sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True))
    # They served the counts alone, which are kept now.
    op.drop_index("ix_label_event_count", "label_event")
    op.drop_index("ix_label_event_replaced", "label_event")


def downgrade() -> None:
    for name, column in (("count", "class_id"), ("replaced", "replaced_class_id")):
        op.create_index(f"ix_label_event_{name}", "label_event", ["project_id", "split", column], unique=False)
    op.drop_column("round", "heartbeat_at")
    op.drop_column("round", "driver")
    _move_predictions("out_of_sample", "held_out")
    for name in ("state_count", "label_count", "lease"):
        op.drop_table(name)


def _create_lease() -> None:
    op.create_table(
        "lease",
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("annotator", sa.Text(), nullable=False),
        sa.Column("desk", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name="fk_lease_image_id"),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_lease_project_id"),
        sa.PrimaryKeyConstraint("image_id", name="pk_lease"),
    )
    op.create_index("ix_lease_project_id", "lease", ["project_id"], unique=False)


def _create_label_count() -> None:
    """Filled from the log: each of its rows puts an image into one class and takes it out of the one it had."""
    table = op.create_table(
        "label_count",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("split", sa.Text(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["class_id"], ["defect_class.id"], name="fk_label_count_class_id"),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_label_count_project_id"),
        sa.PrimaryKeyConstraint("project_id", "split", "class_id", name="pk_label_count"),
        sqlite_with_rowid=False,
    )
    key = LOG.c.project_id, LOG.c.split
    given = sa.select(*key, LOG.c.class_id, sa.literal(1).label("step")).where(LOG.c.class_id.is_not(None))
    lost = sa.select(*key, LOG.c.replaced_class_id, sa.literal(-1)).where(LOG.c.replaced_class_id.is_not(None))
    steps = sa.union_all(given, lost).subquery()
    columns = [steps.c.project_id, steps.c.split, steps.c.class_id]
    counts = sa.select(*columns, sa.func.sum(steps.c.step)).group_by(*columns)
    op.execute(sa.insert(table).from_select(["project_id", "split", "class_id", "count"], counts))


def _create_state_count() -> None:
    table = op.create_table(
        "state_count",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("split", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_state_count_project_id"),
        sa.PrimaryKeyConstraint("project_id", "split", "state", name="pk_state_count"),
        sqlite_with_rowid=False,
    )
    columns = [IMAGE.c.project_id, IMAGE.c.split, IMAGE.c.state]
    counts = sa.select(*columns, sa.func.count()).group_by(*columns)
    op.execute(sa.insert(table).from_select(["project_id", "split", "state", "count"], counts))


def _move_predictions(old: str, new: str) -> None:
    """A table made anew, not renamed: the names of its constraints hold the name of the table."""
    made = op.create_table(
        new,
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("predicted_class_id", sa.Integer(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name=f"fk_{new}_image_id"),
        sa.ForeignKeyConstraint(["predicted_class_id"], ["defect_class.id"], name=f"fk_{new}_predicted_class_id"),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=f"fk_{new}_round_id"),
        sa.PrimaryKeyConstraint("round_id", "image_id", name=f"pk_{new}"),
        sqlite_with_rowid=False,
    )
    rows = sa.table(old, *(sa.column(name) for name in PREDICTION))
    op.execute(sa.insert(made).from_select(PREDICTION, sa.select(rows)))
    op.drop_table(old)
