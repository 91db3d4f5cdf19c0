"""Files that changed or went away since their import, as the Data page says it, and the way back."""

import os
import shutil
from pathlib import Path

import pytest
from image_files import write_image
from import_page import looked, opened, words, written
from workspaces import ANN

from vabal_core import workspace
from vabal_core.store import rounds
from vabal_core.ui.app.background import find_job, forget_job
from vabal_core.ui.app.studio import studio


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of six images in a folder."""
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("VABAL_IMPORT_ROOTS", str(tmp_path))
    monkeypatch.setattr("vabal_core.ui.views.import_jobs.start_reading", lambda ws, project: None)
    for number in range(6):
        write_image(tmp_path / "line" / f"{number}.png", seed=number)
    written(looked(opened(), "Line", str(tmp_path / "line")))
    forget_job(check())
    return tmp_path / "line"


def check() -> str:
    return f"check files: {workspace.find_project(studio(), 'Line').id}"


def test_files_that_are_as_they_were_are_worth_no_word():
    page = opened(project="Line")
    assert find_job(check()).result == ()
    assert "hold" not in words(page)


def test_a_picture_that_was_written_over_another_is_named(folder: Path):
    write_image(folder / "2.png", seed=99)
    page = opened(project="Line")
    assert "The file of 1 image holds another picture now" in words(page)
    assert page.dataframe[0].value["Image"].tolist() == ["2.png"]


def test_a_round_that_went_without_changed_images_is_named_beside_both_ways_out(folder: Path):
    write_image(folder / "2.png", seed=99)
    project = workspace.find_project(studio(), "Line")
    classes = [workspace.add_class(studio(), ANN, project.id, name).id for name in ("pit", "scale")]
    facts = {"strategy": "random", "preset": "interactive", "batch": 3, "seed": 1, "config": {}}
    facts |= {"class_ids": classes, "labelled": 0, "metrics": {}}
    started = rounds.start_round(studio().engine, project.id, **facts)
    rounds.finish_round(studio().engine, started.id, {"changed_images": 1}, [])
    page = opened(project="Line")
    assert "Round 1, whose ranking is in use, went without 1 of them." in words(page)
    assert "Take the new pictures" in words(page) and "Or restore" in words(page)


def test_a_folder_that_moved_is_located_again(folder: Path, tmp_path: Path):
    shutil.move(folder, tmp_path / "archive" / "line 2025")
    page = opened(project="Line")
    assert "The files of 6 images hold nothing any more" in words(page)
    project = workspace.find_project(studio(), "Line")
    page.text_input(key=f"locate_folder-{project.id}").set_value(f'"{tmp_path / "archive"}"').run()
    page.button(key=f"locate-{project.id}").click().run()
    assert "Images linked to their files again: 6." in words(page)
    assert "hold" not in words(page.run())


def test_new_pictures_are_taken_as_new_images_without_the_label_of_before(folder: Path):
    write_image(folder / "2.png", seed=99)
    page = opened(project="Line")
    project = workspace.find_project(studio(), "Line")
    page.button(key=f"take_changed-{project.id}").click().run()
    assert "New pictures taken as new images: 1." in words(page)
    assert sum(workspace.image_totals(studio(), project.id).values()) == 6
    assert workspace.bin_contents(studio(), project.id).image_count == 1


def test_a_person_may_have_every_file_read(folder: Path):
    page = opened(project="Line")
    project = workspace.find_project(studio(), "Line")
    page.button(key=f"compare_files-{project.id}").click().run()
    assert "Every file was read: each holds what was imported." in words(page)
    file = folder / "2.png"
    before = file.stat()
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    page.button(key=f"compare_files-{project.id}").click().run()
    assert page.dataframe[0].value["Image"].tolist() == ["2.png"]
