"""The database file: made, upgraded, shared, and its troubles said in words."""

import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable
from workspaces import ANN, filled, label

from vabal_core import workspace
from vabal_core.store import labels
from vabal_core.store.database import reading, writing
from vabal_core.store.tables import metadata, project
from vabal_core.types import Busy, StudioError


def test_the_migrations_make_the_schema_the_code_expects(tmp_path: Path) -> None:
    ws = workspace.open_workspace(tmp_path)
    with reading(ws.engine) as transaction:
        differences = compare_metadata(MigrationContext.configure(transaction), metadata)
    assert differences == []


def test_what_sqlite_forgives_and_postgresql_does_not_is_kept_to() -> None:
    keys = (sa.PrimaryKeyConstraint, sa.UniqueConstraint)
    indexes = [index for table in metadata.sorted_tables for index in table.indexes]
    rules = [rule for table in metadata.sorted_tables for rule in table.constraints if isinstance(rule, keys)]
    for index in indexes:
        texts = [str(CreateIndex(index).compile(dialect=module.dialect())) for module in (sqlite, postgresql)]
        assert len({" WHERE " in text for text in texts}) == 1, f"{index.name} holds other rows on PostgreSQL"
    names = Counter([*metadata.tables, *(rule.name for rule in [*indexes, *rules])])
    assert [name for name, count in names.items() if count > 1] == [], "tables and indexes share one name space"
    assert [name for name in names if len(name) > 63] == []
    log = str(CreateTable(metadata.tables["label_event"]).compile(dialect=postgresql.dialect()))
    assert "id BIGSERIAL" in log, "the log numbers its rows by itself, beyond 2 billion"


def test_opening_again_keeps_everything(tmp_path: Path) -> None:
    workspace.create_project(workspace.open_workspace(tmp_path), ANN, "Steel")
    assert [p.name for p in workspace.list_projects(workspace.open_workspace(tmp_path))] == ["Steel"]


def test_several_processes_may_open_a_new_folder_at_once(tmp_path: Path) -> None:
    folder = str(tmp_path / "new")
    code = f"from pathlib import Path; from vabal_core import workspace as w; w.open_workspace(Path({folder!r}))"
    command = [sys.executable, "-W", "error", "-c", code]
    openers = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    assert [(opener.communicate(timeout=60)[1], opener.returncode) for opener in openers] == [("", 0)] * 4


def test_a_label_is_flushed_to_the_disk_and_readers_do_not_wait(tmp_path: Path) -> None:
    ws = workspace.open_workspace(tmp_path)
    with reading(ws.engine) as transaction:
        pragmas = [transaction.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]
        assert pragmas == ["wal", 2]
        assert transaction.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_a_reader_works_while_somebody_writes(tmp_path: Path) -> None:
    ws = workspace.open_workspace(tmp_path)
    with writing(ws.engine) as transaction:
        transaction.execute(sa.delete(project))
        assert workspace.list_projects(ws) == []


def test_what_is_done_inside_a_transaction_is_a_part_of_it(tmp_path: Path) -> None:
    steel = filled(tmp_path)
    with pytest.raises(RuntimeError), writing(steel.ws.engine) as transaction:
        labels.record(transaction, steel.project_id, [label(steel.pool[0], steel.class_ids[0])], "ann")
        assert len(labels.current_labels(transaction, steel.project_id)) == 1
        assert labels.current_labels(steel.ws.engine, steel.project_id) == {}, "nobody else sees it yet"
        raise RuntimeError("the power went")
    assert labels.current_labels(steel.ws.engine, steel.project_id) == {}


def test_a_transaction_that_only_reads_refuses_to_write(tmp_path: Path) -> None:
    steel = filled(tmp_path)
    with reading(steel.ws.engine) as transaction, pytest.raises(ValueError, match="only reads"):
        labels.record(transaction, steel.project_id, [label(steel.pool[0], steel.class_ids[0])], "ann")


def test_a_database_of_a_newer_version_is_refused_in_words(tmp_path: Path) -> None:
    ws = workspace.open_workspace(tmp_path)
    with writing(ws.engine) as transaction:
        transaction.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StudioError, match="schema 9999, made by a newer version.*up to 0014"):
        workspace.open_workspace(tmp_path)


def test_a_file_that_is_no_database_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "studio.db").write_bytes(b"these are holiday notes, nothing else " * 100)
    with pytest.raises(StudioError, match="not a database"):
        workspace.open_workspace(tmp_path)


def test_a_locked_database_is_said_in_words(tmp_path: Path) -> None:
    steel = filled(tmp_path)
    other = sqlite3.connect(tmp_path / "studio.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with workspace.patience(0.0), pytest.raises(Busy, match="kept the database locked"):
        steel.record(label(steel.pool[0], steel.class_ids[0]))
    other.rollback()
    other.close()
    assert len(steel.record(label(steel.pool[0], steel.class_ids[0]))) == 1


def test_a_full_disk_is_said_in_words_and_what_was_stored_stays(tmp_path: Path) -> None:
    steel = filled(tmp_path)
    steel.record(label(steel.pool[0], steel.class_ids[0], "kept"))
    with steel.ws.engine.connect() as connection:
        # The page limit of this connection makes the file as good as on a full disk.
        connection.exec_driver_sql("PRAGMA max_page_count = 1")
    events = [label(steel.pool[i % 20], steel.class_ids[0], f"{i}-" + "x" * 150) for i in range(500)]
    with pytest.raises(StudioError, match="the disk is full"):
        steel.record(*events)
    steel.ws.engine.dispose()
    assert workspace.counts(steel.ws, steel.project_id).pool_total == 1


def test_a_full_disk_is_told_to_the_desk_in_the_same_words(tmp_path: Path) -> None:
    steel = filled(tmp_path)
    with steel.ws.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")
    events = tuple(label(steel.pool[i % 20], steel.class_ids[0], f"{i}-" + "x" * 150) for i in range(500))
    with pytest.raises(StudioError, match="the disk is full"):
        request = workspace.DeskRequest(queue="ranked", count=1, events=events)
        workspace.at_desk(steel.ws, ANN, steel.project_id, request)
    assert workspace.counts(steel.ws, steel.project_id).pool_total == 0


def test_a_folder_that_cannot_be_made_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StudioError, match="VABAL_DATA_DIR"):
        workspace.open_workspace(tmp_path / "file" / "data")


def test_a_lock_file_that_cannot_be_written_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "studio.lock").mkdir()
    with pytest.raises(StudioError, match="studio.lock cannot be locked"):
        workspace.open_workspace(tmp_path)


@pytest.mark.parametrize("url", ["nonsense", "oracle9://host/x", "postgresql+nodriver://h/x", "postgresql://h:port/x"])
def test_a_database_address_that_will_not_do_is_said_in_words_without_its_password(tmp_path: Path, url: str) -> None:
    with pytest.raises(StudioError, match="VABAL_DATABASE_URL.*should read like"):
        workspace.open_workspace(tmp_path, url)


def test_the_environment_names_the_folder_and_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "here"))
    monkeypatch.setenv("VABAL_DATABASE_URL", f"sqlite:///{tmp_path}/elsewhere.db")
    ws = workspace.open_workspace()
    assert ws.data_dir == tmp_path / "here"
    assert (tmp_path / "elsewhere.db").exists()
    assert not (tmp_path / "here" / "studio.db").exists()


def test_a_folder_with_odd_characters_holds_a_database(tmp_path: Path) -> None:
    folder = tmp_path / "100% steel? #1"
    workspace.create_project(workspace.open_workspace(folder), ANN, "Steel")
    assert (folder / "studio.db").exists()
