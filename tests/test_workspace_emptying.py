"""What is emptied out of the bin is gone for good: its files and its content, never its labels in the log."""

import zipfile
from pathlib import Path

import pytest
import sqlalchemy as sa
from image_files import write_image
from long_work import result_of
from test_workspace_importing import write_class
from workspaces import ANN, filled, label

from vabal_core import workspace
from vabal_core.store import emptying
from vabal_core.store.database import reading
from vabal_core.store.images import learning_images
from vabal_core.store.tables import image, label_event
from vabal_core.types import ImportPlan, StudioError


@pytest.fixture
def ws(tmp_path: Path) -> workspace.Workspace:
    return workspace.open_workspace(tmp_path / "data")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    write_class(tmp_path / "steel", "scratches", 3)
    write_class(tmp_path / "steel", "crazing", 3)
    with zipfile.ZipFile(tmp_path / "steel.zip", "w") as packed:
        for file in sorted((tmp_path / "steel").rglob("*.png")):
            packed.write(file, file.relative_to(tmp_path / "steel"))
        packed.writestr("notes.txt", "no image")
    return tmp_path / "steel.zip"


def bring(ws: workspace.Workspace, source: Path, name: str = "Steel") -> ImportPlan:
    plan = result_of(workspace.prepare_import(ws, name, source, labels="use", holdout=0))
    result_of(workspace.commit_import(ws, ANN, name, plan))
    return plan


def ids(ws: workspace.Workspace, project_id: int) -> list[int]:
    return [row.image_id for row in learning_images(ws.engine, project_id)]


def unpacked(ws: workspace.Workspace) -> list[str]:
    return sorted(file.name for file in ws.data_dir.glob("projects/*/images/**/*.png"))


def test_the_files_that_the_studio_kept_go_and_the_labels_stay_in_the_log(
    ws: workspace.Workspace, archive: Path
) -> None:
    bring(ws, archive)
    project_id = workspace.find_project(ws, "Steel").id
    gone, *left = ids(ws, project_id)
    file = workspace.image_file(ws, gone)
    size = file.stat().st_size
    workspace.remove_images(ws, ANN, project_id, [gone])
    emptied = workspace.empty_bin(ws, ANN, project_id)
    assert (emptied.images, emptied.classes, emptied.bytes) == (1, 0, size)
    assert workspace.empty_bin(ws, ANN, project_id) == workspace.Emptied()
    assert not file.exists()
    assert all(workspace.image_file(ws, image_id).exists() for image_id in left)
    assert workspace.bin_contents(ws, project_id).image_count == 0
    assert workspace.restore_images(ws, ANN, project_id, left) == 0
    with pytest.raises(ValueError, match=f"has no image {gone}"):
        workspace.restore_images(ws, ANN, project_id, [gone])
    with pytest.raises(ValueError, match=f"no image has the id {gone}"):
        workspace.image_file(ws, gone)
    with reading(ws.engine) as transaction:
        log = sa.select(label_event.c.image_id, image.c.path).join(image, image.c.id == label_event.c.image_id)
        paths = {row.image_id: row.path for row in transaction.execute(log)}
        assert set(paths) == {gone, *left}
        assert paths[gone] == "crazing/0.png", "the log still says which image it was"


def test_content_emptied_out_of_the_bin_is_new_when_it_is_imported_again(
    ws: workspace.Workspace, archive: Path
) -> None:
    bring(ws, archive)
    project_id = workspace.find_project(ws, "Steel").id
    before = ids(ws, project_id)
    workspace.remove_images(ws, ANN, project_id, before[:2])
    workspace.empty_bin(ws, ANN, project_id)
    again = bring(ws, archive)
    assert (len(again.entries), again.already_present, again.in_bin) == (2, 4, ()), "the archive is unpacked anew"
    after = ids(ws, project_id)
    assert after[:4] == before[2:]
    assert min(after[4:]) > max(before), "no number is ever given to another image"
    assert all(workspace.image_file(ws, image_id).exists() for image_id in after)
    positions = [row.position for row in learning_images(ws.engine, project_id)]
    assert (positions, len(set(positions))) == (sorted(positions), 6)
    with pytest.raises(ValueError, match=f"image {before[0]} is not in project"):
        workspace.record(ws, ANN, project_id, [label(before[0], workspace.classes(ws, project_id)[0].id)])
    assert not workspace.mend_counts(ws)


def test_an_archive_of_which_nothing_is_left_is_unpacked_where_it_was(ws: workspace.Workspace, archive: Path) -> None:
    bring(ws, archive)
    project_id = workspace.find_project(ws, "Steel").id
    result_of(workspace.undo_import(ws, ANN, workspace.list_imports(ws, project_id)[0].id))
    emptied = workspace.empty_bin(ws, ANN, project_id)
    assert (emptied.images, emptied.classes, unpacked(ws)) == (6, 2, [])
    assert list(ws.data_dir.glob("projects/*/images/*")) == [], "nothing else of the archive either"
    bring(ws, archive)
    assert len(unpacked(ws)) == 6
    assert [defect_class.name for defect_class in workspace.classes(ws, project_id)] == ["crazing", "scratches"]
    assert workspace.counts(ws, project_id).pool_total == 6


def test_a_file_that_another_image_uses_stays(ws: workspace.Workspace, archive: Path, tmp_path: Path) -> None:
    bring(ws, archive)
    first = workspace.find_project(ws, "Steel").id
    folder = workspace.image_file(ws, ids(ws, first)[0]).parents[1]
    bring(ws, folder, "Same files")
    workspace.remove_images(ws, ANN, first, ids(ws, first))
    assert workspace.empty_bin(ws, ANN, first).bytes == 0
    second = workspace.find_project(ws, "Same files").id
    assert all(workspace.image_file(ws, image_id).exists() for image_id in ids(ws, second))


def test_a_persons_own_files_are_never_deleted(ws: workspace.Workspace, tmp_path: Path) -> None:
    for folder in (tmp_path / "mine", ws.data_dir / "mine"):
        write_class(folder, "scratches", 2)
        write_image(folder / "crazing" / "a.png", seed=len(str(folder)))
        bring(ws, folder)
    project_id = workspace.find_project(ws, "Steel").id
    workspace.remove_images(ws, ANN, project_id, ids(ws, project_id))
    assert workspace.empty_bin(ws, ANN, project_id).images == 4
    assert len(list(tmp_path.glob("mine/**/*.png"))) == 3
    assert len(list(ws.data_dir.glob("mine/**/*.png"))) == 3


def test_a_project_in_the_bin_is_emptied_with_all_that_it_had(ws: workspace.Workspace, archive: Path) -> None:
    bring(ws, archive)
    bring(ws, archive, "Other")
    project_id = workspace.find_project(ws, "Steel").id
    with pytest.raises(StudioError, match="is in use"):
        workspace.empty_project(ws, ANN, project_id)
    workspace.remove_project(ws, ANN, project_id)
    assert workspace.empty_project(ws, ANN, project_id).images == 6
    assert workspace.empty_project(ws, ANN, project_id) == workspace.Emptied()
    assert workspace.removed_projects(ws) == []
    assert not (ws.data_dir / "projects" / str(project_id)).exists()
    other = workspace.find_project(ws, "Other").id
    assert all(workspace.image_file(ws, image_id).exists() for image_id in ids(ws, other))
    assert len(unpacked(ws)) == 6, "of the other project"
    made = workspace.create_project(ws, ANN, "Steel")
    assert made.id not in (project_id, other)
    assert workspace.image_totals(ws, made.id)["pool"] == 0
    assert not workspace.mend_counts(ws)


def test_a_round_that_ran_while_its_images_were_emptied_ends_well(tmp_path: Path) -> None:
    steel = filled(tmp_path)
    workspace.remove_images(steel.ws, ANN, steel.project_id, steel.pool[:2])
    workspace.empty_bin(steel.ws, ANN, steel.project_id)
    steel.rank(steel.pool)  # as one that began before
    assert steel.next(count=2) == list(steel.pool[2:4])


def test_emptying_that_breaks_off_leaves_the_rest_in_the_bin_and_goes_on(
    ws: workspace.Workspace, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(ws, archive)
    project_id = workspace.find_project(ws, "Steel").id
    all_ids = ids(ws, project_id)
    workspace.remove_images(ws, ANN, project_id, all_ids)
    monkeypatch.setattr(emptying, "PIECE", 2)
    begin, pieces = emptying.begin_emptying, []

    def broken(*arguments: object) -> int:
        if pieces:
            raise StudioError("the disk is full")
        pieces.append(arguments)
        return begin(*arguments)

    monkeypatch.setattr(emptying, "begin_emptying", broken)
    with pytest.raises(StudioError, match="disk is full"):
        workspace.empty_bin(ws, ANN, project_id)
    assert workspace.bin_contents(ws, project_id).image_count == 4
    assert workspace.restore_images(ws, ANN, project_id, all_ids[-1:]) == 1
    monkeypatch.setattr(emptying, "begin_emptying", begin)
    assert workspace.empty_bin(ws, ANN, project_id).images == 3
    assert ids(ws, project_id) == all_ids[-1:] and len(unpacked(ws)) == 1
    assert not workspace.mend_counts(ws)
