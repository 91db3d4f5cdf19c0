"""The eleventh schema: a log of what is changed beside labels, which only grows, and the page that a label came from.

A migration is history: it spells its tables out and never reads those of the code, which move on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

ONLY_ADDED = "change_event is a log: rows are only ever added"


def upgrade() -> None:
    op.create_table(
        "change_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("project_id", sa.Integer()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("old", sa.Text()),
        sa.Column("new", sa.Text()),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_change_event_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_change_event"),
    )
    op.create_index("ix_change_event_project", "change_event", ["project_id", "id"])
    op.create_index("ix_change_event_person", "change_event", ["project_id", "person", "id"])
    op.add_column("label_event", sa.Column("page", sa.Text()))
    keep_log = _on_postgresql if op.get_bind().dialect.name == "postgresql" else _on_sqlite
    keep_log()


def _on_sqlite() -> None:
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER change_event_no_{change.lower()} BEFORE {change} ON change_event "
            f"BEGIN SELECT RAISE(ABORT, '{ONLY_ADDED}'); END"
        )


def _on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION change_event_is_a_log() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{ONLY_ADDED}'; END $$"
    )
    for change in ("UPDATE", "DELETE", "TRUNCATE"):
        op.execute(
            f"CREATE TRIGGER change_event_no_{change.lower()} BEFORE {change} ON change_event "
            "FOR EACH STATEMENT EXECUTE FUNCTION change_event_is_a_log()"
        )


def downgrade() -> None:
    op.drop_table("change_event")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION change_event_is_a_log()")
    op.drop_column("label_event", "page")
