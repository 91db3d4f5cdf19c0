"""Labels from a table and new pictures in changed files: listed with the imports, and undone whole like one."""

from dataclasses import replace
from pathlib import Path

import pytest
from image_files import write_image
from import_changes import exported, labels, newest, project_id, say, steel_folder, table
from import_page import words
from long_work import result_of
from streamlit.testing.v1 import AppTest
from ui_pages import PAGES
from workspaces import ANN

from vabal_core import workspace
from vabal_core.types import StudioError
from vabal_core.ui.app.studio import studio
from vabal_core.workspace import csv_labels


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> workspace.Workspace:
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    steel_folder(tmp_path, studio())
    return studio()


def class_names(ws: workspace.Workspace) -> list[str]:
    return [listed.name for listed in workspace.classes(ws, project_id(ws))]


def from_table(ws: workspace.Workspace, folder: Path, name: str, rows: dict[int, str]) -> workspace.TableLabels:
    file = table(folder, name, rows)
    return workspace.label_from_csv(ws, ANN, project_id(ws), file, apply="all", create_classes=True)


def test_labels_of_a_table_are_undone_whole_with_the_classes_that_it_made(
    ws: workspace.Workspace, tmp_path: Path
) -> None:
    before, classes = exported(ws), class_names(ws)
    assert from_table(ws, tmp_path / "steel", "second", {0: "pits", 1: "pits", 2: "crazing"}).written == 2
    after = exported(ws)
    listed = newest(ws)
    assert (listed.title, listed.state, listed.labels_changed) == ("labels of second.csv", "whole", 2)
    assert listed.annotator == ANN.name
    undone = result_of(workspace.undo_import(ws, ANN, listed.id))
    assert (undone.labels, undone.images, undone.kept) == (2, 0, 0)
    assert exported(ws) == before and class_names(ws) == classes
    assert newest(ws).state == "undone"
    result_of(workspace.restore_import(ws, ANN, listed.id))
    assert [replace(row, labelled_at=None) for row in exported(ws)] == [replace(row, labelled_at=None) for row in after]


def test_what_a_person_decided_after_the_table_stays(ws: workspace.Workspace, tmp_path: Path) -> None:
    from_table(ws, tmp_path / "steel", "second", {0: "pits", 1: "pits"})
    say(ws, 0, "good")
    undone = result_of(workspace.undo_import(ws, ANN, newest(ws).id))
    assert undone.kept == 1
    assert {row.path: row.label for row in exported(ws)}["crazing/0.png"] == "good"
    assert labels(ws)[1] == ("crazing", "pool")


def test_a_table_that_says_nothing_new_is_not_listed(ws: workspace.Workspace, tmp_path: Path) -> None:
    before = newest(ws)
    assert from_table(ws, tmp_path / "steel", "same", {0: "crazing"}).written == 0
    assert newest(ws) == before


def test_a_table_that_broke_off_is_listed_and_goes_on_as_the_same(
    ws: workspace.Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_labels, "PIECE", 1)
    write = csv_labels.record_in
    written: list[int] = []

    def once(*arguments: object) -> object:
        if written:
            raise StudioError("the disk is full")
        written.append(1)
        return write(*arguments)

    rows = {0: "pits", 1: "pits", 2: "pits"}
    monkeypatch.setattr(csv_labels, "record_in", once)
    with pytest.raises(StudioError, match="disk is full"):
        from_table(ws, tmp_path / "steel", "broken", rows)
    assert (newest(ws).state, newest(ws).labels_changed) == ("broken off", 1)
    monkeypatch.setattr(csv_labels, "record_in", write)
    assert from_table(ws, tmp_path / "steel", "broken", rows).written == 2
    assert (newest(ws).state, newest(ws).labels_changed) == ("whole", 3)
    assert len(workspace.list_imports(ws, project_id(ws))) == 2


def test_pictures_taken_as_new_are_undone_whole(ws: workspace.Workspace, tmp_path: Path) -> None:
    before = labels(ws)
    file = tmp_path / "steel" / "crazing" / "0.png"
    old = file.read_bytes()
    write_image(file, seed=99)
    (changed,) = workspace.changed_images(ws, project_id(ws))
    result_of(workspace.take_changed(ws, ANN, project_id(ws), [changed.image_id]))
    listed = newest(ws)
    assert (listed.title, listed.state) == ("new pictures in changed files", "whole")
    assert (listed.images, listed.replaced) == (1, 1) and 0 not in labels(ws)
    file.write_bytes(old)
    undone = result_of(workspace.undo_import(ws, ANN, listed.id))
    assert (undone.images, undone.replaced) == (1, 1)
    assert labels(ws) == before and workspace.changed_images(ws, project_id(ws)) == ()


def test_the_page_lists_the_table_and_undoes_it(ws: workspace.Workspace, tmp_path: Path) -> None:
    before = labels(ws)
    from_table(ws, tmp_path / "steel", "second", {0: "pits"})
    page = AppTest.from_file(PAGES / "data.py", default_timeout=20)
    page.query_params["project"] = "Steel"
    page.run()
    assert "labels of second.csv" in words(page)
    page.button(key=f"undo_import-{newest(ws).id}").click().run()
    assert labels(ws) == before
    assert newest(ws).state == "undone"
