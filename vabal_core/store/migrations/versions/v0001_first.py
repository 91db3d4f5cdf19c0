"""The first schema: seven tables, and on SQLite two triggers that keep the log of labels a log.

A migration is history: it spells its tables out and never reads the ones in `tables.py`, which move on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    _create_project()
    _create_defect_class()
    _create_round()
    _create_image()
    _create_round_event()
    _create_label_event()
    _create_ranking()
    _refuse_changes_of_the_log()


def downgrade() -> None:
    """Nothing is left, the labels neither."""
    for name in ("ranking", "label_event", "round_event", "image", "round", "defect_class", "project"):
        op.drop_table(name)


def _create_project() -> None:
    op.create_table(
        "project",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_project"),
        sa.UniqueConstraint("name", name="uq_project_name"),
    )


def _create_defect_class() -> None:
    op.create_table(
        "defect_class",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_defect_class_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_defect_class"),
        sa.UniqueConstraint("project_id", "name", name="uq_defect_class_project_id_name"),
    )


def _create_round() -> None:
    op.create_table(
        "round",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("strategy", sa.Text(), nullable=False),
        sa.Column("preset", sa.Text(), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("config", sa.JSON(), nullable=False),
        sa.Column("class_ids", sa.JSON(), nullable=False),
        sa.Column("labelled", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_round_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_round"),
        sa.UniqueConstraint("project_id", "number", name="uq_round_project_id_number"),
    )
    op.create_index(
        "uq_round_running",
        "round",
        ["project_id"],
        unique=True,
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    )


def _create_image() -> None:
    op.create_table(
        "image",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("split", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("oracle_class_id", sa.Integer(), nullable=True),
        sa.Column("shuffle", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["oracle_class_id"], ["defect_class.id"], name="fk_image_oracle_class_id"),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_image_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_image"),
        sa.UniqueConstraint("project_id", "fingerprint", name="uq_image_project_id_fingerprint"),
        sa.UniqueConstraint("project_id", "position", name="uq_image_project_id_position"),
    )
    op.create_index("ix_image_project_id_image_path", "image", ["project_id", "path"], unique=False)
    op.create_index("ix_image_queue", "image", ["project_id", "split", "state", "shuffle"], unique=False)
    op.create_index(
        "ix_image_truth",
        "image",
        ["project_id", "oracle_class_id"],
        unique=False,
        sqlite_where=sa.text("oracle_class_id IS NOT NULL"),
        postgresql_where=sa.text("oracle_class_id IS NOT NULL"),
    )


def _create_round_event() -> None:
    op.create_table(
        "round_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("epochs", sa.Integer(), nullable=False),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name="fk_round_event_round_id"),
        sa.PrimaryKeyConstraint("id", name="pk_round_event"),
    )
    op.create_index("ix_round_event_round_id_round_event_id", "round_event", ["round_id", "id"], unique=False)


def _create_label_event() -> None:
    op.create_table(
        "label_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("split", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=True),
        sa.Column("replaced_class_id", sa.Integer(), nullable=True),
        sa.Column("undoes", sa.Text(), nullable=True),
        sa.Column("annotator", sa.Text(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("score", sa.Float(), nullable=True),
        sa.Column("predicted_class_id", sa.Integer(), nullable=True),
        sa.Column("predicted_probability", sa.Float(), nullable=True),
        sa.Column("strategy", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["class_id"], ["defect_class.id"], name="fk_label_event_class_id"),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name="fk_label_event_image_id"),
        sa.ForeignKeyConstraint(["predicted_class_id"], ["defect_class.id"], name="fk_label_event_predicted_class_id"),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_label_event_project_id"),
        sa.ForeignKeyConstraint(["replaced_class_id"], ["defect_class.id"], name="fk_label_event_replaced_class_id"),
        sa.PrimaryKeyConstraint("id", name="pk_label_event"),
        sa.UniqueConstraint("event_id", name="uq_label_event_event_id"),
    )
    op.create_index("ix_label_event_annotator", "label_event", ["project_id", "annotator", "id"], unique=False)
    op.create_index("ix_label_event_count", "label_event", ["project_id", "split", "class_id"], unique=False)
    op.create_index("ix_label_event_image", "label_event", ["image_id", "id", "kind", "class_id"], unique=False)
    op.create_index("ix_label_event_kind", "label_event", ["project_id", "split", "kind", "image_id"], unique=False)
    op.create_index(
        "ix_label_event_replaced", "label_event", ["project_id", "split", "replaced_class_id"], unique=False
    )


def _create_ranking() -> None:
    op.create_table(
        "ranking",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("predicted_class_id", sa.Integer(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("log_likelihood", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"], name="fk_ranking_image_id"),
        sa.ForeignKeyConstraint(["predicted_class_id"], ["defect_class.id"], name="fk_ranking_predicted_class_id"),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name="fk_ranking_round_id"),
        sa.PrimaryKeyConstraint("round_id", "image_id", name="pk_ranking"),
    )
    op.create_index("ix_ranking_round_id_ranking_rank", "ranking", ["round_id", "rank"], unique=False)


def _refuse_changes_of_the_log() -> None:
    # PostgreSQL: the eighth schema.
    if op.get_bind().dialect.name != "sqlite":
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER label_event_no_{change.lower()} BEFORE {change} ON label_event "
            "BEGIN SELECT RAISE(ABORT, 'label_event is a log: rows are only ever added'); END"
        )
