"""What whoever runs the server is told: warnings first, each with its figure, and nothing to anybody else."""

import shutil
from collections import namedtuple
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from workspaces import ANN, Filled, filled, label

from vabal_core import workspace
from vabal_core.types import NotAllowed
from vabal_core.workspace import server_status

GIB = 2**30
usage = namedtuple("usage", "total used free")


@pytest.fixture
def steel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Filled:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(100 * GIB, 0, 100 * GIB))
    monkeypatch.setattr(server_status, "open_files", lambda: (100, 1_000))
    return filled(tmp_path / "data")


def back_up(steel: Filled, folder: Path) -> None:
    for _ in workspace.backup(steel.ws, folder / "backup.zip"):
        pass


def test_a_server_that_was_never_backed_up_says_so_until_it_is(steel: Filled, tmp_path: Path):
    before = workspace.read_status(steel.ws, ANN)
    (warning,) = before.warnings
    assert warning.startswith("No backup has been made yet. Make one on the server: python -m vabal_core backup FILE.")
    assert before.last_backup is None
    back_up(steel, tmp_path)
    after = workspace.read_status(steel.ws, ANN)
    assert after.warnings == () and datetime.now(UTC) - after.last_backup < timedelta(minutes=5)


def test_a_backup_that_is_old_is_said(steel: Filled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    back_up(steel, tmp_path)
    monkeypatch.setattr(server_status, "OLDEST_BACKUP", timedelta())
    assert workspace.read_status(steel.ws, ANN).warnings[0].startswith("The last backup was made 0 hours ago.")


def test_a_disk_that_is_nearly_full_comes_first(steel: Filled, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(100 * GIB, 0, int(2.1 * GIB)))
    monkeypatch.setattr(server_status, "open_files", lambda: (900, 1_000))
    warnings = workspace.read_status(steel.ws, ANN).warnings
    assert warnings[0].startswith("Disk nearly full: 2.1 GiB left for the data folder (")
    assert warnings[1].startswith("900 of 1,000 files are open")


def test_what_is_to_be_done_is_counted(steel: Filled):
    status = workspace.read_status(steel.ws, ANN)
    assert [(row.project, row.runs, row.unread_images) for row in status.backlog] == [("Steel", False, 25)]
    assert status.labelling == 0
    steel.begin_round()
    status = workspace.read_status(steel.ws, ANN)
    assert [row.runs for row in status.backlog] == [True]


def test_who_decided_on_an_image_just_now_labels_and_who_only_looks_does_not(
    steel: Filled, monkeypatch: pytest.MonkeyPatch
):
    for name in ("ann", "berta", "chief"):
        request = workspace.DeskRequest(queue="ranked", count=3)
        workspace.at_desk(steel.ws, workspace.person(name), steel.project_id, request)
    assert workspace.read_status(steel.ws, ANN).labelling == 0
    for name, image_id in zip(("ann", "berta", workspace.ORACLE.name), steel.pool, strict=False):
        steel.record(label(image_id, steel.class_ids[0]), annotator=name)
    assert workspace.read_status(steel.ws, ANN).labelling == 2
    monkeypatch.setattr(server_status, "NOW", timedelta())
    assert workspace.read_status(steel.ws, ANN).labelling == 0


def test_versions_and_sizes_are_those_of_what_runs(steel: Filled):
    status = workspace.read_status(steel.ws, ANN)
    assert set(status.versions) == {"Studio", "Python", "torch", "streamlit", "SQLAlchemy", status.database, "schema"}
    assert all(status.versions.values())
    assert status.database_bytes > 50_000
    assert status.files == (100, 1_000)
    assert {disk.total for disk in status.disks} == {100 * GIB}


def test_open_files_are_those_of_this_process(tmp_path: Path):
    before = server_status.open_files()
    if before is None:
        pytest.skip("this system does not tell")
    with (tmp_path / "a").open("w"), (tmp_path / "b").open("w"):
        assert server_status.open_files()[0] - before[0] == 2


@pytest.mark.parametrize("role", ["labeller", "reviewer"])
def test_nobody_but_an_admin_sees_how_the_server_runs(steel: Filled, role: str):
    with pytest.raises(NotAllowed, match="may not see how the server runs"):
        workspace.read_status(steel.ws, replace(ANN, role=role))
