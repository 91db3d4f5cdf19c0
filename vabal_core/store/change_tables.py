"""The schema of what people changed beside labels: a log that only grows, as that of labels does."""

import sqlalchemy as sa

from vabal_core.store.column_types import BigKey, UtcDateTime
from vabal_core.store.people_tables import metadata

# `page` is where it was done from, "" for the Studio itself; `project_id` is None for what concerns no project;
# `milliseconds` is how long the Studio took for it, None of what older versions wrote.
change_event = sa.Table(
    "change_event",
    metadata,
    sa.Column("id", BigKey, primary_key=True),
    sa.Column("project_id", sa.Integer, sa.ForeignKey("project.id")),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("page", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("old", sa.Text),
    sa.Column("new", sa.Text),
    sa.Column("milliseconds", sa.Integer),
    sa.Index("ix_change_event_project", "project_id", "id"),
    sa.Index("ix_change_event_person", "project_id", "person", "id"),
)
