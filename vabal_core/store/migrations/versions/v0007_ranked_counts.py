"""The seventh schema: how many labels each ranking brought is kept with the labels, no more read from the whole log.

A migration is history: it spells its tables out and never reads those of the code, which move on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

ROW = ("id", "image_id", "kind", "class_id", "round", "rank", "strategy")
LOG, LATER = (sa.table("label_event", *map(sa.column, ROW)).alias(name) for name in ("log", "later"))
IMAGE = sa.table("image", *map(sa.column, ("id", "project_id", "split", "state")))
EXCEPTION = "exception"


def upgrade() -> None:
    """Filled from the log: of each labelled image of the pool the last row that is no skip."""
    made = op.create_table(
        "ranked_count",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("strategy", sa.Text(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["class_id"], ["defect_class.id"], name="fk_ranked_count_class_id"),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_ranked_count_project_id"),
        sa.PrimaryKeyConstraint("project_id", "round", "strategy", "class_id", name="pk_ranked_count"),
        sqlite_with_rowid=False,
    )
    last = sa.select(sa.func.max(LATER.c.id)).where(LATER.c.image_id == IMAGE.c.id, LATER.c.kind != "skip")
    strategy = sa.func.coalesce(LOG.c.strategy, "")
    key = IMAGE.c.project_id, LOG.c.round, strategy, LOG.c.class_id
    counts = (
        sa.select(*key, sa.func.count())
        .join_from(IMAGE, LOG, LOG.c.id == last.correlate(IMAGE).scalar_subquery())
        .where(IMAGE.c.split == "pool", IMAGE.c.state == "labelled")
        .where(LOG.c.rank.is_not(None), strategy != EXCEPTION, LOG.c.class_id.is_not(None))
        .group_by(*key)
    )
    names = ["project_id", "round", "strategy", "class_id", "count"]
    op.execute(sa.insert(made).from_select(names, counts))


def downgrade() -> None:
    op.drop_table("ranked_count")
