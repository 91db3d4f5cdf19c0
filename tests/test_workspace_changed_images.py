"""Files that change, folders that move: never an old label on a new picture, and what moved is found again."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from image_files import encoded, grey, make_zip, write_image
from long_work import result_of

from vabal_core import workspace
from vabal_core.store.image_addresses import image_addresses
from vabal_core.types import NotFound, StudioError
from vabal_core.workspace.round_task import images_to_learn

ANN = workspace.person("Ann")


@pytest.fixture
def ws(tmp_path: Path) -> workspace.Workspace:
    return workspace.open_workspace(tmp_path / "data")


def bring(ws: workspace.Workspace, source: Path, **options: Any) -> int:
    plan = result_of(workspace.prepare_import(ws, "Steel", source, **{"labels": "use", "holdout": 0, **options}))
    result_of(workspace.commit_import(ws, ANN, "Steel", plan))
    return workspace.find_project(ws, "Steel").id


def camera(folder: Path, delivery: int = 1) -> Path:
    for i in range(6):
        write_image(folder / ("pits" if i < 3 else "good") / f"{i}.png", seed=100 * delivery + i)
        os.utime(folder / ("pits" if i < 3 else "good") / f"{i}.png", (delivery, delivery))
    return folder


def contents(ws: workspace.Workspace, project_id: int) -> dict[str, str]:
    return {image.path: image.content for image in workspace.changed_images(ws, project_id)}


def first_image(ws: workspace.Workspace, project_id: int) -> int:
    return image_addresses(ws.engine, project_id)[0].image_id


def test_a_picture_written_over_another_never_carries_its_label(ws: workspace.Workspace, tmp_path: Path) -> None:
    project_id = bring(ws, camera(tmp_path / "cam"))
    image_id = first_image(ws, project_id)
    assert contents(ws, project_id) == {}
    old, _ = workspace.picture(ws, image_id, "thumbnail")
    camera(tmp_path / "cam", delivery=2)
    assert set(contents(ws, project_id).values()) == {"changed"} and len(contents(ws, project_id)) == 6
    for size in ("thumbnail", "screen", "full"):
        with pytest.raises(StudioError, match="holds another picture than the one that was imported"):
            workspace.picture(ws, image_id, size)
    assert images_to_learn(ws, project_id) == ([], 6)
    assert list(workspace.export_rows(ws, project_id)) == []
    camera(tmp_path / "cam", delivery=1)
    assert contents(ws, project_id) == {} and len(list(workspace.export_rows(ws, project_id))) == 6
    assert workspace.picture(ws, image_id, "thumbnail")[0] == old


def test_a_file_that_was_only_touched_is_read_once_and_is_the_same(ws: workspace.Workspace, tmp_path: Path) -> None:
    project_id = bring(ws, camera(tmp_path / "cam"))
    for file in (tmp_path / "cam").rglob("*.png"):
        os.utime(file, (99, 99))
    assert contents(ws, project_id) == {}
    assert {address.modified_ns for address in image_addresses(ws.engine, project_id)} == {99 * 10**9}


def test_a_changed_picture_of_the_same_size_in_bytes_is_found_by_its_time(
    ws: workspace.Workspace, tmp_path: Path
) -> None:
    file = tmp_path / "cam" / "0.bmp"
    write_image(file, 1, "BMP")
    project_id = bring(ws, tmp_path / "cam")
    size = file.stat().st_size
    write_image(file, 2, "BMP")
    os.utime(file, (5, 5))
    assert file.stat().st_size == size and contents(ws, project_id) == {"0.bmp": "changed"}


def overwrite_unseen(file: Path, seed: int) -> None:
    """Another picture of the same size in bytes, and with the time of the one before."""
    before = file.stat()
    write_image(file, seed, "BMP")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (file.stat().st_size, file.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)


def read_all(ws: workspace.Workspace, project_id: int) -> dict[str, str]:
    images = result_of(workspace.check_images(ws, project_id, content=True))
    return {image.path: image.content for image in images}


def test_what_neither_size_nor_time_tells_is_found_by_reading_and_known_from_then_on(
    ws: workspace.Workspace, tmp_path: Path
) -> None:
    file = tmp_path / "cam" / "0.bmp"
    for number in range(3):
        write_image(tmp_path / "cam" / f"{number}.bmp", number, "BMP")
    project_id = bring(ws, tmp_path / "cam")
    assert read_all(ws, project_id) == {}
    overwrite_unseen(file, 9)
    assert contents(ws, project_id) == {}
    assert read_all(ws, project_id) == {"0.bmp": "changed"} == contents(ws, project_id)
    with pytest.raises(StudioError, match="holds another picture"):
        workspace.picture(ws, first_image(ws, project_id), "thumbnail")
    assert images_to_learn(ws, project_id)[1] == 1
    overwrite_unseen(file, 0)
    assert contents(ws, project_id) == {}


def test_a_picture_that_neither_size_nor_time_tells_is_taken_as_a_new_image(
    ws: workspace.Workspace, tmp_path: Path
) -> None:
    write_image(tmp_path / "cam" / "0.bmp", 1, "BMP")
    project_id = bring(ws, tmp_path / "cam")
    before = image_addresses(ws.engine, project_id)[0]
    overwrite_unseen(tmp_path / "cam" / "0.bmp", 9)
    plan = result_of(workspace.prepare_import(ws, "Steel", tmp_path / "cam", labels="use", holdout=0))
    assert [change.kind for change in plan.changes] == ["content"]  # a second look through the folder sees it as well
    read_all(ws, project_id)
    assert result_of(workspace.take_changed(ws, ANN, project_id, [before.image_id]))["taken"] == 1
    (after,) = image_addresses(ws.engine, project_id)
    assert after.fingerprint != before.fingerprint and contents(ws, project_id) == {}


def test_reading_every_file_says_how_far_it_is(ws: workspace.Workspace, tmp_path: Path) -> None:
    for number in range(40):
        write_image(tmp_path / "cam" / f"{number}.png", number)
    project_id = bring(ws, tmp_path / "cam")
    events = list(workspace.check_images(ws, project_id, content=True))
    assert [event.done for event in events] == sorted({event.done for event in events}) and len(events) > 1
    assert events[-1].done == events[-1].total == 40


def test_a_data_folder_that_moved_keeps_its_pictures(tmp_path: Path) -> None:
    files = {f"{'pits' if i < 2 else 'good'}/{i}.png": encoded(grey(i)) for i in range(4)}
    project_id = bring(workspace.open_workspace(tmp_path / "data"), make_zip(tmp_path / "set.zip", files))
    shutil.move(tmp_path / "data", tmp_path / "elsewhere")
    moved = workspace.open_workspace(tmp_path / "elsewhere")
    assert contents(moved, project_id) == {}
    file = workspace.image_file(moved, first_image(moved, project_id))
    assert file.is_relative_to(tmp_path / "elsewhere") and file.is_file()


def test_a_folder_that_moved_is_linked_again_by_content(ws: workspace.Workspace, tmp_path: Path) -> None:
    project_id = bring(ws, camera(tmp_path / "cam"))
    (tmp_path / "archive").mkdir()
    for number, file in enumerate(sorted((tmp_path / "cam").rglob("*.png"))):
        file.rename(tmp_path / "archive" / f"other name {number}.png")
    write_image(tmp_path / "archive" / "stranger.png", 999)
    assert set(contents(ws, project_id).values()) == {"missing"}
    with pytest.raises(NotFound, match="Locate the folder"):
        workspace.image_file(ws, first_image(ws, project_id))
    located = result_of(workspace.locate_folder(ws, ANN, project_id, tmp_path / "archive"))
    assert located == {"linked": 6, "missing": 0}
    assert contents(ws, project_id) == {}
    again = result_of(workspace.locate_folder(ws, ANN, project_id, tmp_path / "archive"))
    assert again == {"linked": 0, "missing": 0}


def test_what_is_not_below_the_folder_stays_missing(ws: workspace.Workspace, tmp_path: Path) -> None:
    project_id = bring(ws, camera(tmp_path / "cam"))
    shutil.rmtree(tmp_path / "cam" / "good")
    assert result_of(workspace.locate_folder(ws, ANN, project_id, tmp_path)) == {"linked": 0, "missing": 3}
    with pytest.raises(StudioError, match="There is no folder"):
        result_of(workspace.locate_folder(ws, ANN, project_id, tmp_path / "nowhere"))
    with pytest.raises(StudioError, match="outside the folders for imports"):
        result_of(workspace.locate_folder(ws, ANN, project_id, tmp_path / "cam", roots=[tmp_path / "data"]))
