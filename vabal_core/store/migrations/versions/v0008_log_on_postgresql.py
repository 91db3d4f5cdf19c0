"""The eighth schema: PostgreSQL, too, refuses changes of the log of labels, as SQLite does since the first.

A migration is history: it spells its tables out and never reads those of the code, which move on.
"""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(
        "CREATE FUNCTION label_event_is_a_log() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'label_event is a log: rows are only ever added'; END $$"
    )
    for change in ("UPDATE", "DELETE", "TRUNCATE"):
        op.execute(
            f"CREATE TRIGGER label_event_no_{change.lower()} BEFORE {change} ON label_event "
            "FOR EACH STATEMENT EXECUTE FUNCTION label_event_is_a_log()"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for change in ("UPDATE", "DELETE", "TRUNCATE"):
        op.execute(f"DROP TRIGGER label_event_no_{change.lower()} ON label_event")
    op.execute("DROP FUNCTION label_event_is_a_log()")
