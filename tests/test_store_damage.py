"""A damaged SQLite file: refused at the start, and written no more once it shows while people label."""

import os
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from workspaces import filled, label

from vabal_core import workspace
from vabal_core.store.database import reading
from vabal_core.types import StudioError


def spoil(folder: Path) -> None:
    """64 KiB of noise in the middle of the database, of which nothing waits in its log of changes."""
    file = folder / "studio.db"
    with file.open("r+b") as stream:
        stream.seek(file.stat().st_size // 3 // 4096 * 4096)
        stream.write(os.urandom(65_536))


def closed(folder: Path) -> None:
    steel = filled(folder, pool=300)
    steel.record(*(label(image_id, steel.class_ids[0]) for image_id in steel.pool[:200]))
    steel.ws.engine.dispose()


def test_a_damaged_database_is_refused_with_the_way_back(tmp_path: Path):
    closed(tmp_path)
    workspace.open_workspace(tmp_path, check=True).engine.dispose()
    spoil(tmp_path)
    with pytest.raises(StudioError, match=r"studio\.db is damaged .*restore BACKUP"):
        workspace.open_workspace(tmp_path, check=True)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path):
    (tmp_path / "studio.db").write_bytes(b"noise" * 5_000)
    with pytest.raises(StudioError, match="is damaged .*not a database"):
        workspace.open_workspace(tmp_path, check=True)


def test_once_damage_shows_no_further_label_is_taken(tmp_path: Path):
    steel = filled(tmp_path)
    with pytest.raises(StudioError, match="damaged"), reading(steel.ws.engine):
        damage = sqlite3.DatabaseError("database disk image is malformed")
        damage.sqlite_errorname = "SQLITE_CORRUPT"
        raise sa.exc.DatabaseError("SELECT", {}, damage)
    assert len(steel.next()) == 10  # what can be read is still shown
    with pytest.raises(StudioError, match="nothing is written to it any more"):
        steel.record(label(steel.pool[0], steel.class_ids[0]))
