"""The schema of second looks: who labels an image that has a label, which they are not shown. Each table is named by
one module of this room."""

import sqlalchemy as sa

from vabal_core.store.change_tables import metadata  # all other tables are in it
from vabal_core.store.column_types import UtcDateTime

# An image that a second person is to label too, and what came of it: kept in the transaction of every label, as the
# log says (second_looks.py). `annotator`: who gave the label that counts.
second_look = sa.Table(
    "second_look",
    metadata,
    sa.Column("image_id", sa.Integer, sa.ForeignKey("image.id"), primary_key=True),
    sa.Column("project_id", sa.Integer, sa.ForeignKey("project.id"), nullable=False),
    sa.Column("split", sa.Text, nullable=False),
    sa.Column("standing", sa.Text, nullable=False),
    sa.Column("annotator", sa.Text, nullable=False),
    sa.Index("ix_second_look_queue", "project_id", "standing", "split", "annotator", "image_id"),
)

# Who was given a labelled image without its label, and whether they have said what it shows.
blind_look = sa.Table(
    "blind_look",
    metadata,
    sa.Column("image_id", sa.Integer, sa.ForeignKey("image.id"), primary_key=True),
    sa.Column("annotator", sa.Text, primary_key=True),
    sa.Column("project_id", sa.Integer, sa.ForeignKey("project.id"), nullable=False),
    sa.Column("answered", sa.Boolean, nullable=False),
    sqlite_with_rowid=False,
)

# Images whose label is certain, since a reviewer said so: they show how often people see what is there.
gold_image = sa.Table(
    "gold_image",
    metadata,
    sa.Column("image_id", sa.Integer, sa.ForeignKey("image.id"), primary_key=True),
    sa.Column("project_id", sa.Integer, sa.ForeignKey("project.id"), nullable=False),
    sa.Column("annotator", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Index(None, "project_id", "image_id"),
)
