"""The schema of what is labelled: each table is named by one module of this room, `image` and `label_event` by several.

`label_event` is a log that only grows; what an image is labelled now is read from it.
"""

import sqlalchemy as sa

from vabal_core.store.column_types import BigKey, FileAddress, UtcDateTime

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = sa.MetaData(naming_convention=NAMING)


def _reference(name: str, target: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, sa.ForeignKey(target), nullable=nullable)


def _partial(name: str, *columns: str, where: str, unique: bool = False) -> sa.Index:
    """An index of those rows alone of which `where` is true."""
    return sa.Index(name, *columns, unique=unique, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


project = sa.Table(
    "project",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("synthetic", sa.Boolean, nullable=False),
    sa.Column("settings", sa.JSON, nullable=False),
    sa.Column("removed_at", UtcDateTime),  # in the bin since then
    sa.Column("emptied_at", UtcDateTime),  # gone for good: the row stays for the log, under a name that nobody takes
    # Below `projects` in the data folder: what its archives are unpacked into, whatever the project is called now.
    sa.Column("folder", sa.Text, nullable=False, server_default=""),
)

# One import; its images point at it. `images`: how many it was to write; `finished_at`: None where it broke off.
import_ = sa.Table(
    "import",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _reference("project_id", "project.id"),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("layout", sa.JSON, nullable=False),
    sa.Column("images", sa.Integer, nullable=False),
    sa.Column("annotator", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("finished_at", UtcDateTime),
    sa.Column("undone_at", UtcDateTime),
    sa.Index(None, "project_id"),
)

defect_class = sa.Table(
    "defect_class",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _reference("project_id", "project.id"),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False, server_default=""),
    # What it was called before: a folder or a table from then still means it.
    sa.Column("former_names", sa.JSON, nullable=False, server_default="[]"),
    _reference("import_id", "import.id", nullable=True),  # the import that brought it
    _reference("merged_into_id", "defect_class.id", nullable=True),  # what is labelled as this counts as that
    sa.Column("removed_at", UtcDateTime),
    sa.Column("emptied_at", UtcDateTime),
    sa.UniqueConstraint("project_id", "name"),
)

# `state` is what the log says of the image now (see label_state.py), written with each row of the log: the queue walks
# the images that wait, however many have been labelled. An image in the bin is "removed" (since `removed_at`) whatever
# the log says; "emptied" is the rest of one that is gone for good: its id and its position are never given again.
image = sa.Table(
    "image",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _reference("project_id", "project.id"),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("file", FileAddress, nullable=False),
    sa.Column("split", sa.Text, nullable=False),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("width", sa.Integer, nullable=False),
    sa.Column("height", sa.Integer, nullable=False),
    _reference("oracle_class_id", "defect_class.id", nullable=True),
    sa.Column("shuffle", sa.BigInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    _reference("import_id", "import.id", nullable=True),
    # Of the file when its content was last checked: bytes, and nanoseconds since 1970.
    sa.Column("size", sa.BigInteger),
    sa.Column("modified_ns", sa.BigInteger),
    sa.Column("removed_at", UtcDateTime),
    # What it was cut from: {"parent": path, "parent_fingerprint": ..., "x":, "y":, "width":, "height":} in pixels.
    sa.Column("tile", sa.JSON(none_as_null=True)),
    sa.UniqueConstraint("project_id", "fingerprint"),
    sa.UniqueConstraint("project_id", "position"),
    sa.Index("ix_image_queue", "project_id", "split", "state", "shuffle"),
    sa.Index(None, "project_id", "path"),
    # Holds the images with a hidden truth alone: a project that has none says so without a walk through its images.
    _partial("ix_image_truth", "project_id", "oracle_class_id", where="oracle_class_id IS NOT NULL"),
    _partial("ix_image_import", "import_id", "state", where="import_id IS NOT NULL"),
    _partial("ix_image_removed", "project_id", "removed_at", where="removed_at IS NOT NULL"),
)

# `split` and `replaced_class_id` (the class the image had just before) make the counts a sum over the log, however
# often an image was labelled again. What the ranking said is copied in when the label is given, so that the export
# still knows it when the ranking is gone: only the newest two are kept.
label_event = sa.Table(
    "label_event",
    metadata,
    sa.Column("id", BigKey, primary_key=True),
    _reference("project_id", "project.id"),
    sa.Column("event_id", sa.Text, nullable=False, unique=True),
    _reference("image_id", "image.id"),
    sa.Column("split", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    _reference("class_id", "defect_class.id", nullable=True),
    _reference("replaced_class_id", "defect_class.id", nullable=True),
    sa.Column("undoes", sa.Text),
    sa.Column("annotator", sa.Text, nullable=False),
    sa.Column("milliseconds", sa.Integer),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("rank", sa.Integer),
    sa.Column("score", sa.Float),
    _reference("predicted_class_id", "defect_class.id", nullable=True),
    sa.Column("predicted_probability", sa.Float),
    sa.Column("strategy", sa.Text),
    sa.Column("comment", sa.Text),
    sa.Column("page", sa.Text),  # from where; None for rows of before the eleventh schema
    # What a person named who was not shown the label: `class_id` is the class that counts, in such a row too.
    _reference("opinion_class_id", "defect_class.id", nullable=True),
    sa.Index("ix_label_event_image", "image_id", "id", "kind", "class_id"),
    sa.Index("ix_label_event_annotator", "project_id", "annotator", "id"),
    sa.Index("ix_label_event_kind", "project_id", "split", "kind", "image_id"),
)

# What an import did to an image that was there already, in the order of doing (`kind`: see import_changes.py), and what
# the way back needs to know of it. Undone since `undone_at`; `kept`: undone, but somebody has decided otherwise since,
# and that stays.
import_change = sa.Table(
    "import_change",
    metadata,
    sa.Column("id", BigKey, primary_key=True),
    _reference("import_id", "import.id"),
    _reference("image_id", "image.id"),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("detail", sa.JSON, nullable=False),
    sa.Column("undone_at", UtcDateTime),
    sa.Column("kept", sa.Boolean, nullable=False),
    sa.Index(None, "import_id", "id"),
    sa.Index(None, "image_id"),
)

# Who has an image just now, until when.
lease = sa.Table(
    "lease",
    metadata,
    sa.Column("image_id", sa.Integer, sa.ForeignKey("image.id"), primary_key=True),
    _reference("project_id", "project.id"),
    sa.Column("annotator", sa.Text, nullable=False),
    sa.Column("until", UtcDateTime, nullable=False),
    sa.Index(None, "project_id"),
)

round_ = sa.Table(
    "round",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    _reference("project_id", "project.id"),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("strategy", sa.Text, nullable=False),
    sa.Column("preset", sa.Text, nullable=False),
    sa.Column("batch", sa.Integer, nullable=False),
    sa.Column("seed", sa.BigInteger, nullable=False),
    sa.Column("config", sa.JSON, nullable=False),
    sa.Column("class_ids", sa.JSON, nullable=False),
    sa.Column("labelled", sa.Integer, nullable=False),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("finished_at", UtcDateTime),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("metrics", sa.JSON, nullable=False),
    # Who drives it and when they last said so; rounds of before the third schema have neither.
    sa.Column("driver", sa.Text),
    sa.Column("heartbeat_at", UtcDateTime),
    sa.UniqueConstraint("project_id", "number"),
    # The database itself refuses a second running round, whichever process asks.
    _partial("uq_round_running", "project_id", where="state = 'running'", unique=True),
)

round_event = sa.Table(
    "round_event",
    metadata,
    sa.Column("id", BigKey, primary_key=True),
    _reference("round_id", "round.id"),
    sa.Column("phase", sa.Text, nullable=False),
    sa.Column("done", sa.Integer, nullable=False),
    sa.Column("total", sa.Integer, nullable=False),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("epochs", sa.Integer, nullable=False),
    sa.Column("metrics", sa.JSON, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Index(None, "round_id", "id"),
)

# `log_likelihood` holds all that a round keeps of an image for the words beside it (`types.Reasons`), as JSON.
ranking = sa.Table(
    "ranking",
    metadata,
    sa.Column("round_id", sa.Integer, sa.ForeignKey("round.id"), primary_key=True),
    sa.Column("image_id", sa.Integer, sa.ForeignKey("image.id"), primary_key=True),
    sa.Column("rank", sa.Integer, nullable=False),
    sa.Column("score", sa.Float, nullable=False),
    _reference("predicted_class_id", "defect_class.id"),
    sa.Column("probability", sa.Float, nullable=False),
    sa.Column("log_likelihood", sa.Text, nullable=False),
    sa.Index(None, "round_id", "rank"),
)

# What models that had not learned from an image say of it: of the newest finished round only. Without a rowid the rows
# lie in the index of their key, and one look finds one.
out_of_sample = sa.Table(
    "out_of_sample",
    metadata,
    sa.Column("round_id", sa.Integer, sa.ForeignKey("round.id"), primary_key=True),
    sa.Column("image_id", sa.Integer, sa.ForeignKey("image.id"), primary_key=True),
    _reference("predicted_class_id", "defect_class.id"),
    sa.Column("probability", sa.Float, nullable=False),
    sqlite_with_rowid=False,
)

# Labels that looked wrong, judged by what models said that had not learned from the image: of the newest finished round
# only. `class_id` is the label that was judged, `label_probability` what they gave it; `place` orders them, the
# likeliest error first.
label_issue = sa.Table(
    "label_issue",
    metadata,
    sa.Column("round_id", sa.Integer, sa.ForeignKey("round.id"), primary_key=True),
    sa.Column("image_id", sa.Integer, sa.ForeignKey("image.id"), primary_key=True),
    sa.Column("place", sa.Integer, nullable=False),
    _reference("class_id", "defect_class.id"),
    sa.Column("label_probability", sa.Float, nullable=False),
    _reference("predicted_class_id", "defect_class.id"),
    sa.Column("probability", sa.Float, nullable=False),
    sqlite_with_rowid=False,
)

class_pin = sa.Table(
    "class_pin",
    metadata,
    sa.Column("class_id", sa.Integer, sa.ForeignKey("defect_class.id"), primary_key=True),
    sa.Column("image_id", sa.Integer, sa.ForeignKey("image.id"), primary_key=True),
    sa.Column("role", sa.Text, nullable=False),
)
