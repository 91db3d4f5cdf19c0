"""The data folder is its user's alone: what is new, what was there before, and a word where that cannot be."""

import logging
import os
import stat
from pathlib import Path

import pytest
from workspaces import filled

from vabal_core import workspace
from vabal_core.types import StudioError
from vabal_core.ui.signing import secret

pytestmark = pytest.mark.skipif(os.name != "posix", reason="this system keeps rights otherwise")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_nobody_else_reads_a_new_data_folder_its_database_and_its_backup(tmp_path: Path):
    folder, out = tmp_path / "data", tmp_path / "backup.zip"
    ws = filled(folder).ws
    secret(folder)
    for _ in workspace.backup(ws, out):
        pass
    assert mode(folder) == 0o700
    files = [folder / name for name in ("studio.db", "studio.db-wal", "studio.db-shm", "secret")]
    assert [mode(file) for file in (*files, out)] == [0o600] * 5


def test_a_folder_of_before_is_closed_at_the_next_start(tmp_path: Path):
    filled(tmp_path).ws.engine.dispose()
    tmp_path.chmod(0o755)
    for name in ("studio.db", "secret"):
        (tmp_path / name).touch()
        (tmp_path / name).chmod(0o644)
    workspace.open_workspace(tmp_path)
    assert (mode(tmp_path), mode(tmp_path / "studio.db"), mode(tmp_path / "secret")) == (0o700, 0o600, 0o600)


def test_rights_that_are_narrower_already_stay(tmp_path: Path):
    filled(tmp_path).ws.engine.dispose()
    (tmp_path / "secret").touch(0o400)
    workspace.open_workspace(tmp_path)
    assert mode(tmp_path / "secret") == 0o400


def test_where_rights_cannot_be_set_it_is_said_and_all_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def refused(*_) -> None:
        raise PermissionError(1, "Operation not permitted")

    tmp_path.chmod(0o755)
    monkeypatch.setattr(Path, "chmod", refused)
    with caplog.at_level(logging.WARNING):
        assert workspace.list_projects(workspace.open_workspace(tmp_path)) == []
    assert f"Others on this machine may read {tmp_path}: Operation not permitted" in caplog.text


def test_the_address_of_a_database_may_stand_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    other, address = tmp_path / "other.db", tmp_path / "address"
    address.write_text(f"sqlite:///{other}\n")
    monkeypatch.setenv("VABAL_DATABASE_URL_FILE", str(address))
    workspace.open_workspace(tmp_path / "data").engine.dispose()
    assert mode(other) == 0o600 and not (tmp_path / "data" / "studio.db").exists()
    address.unlink()
    with pytest.raises(StudioError, match=r"address \(VABAL_DATABASE_URL_FILE\) cannot be read"):
        workspace.open_workspace(tmp_path / "data")
