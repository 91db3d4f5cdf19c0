"""The fourth schema: imports as rows, a bin for images, classes and projects, merged classes, files that change, tiles.

A migration is history: it spells its tables out and never reads those of the code, which move on.
"""

import hashlib
import os
import re
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

PROJECT = sa.table("project", *(sa.column(name) for name in ("id", "name", "folder")))
IMAGE = sa.table("image", *(sa.column(name) for name in ("id", "project_id", "split", "state")))
FILE = sa.table("image", *(sa.column(name) for name in ("id", "file")))
LOG = sa.table(
    "label_event",
    *(sa.column(name) for name in ("id", "event_id", "image_id", "kind", "undoes")),
    *(sa.column(name) for name in ("project_id", "split", "class_id", "replaced_class_id")),
)
LABELS = sa.table("label_count", *(sa.column(name) for name in ("project_id", "split", "class_id", "count")))
STATES = sa.table("state_count", *(sa.column(name) for name in ("project_id", "split", "state", "count")))

GONE = ("removed", "emptied")  # states of an image that the third schema does not know
DECISIONS = {"label": "labelled", "unsure": "unsure", "flag": "flagged"}


def upgrade() -> None:
    _create_import()
    # Columns are added one by one: rebuilding a table that others point at is refused by their foreign keys.
    _add_reference("image", "import_id", "import")
    op.add_column("image", sa.Column("size", sa.BigInteger(), nullable=True))
    op.add_column("image", sa.Column("modified_ns", sa.BigInteger(), nullable=True))
    op.add_column("image", sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("image", sa.Column("tile", sa.JSON(), nullable=True))
    for name, columns in (("import", ["import_id", "state"]), ("removed", ["project_id", "removed_at"])):
        where = sa.text(f"{'import_id' if name == 'import' else 'removed_at'} IS NOT NULL")
        op.create_index(f"ix_image_{name}", "image", columns, sqlite_where=where, postgresql_where=where)
    op.add_column("defect_class", sa.Column("former_names", sa.JSON(), nullable=False, server_default="[]"))
    _add_reference("defect_class", "import_id", "import")
    _add_reference("defect_class", "merged_into_id", "defect_class")
    for table in ("defect_class", "project"):
        for name in ("removed_at", "emptied_at"):
            op.add_column(table, sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("project", sa.Column("folder", sa.Text(), nullable=False, server_default=""))
    _name_folders()
    _keep_addresses_relative()


def downgrade() -> None:
    """What is in the bin is back, and a merged class counts for itself again: the third schema knows neither."""
    _bring_back()
    _count_anew()
    _keep_addresses_whole()
    for name in ("folder", "emptied_at", "removed_at"):
        op.drop_column("project", name)
    for name in ("emptied_at", "removed_at", "merged_into_id", "import_id", "former_names"):
        op.drop_column("defect_class", name)
    op.drop_index("ix_image_removed", "image")
    op.drop_index("ix_image_import", "image")
    for name in ("tile", "removed_at", "modified_ns", "size", "import_id"):
        op.drop_column("image", name)
    op.drop_table("import")


def _create_import() -> None:
    op.create_table(
        "import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("layout", sa.JSON(), nullable=False),
        sa.Column("images", sa.Integer(), nullable=False),
        sa.Column("annotator", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_import_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_import"),
    )
    op.create_index("ix_import_project_id", "import", ["project_id"], unique=False)


def _add_reference(table: str, name: str, target: str) -> None:
    key = sa.ForeignKey(f"{target}.id", name=f"fk_{table}_{name}")
    op.add_column(table, sa.Column(name, sa.Integer(), key, nullable=True), inline_references=True)


def _name_folders() -> None:
    """Where a project's unpacked archives lie followed from its name so far, which may change from now on."""
    for row in op.get_bind().execute(sa.select(PROJECT.c.id, PROJECT.c.name)).all():
        readable = re.sub(r"[^a-z0-9]+", "-", row.name.lower()).strip("-")[:40]
        folder = f"{readable}-{hashlib.sha256(row.name.encode()).hexdigest()[:8]}"
        op.execute(sa.update(PROJECT).where(PROJECT.c.id == row.id).values(folder=folder))


def _data_dir() -> Path | None:
    return getattr(op.get_bind().dialect, "data_dir", None)


def _keep_addresses_relative() -> None:
    """Files in the data folder, and those of a data folder that was moved since: what is unpacked lies below `projects`
    wherever that is."""
    folder = _data_dir()
    if folder is None:
        return
    where = FILE.c.file.startswith(f"{folder}{os.sep}", autoescape=True) | FILE.c.file.contains("/projects/")
    for row in op.get_bind().execute(sa.select(FILE).where(where)).all():
        file = Path(row.file)
        moved = folder / "projects" / row.file.rpartition("/projects/")[2]
        file = moved if not file.is_relative_to(folder) and not file.exists() and moved.exists() else file
        if file.is_relative_to(folder):
            address = file.relative_to(folder).as_posix()
            op.execute(sa.update(FILE).where(FILE.c.id == row.id).values(file=address))


def _keep_addresses_whole() -> None:
    folder = _data_dir()
    for row in op.get_bind().execute(sa.select(FILE)).all() if folder else ():
        if not Path(row.file).is_absolute():
            op.execute(sa.update(FILE).where(FILE.c.id == row.id).values(file=str(folder / row.file)))


def _bring_back() -> None:
    """Images that are in the bin are in the state that the log says."""
    gone = sa.select(IMAGE.c.id).where(IMAGE.c.state.in_(GONE))
    states = dict.fromkeys(op.get_bind().execute(gone).scalars().all(), "waiting")
    rows = op.get_bind().execute(sa.select(LOG).where(LOG.c.image_id.in_(gone)).order_by(LOG.c.id)).all()
    standing: dict[int, list[sa.Row]] = {}
    for row in rows:
        decisions = standing.setdefault(row.image_id, [])
        if row.kind in DECISIONS:
            decisions.append(row)
        elif row.kind == "undo":
            decisions[:] = [decision for decision in decisions if decision.event_id != row.undoes]
        aside = "skipped" if row.kind == "skip" else "waiting"
        states[row.image_id] = DECISIONS[decisions[-1].kind] if decisions else aside
    for image_id, state in states.items():
        op.execute(sa.update(IMAGE).where(IMAGE.c.id == image_id).values(state=state))


def _count_anew() -> None:
    op.execute(sa.delete(LABELS))
    op.execute(sa.delete(STATES))
    key = LOG.c.project_id, LOG.c.split
    given = sa.select(*key, LOG.c.class_id, sa.literal(1).label("step")).where(LOG.c.class_id.is_not(None))
    lost = sa.select(*key, LOG.c.replaced_class_id, sa.literal(-1)).where(LOG.c.replaced_class_id.is_not(None))
    steps = sa.union_all(given, lost).subquery()
    columns = [steps.c.project_id, steps.c.split, steps.c.class_id]
    labels = sa.select(*columns, sa.func.sum(steps.c.step)).group_by(*columns)
    op.execute(sa.insert(LABELS).from_select(["project_id", "split", "class_id", "count"], labels))
    columns = [IMAGE.c.project_id, IMAGE.c.split, IMAGE.c.state]
    states = sa.select(*columns, sa.func.count()).group_by(*columns)
    op.execute(sa.insert(STATES).from_select(["project_id", "split", "state", "count"], states))
