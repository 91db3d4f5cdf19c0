"""What killed processes leave in the data folder goes; what any process uses stays."""

import os
import time
import zipfile
from pathlib import Path

import pytest
from long_work import finish
from ui_projects import TINY, learnable
from workspaces import ANN

from vabal_core import workspace
from vabal_core.types import StudioError
from vabal_core.workspace.leftovers import MAX_AGE_SECONDS
from vabal_core.workspace.round_process import driver_lock

TOMORROW, IN_THREE_DAYS = time.time() + MAX_AGE_SECONDS / 2, time.time() + 1.5 * MAX_AGE_SECONDS


@pytest.fixture
def steel(tmp_path, shared_learner):
    return learnable(tmp_path)


def project_folder(ws, project) -> Path:
    return ws.data_dir / "projects" / str(project)


def leave(file: Path) -> Path:
    """A file there, as a process has left it that was killed; its folder."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"x")
    return file.parent


def test_after_a_round_that_was_stopped_the_pixel_cache_holds_the_cache_alone(steel):
    ws, project = steel
    work = workspace.run_round(ws, ANN, project, overrides=TINY | {"epochs": 10_000})
    while next(work).phase != "train":
        pass
    folder = project_folder(ws, project)
    assert list(folder.glob("rounds/1/scratch-*")), "features go there"
    work.close()
    assert not list(folder.glob("rounds/1/scratch-*"))
    assert {file.suffix for file in (folder / "pixels").iterdir()} == {".pixels", ".decoded", ".checksums"}


def test_what_a_killed_round_left_goes_when_the_studio_starts_and_never_under_a_round_that_runs(steel):
    ws, project = steel
    folder = project_folder(ws, project)
    cache = leave(folder / "pixels" / "fitted-grey-32.pixels")
    scratch = leave(folder / "rounds" / "1" / "scratch-a" / "taps.npy")
    older = leave(cache / "features-b" / "taps.npy")  # where the version before this one had them
    with driver_lock(ws, project):
        workspace.sweep(ws)
        assert scratch.exists() and older.exists()
    workspace.sweep(ws)
    assert not scratch.exists()
    assert [file.name for file in cache.iterdir()] == ["fitted-grey-32.pixels"]


def test_pixels_that_older_versions_squashed_go_when_the_studio_starts_and_never_under_a_round_that_runs(steel):
    ws, project = steel
    folder = project_folder(ws, project) / "pixels"
    squashed = {
        f"{kind}-{size}.{end}" for kind, size in (("grey", 32), ("colour", 64)) for end in ("pixels", "decoded")
    }
    fitted = {f"fitted-{name}" for name in squashed}
    for name in squashed | fitted:
        leave(folder / name)
    with driver_lock(ws, project):
        workspace.sweep(ws)
        assert {file.name for file in folder.iterdir()} == squashed | fitted
    workspace.sweep(ws)
    assert {file.name for file in folder.iterdir()} == fitted


def test_what_a_killed_round_left_goes_when_the_next_one_starts(steel):
    ws, project = steel
    scratch = leave(project_folder(ws, project) / "rounds" / "7" / "scratch-a" / "taps.npy")
    work = workspace.run_round(ws, ANN, project, overrides=TINY)
    next(work)
    assert not scratch.exists()
    work.close()


def test_uploads_and_half_unpacked_archives_go_once_nobody_can_be_at_work_on_them(steel):
    ws, project = steel
    upload = ws.data_dir / "uploads" / "0123.zip"
    leave(upload)
    partial = leave(ws.data_dir / "projects" / "steel-1" / "images" / ".0123456789abcdef-partial-x" / "1.png")
    rescored = leave(project_folder(ws, project) / "rounds" / "1" / "rescore-y" / "taps.npy")
    assert workspace.sweep(ws, now=TOMORROW) == []
    assert sorted(workspace.sweep(ws, now=IN_THREE_DAYS)) == sorted([upload, partial, rescored])
    assert not (upload.exists() or partial.exists() or rescored.exists())


def test_what_was_unpacked_for_a_plan_that_nobody_wrote_goes_and_what_images_use_stays(steel, tmp_path):
    ws, _ = steel
    archives = [tmp_path / "written.zip", tmp_path / "dropped.zip"]
    for archive, file in zip(archives, sorted(tmp_path.rglob("*.png")), strict=False):
        with zipfile.ZipFile(archive, "w") as packed:
            packed.write(file, "crazing/1.png")
    for archive in archives:
        plan, _ = finish(workspace.prepare_import(ws, "Other", archive, labels="use"))
        if archive == archives[0]:
            finish(workspace.commit_import(ws, ANN, "Other", plan))
    drawn = leave(plan.entries[0].file.parents[2] / "demo" / "1.png")  # by the Studio itself, to be imported yet
    written, dropped = sorted(drawn.parent.glob("[0-9a-f]*[0-9a-f]"), key=lambda folder: folder.stat().st_mtime_ns)
    assert workspace.sweep(ws, now=TOMORROW) == []
    assert workspace.sweep(ws, now=IN_THREE_DAYS) == [dropped]
    assert written.exists() and drawn.exists() and not dropped.exists()


def test_an_archive_that_is_looked_through_again_is_no_leftover(steel, tmp_path):
    ws, _ = steel
    with zipfile.ZipFile(tmp_path / "steel.zip", "w") as packed:
        packed.write(next(tmp_path.rglob("*.png")), "crazing/1.png")
    for _ in range(2):
        plan, _ = finish(workspace.prepare_import(ws, "Other", tmp_path / "steel.zip", labels="use"))
        (folder,) = (ws.data_dir / "projects").glob("other-*/images/[0-9a-f]*")
        assert workspace.sweep(ws) == []
        os.utime(folder.with_name(f".{folder.name}.pending"), (0, 0))
    assert workspace.sweep(ws) == [folder]
    with pytest.raises(StudioError, match="look through the ZIP again"):
        finish(workspace.commit_import(ws, ANN, "Other", plan))


def imported_archive(ws, tmp_path) -> Path:
    """An image of a project that came with an archive."""
    with zipfile.ZipFile(tmp_path / "steel.zip", "w") as packed:
        packed.write(next(tmp_path.rglob("*.png")), "crazing/1.png")
    plan, _ = finish(workspace.prepare_import(ws, "Other", tmp_path / "steel.zip", labels="use"))
    finish(workspace.commit_import(ws, ANN, "Other", plan))
    return plan.entries[0].file


def test_images_stay_whatever_database_or_path_the_studio_is_started_with(steel, tmp_path):
    ws, _ = steel
    image = imported_archive(ws, tmp_path)
    another_database = workspace.open_workspace(ws.data_dir, f"sqlite:///{tmp_path / 'another.db'}")
    assert workspace.sweep(another_database, now=IN_THREE_DAYS) == []
    moved = ws.data_dir.rename(tmp_path / "moved")
    ws.data_dir.symlink_to(moved)
    assert workspace.sweep(workspace.open_workspace(ws.data_dir), now=IN_THREE_DAYS) == []
    assert image.exists()


def test_what_an_older_version_unpacked_is_nobodys_to_remove(steel, tmp_path):
    ws, _ = steel
    unpacked = leave(ws.data_dir / "projects" / "steel-1" / "images" / "0123456789abcdef" / "1.png")
    assert workspace.sweep(ws, now=IN_THREE_DAYS) == []
    assert unpacked.exists()


def test_a_plan_whose_archive_is_being_removed_is_not_written(steel, tmp_path, monkeypatch):
    ws, _ = steel
    with zipfile.ZipFile(tmp_path / "steel.zip", "w") as packed:
        packed.write(next(tmp_path.rglob("*.png")), "crazing/1.png")
    plan, _ = finish(workspace.prepare_import(ws, "Other", tmp_path / "steel.zip", labels="use"))
    with monkeypatch.context() as killed:  # before the first file was gone
        killed.setattr("shutil.rmtree", lambda *_args, **_options: None)
        workspace.sweep(ws, now=IN_THREE_DAYS)
    with pytest.raises(StudioError, match="look through the ZIP again"):
        finish(workspace.commit_import(ws, ANN, "Other", plan))
    plan, _ = finish(workspace.prepare_import(ws, "Other", tmp_path / "steel.zip", labels="use"))
    finish(workspace.commit_import(ws, ANN, "Other", plan))
    assert plan.entries[0].file.exists()
