"""A database of the first released version, with labels in it, goes on under this one."""

from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from workspaces import ANN, flag

from vabal_core import workspace
from vabal_core.store import migrate
from vabal_core.store.database import connect, reading, sqlite_url, writing
from vabal_core.store.labels import current_labels
from vabal_core.store.tables import label_event, metadata
from vabal_core.types import RESERVED_KEYS

# The keys the first version gave out: 33 of them, some of which the desk has since taken for itself.
OLD_KEYS = "1234567890abcdefghijklmnopqrtvwxy"
EVENTS = [
    # id, image, kind, class, replaced, undoes
    ("e1", 1, "label", 1, None, None),
    ("e2", 2, "label", 2, None, None),
    ("e3", 2, "label", 16, 2, None),
    ("e4", 3, "skip", None, None, None),
    ("e5", 4, "label", 1, None, None),
    ("e6", 4, "undo", None, 1, "e5"),
    ("e7", 5, "label", 20, None, None),
]


@pytest.fixture
def first_version(tmp_path: Path) -> Path:
    """The folder of a Studio as the first version left it: a project with 33 classes, 5 images and a log."""
    engine = connect(sqlite_url(tmp_path / "studio.db"))
    config = Config()
    config.set_main_option("script_location", str(migrate.MIGRATIONS))
    with writing(engine) as transaction:
        config.attributes["connection"] = transaction
        command.upgrade(config, "0001")
        transaction.exec_driver_sql("INSERT INTO project VALUES (1, 'Steel', '2024-05-01', 0, '{}')")
        transaction.exec_driver_sql("INSERT INTO project VALUES (2, 'Copper', '2024-05-01', 0, '{}')")
        for i, key in enumerate(OLD_KEYS, start=1):
            transaction.exec_driver_sql("INSERT INTO defect_class VALUES (?, 1, ?, ?)", (i, f"Öl class {i}", key))
        transaction.exec_driver_sql("INSERT INTO defect_class VALUES (34, 2, 'Pits', 'x'), (35, 2, 'scratches', 'p')")
        for i, state in enumerate(("labelled", "labelled", "skipped", "waiting", "labelled"), start=1):
            split = "evaluation" if i == 5 else "pool"
            values = (i, i - 1, f"p/{i}.png", f"/p/{i}.png", split, f"{i:064x}", 100 - i, state)
            transaction.exec_driver_sql("INSERT INTO image VALUES (?, 1, ?, ?, ?, ?, ?, 64, 48, NULL, ?, ?)", values)
        for event_id, image_id, *rest in EVENTS:
            split = "evaluation" if image_id == 5 else "pool"
            transaction.exec_driver_sql(
                "INSERT INTO label_event (event_id, image_id, kind, class_id, replaced_class_id, undoes, project_id, "
                "split, annotator, created_at, round) VALUES (?, ?, ?, ?, ?, ?, 1, ?, 'ann', '2024-05-02 10:00:00', 0)",
                (event_id, image_id, *rest, split),
            )
    engine.dispose()
    return tmp_path


def test_labels_counts_and_queue_are_as_before(first_version: Path) -> None:
    ws = workspace.open_workspace(first_version)
    assert current_labels(ws.engine, 1) == {1: 1, 2: 16, 5: 20}
    counts = workspace.counts(ws, 1)
    assert {key: count for key, count in counts.pool.items() if count} == {1: 1, 16: 1}
    assert {key: count for key, count in counts.evaluation.items() if count} == {20: 1}
    assert (counts.unsure, counts.flagged) == (0, 0)
    assert [item.image_id for item in workspace.next_images(ws, 1, "ranked", count=9)] == [4, 3]
    rows = list(workspace.export_rows(ws, 1))
    assert [(row.path, row.label) for row in rows] == [
        ("p/1.png", "Öl class 1"), ("p/2.png", "Öl class 16"), ("p/5.png", "Öl class 20")
    ]  # fmt: skip


def test_the_log_goes_on_and_still_refuses_changes(first_version: Path) -> None:
    ws = workspace.open_workspace(first_version)
    workspace.record(ws, ANN, 1, [flag(2, "f1", "a hair")])
    assert current_labels(ws.engine, 1) == {1: 1, 5: 20}
    assert workspace.recent(ws, 1, annotator="ann")[0].comment == "a hair"
    for change in (sa.update(label_event).values(annotator="x"), sa.delete(label_event)):
        with pytest.raises(sa.exc.IntegrityError, match="label_event is a log"), writing(ws.engine) as transaction:
            transaction.execute(change)


def test_keys_that_the_desk_uses_itself_become_others_and_the_rest_stay(first_version: Path) -> None:
    ws = workspace.open_workspace(first_version)
    keys = {defect_class.id: defect_class.key for defect_class in workspace.classes(ws, 1)}
    kept = {i: key for i, key in enumerate(OLD_KEYS, start=1) if key not in RESERVED_KEYS}
    assert {i: key for i, key in keys.items() if i in kept} == kept
    assert set("".join(keys.values())) & RESERVED_KEYS == set()
    assert max(Counter(key for key in keys.values() if key).values()) == 1, "no key labels two classes"
    assert [defect_class.key for defect_class in workspace.classes(ws, 2)] == ["1", "2"], (
        "each project has its own keys"
    )


def test_a_database_that_was_upgraded_is_the_same_as_a_new_one(first_version: Path) -> None:
    with reading(workspace.open_workspace(first_version).engine) as transaction:
        assert compare_metadata(MigrationContext.configure(transaction), metadata) == []


def test_an_upgrade_that_breaks_off_leaves_the_old_database_whole(
    first_version: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the power went")

    with monkeypatch.context() as patched, pytest.raises(RuntimeError):
        patched.setattr("alembic.op.create_table", broken)
        workspace.open_workspace(first_version)
    with reading(connect(sqlite_url(first_version / "studio.db"))) as transaction:
        assert MigrationContext.configure(transaction).get_current_revision() == "0001"
        columns = [row[1] for row in transaction.exec_driver_sql("PRAGMA table_info(label_event)")]
        assert "comment" not in columns
    assert current_labels(workspace.open_workspace(first_version).engine, 1) == {1: 1, 2: 16, 5: 20}
