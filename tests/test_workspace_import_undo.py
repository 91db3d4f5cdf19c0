"""What an import changed of images that were there already is listed, counted, undone whole, and brought back."""

from pathlib import Path

import pytest
from image_files import write_image
from import_changes import (
    bring,
    exported,
    image_id,
    labels,
    log,
    newest,
    plan_of,
    project_id,
    restore_import,
    say,
    steel_folder,
    table,
    undo_import,
)
from workspaces import ANN, undo

from vabal_core import workspace
from vabal_core.workspace import UndoneImport


@pytest.fixture
def ws(tmp_path: Path) -> workspace.Workspace:
    return workspace.open_workspace(tmp_path / "data")


@pytest.fixture
def folder(tmp_path: Path, ws: workspace.Workspace) -> Path:
    return steel_folder(tmp_path, ws)


def test_an_import_that_only_changed_labels_and_splits_is_listed_undone_and_brought_back(
    ws: workspace.Workspace, folder: Path
) -> None:
    before, log_before = exported(ws), log(ws)
    bring(ws, table(folder, "later", {0: "pits,test", 1: "pits", 2: "scratches", 3: "crazing,test"}))
    after = labels(ws)
    listed = newest(ws)
    assert (listed.images, listed.labels_changed, listed.splits_changed, listed.state) == (0, 3, 2, "whole")
    assert undo_import(ws, listed.id) == UndoneImport(labels=3, splits=2)
    assert exported(ws) == before, "who gave the labels, and when, is as before too"
    assert [each.name for each in workspace.classes(ws, project_id(ws))] == ["crazing", "good"]
    assert log(ws)[: len(log_before)] == log_before and len(log(ws)) == len(log_before) + 6, "the log only grows"
    assert newest(ws).state == "undone"
    assert undo_import(ws, listed.id) == UndoneImport(), "twice"
    assert restore_import(ws, listed.id) == UndoneImport(labels=3, splits=2)
    assert (labels(ws), newest(ws).state) == (after, "whole")
    assert restore_import(ws, listed.id) == UndoneImport()
    undo_import(ws, listed.id)
    assert exported(ws) == before
    assert not workspace.mend_counts(ws)


def test_what_somebody_decided_after_the_import_stays_both_ways_and_is_counted(
    ws: workspace.Workspace, folder: Path
) -> None:
    bring(ws, table(folder, "later", {i: "pits" for i in range(4)}))
    say(ws, 0, "crazing")
    say(ws, 1, "pits", "ninas")
    listed = newest(ws)
    assert undo_import(ws, listed.id) == UndoneImport(labels=2, kept=2)
    assert newest(ws).kept == 2
    assert {number: name for number, (name, _) in labels(ws).items()} == {
        0: "crazing", 1: "pits", 2: "crazing", 3: "crazing", 4: "crazing", 5: "crazing"
    }  # fmt: skip
    say(ws, 2, "crazing")
    assert restore_import(ws, listed.id) == UndoneImport(labels=1, kept=3)
    assert [labels(ws)[number][0] for number in range(4)] == ["crazing", "pits", "crazing", "pits"]
    workspace.record(ws, ANN, project_id(ws), [undo(image_id(ws, 1), "ninas")])
    assert labels(ws)[1][0] == "crazing", "what nina took back had been given over a label that is undone"
    assert not workspace.mend_counts(ws)


def test_after_an_undo_the_right_table_is_taken_without_a_question(ws: workspace.Workspace, folder: Path) -> None:
    """The labels that an undo brings back are those of the first import still: no person decided them."""
    bring(ws, table(folder, "wrong", {0: "pits"}))
    undo_import(ws, newest(ws).id)
    plan = plan_of(ws, table(folder, "right", {0: "scratches"}))
    assert [change.newer for change in plan.changes] == [False]
    say(ws, 1, "crazing")
    bring(ws, table(folder, "over", {1: "pits"}), "all")
    undo_import(ws, newest(ws).id)
    plan = plan_of(ws, table(folder, "again", {1: "scratches"}))
    assert [change.newer for change in plan.changes] == [True], "nina's word counts again, and is hers"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_two_imports_that_changed_the_same_are_undone_in_any_order(
    ws: workspace.Workspace, folder: Path, order: tuple[int, int]
) -> None:
    before = exported(ws)
    bring(ws, table(folder, "first", {0: "pits,test", 1: "pits"}))
    first = newest(ws).id
    bring(ws, table(folder, "second", {0: "scratches,train", 1: "scratches"}), "all")
    second = newest(ws).id
    both = labels(ws)
    assert both[0] == ("scratches", "pool")
    undo_import(ws, (first, second)[order[0]])
    assert labels(ws)[0] == (("scratches", "pool") if order[0] == 0 else ("pits", "evaluation"))
    undo_import(ws, (first, second)[order[1]])
    assert exported(ws) == before
    for import_id in (first, second):
        restore_import(ws, import_id)
    assert labels(ws) == both
    assert not workspace.mend_counts(ws)


def test_an_older_import_comes_back_below_a_newer_one(ws: workspace.Workspace, folder: Path) -> None:
    bring(ws, table(folder, "first", {0: "pits,test"}))
    first = newest(ws).id
    bring(ws, table(folder, "second", {0: "scratches,train"}), "all")
    second = newest(ws).id
    assert undo_import(ws, first) == UndoneImport(kept=2)
    assert restore_import(ws, first) == UndoneImport(kept=2)
    assert labels(ws)[0] == ("scratches", "pool")
    undo_import(ws, second)
    assert labels(ws)[0][1] == "evaluation", "where the first import had taken it"


def test_images_that_went_into_the_bin_since_come_back_as_before_the_import(
    ws: workspace.Workspace, folder: Path
) -> None:
    before = exported(ws)
    bring(ws, table(folder, "later", {0: "pits,test", 1: "pits"}))
    ids = [image_id(ws, number) for number in (0, 1)]
    workspace.remove_images(ws, ANN, project_id(ws), ids)
    undo_import(ws, newest(ws).id)
    assert workspace.bin_contents(ws, project_id(ws)).image_count == 2, "nobody asked for them"
    workspace.restore_images(ws, ANN, project_id(ws), ids)
    assert exported(ws) == before
    assert not workspace.mend_counts(ws)


def test_images_emptied_out_of_the_bin_since_stand_in_no_way(ws: workspace.Workspace, folder: Path) -> None:
    bring(ws, table(folder, "later", {0: "pits,test", 1: "pits"}))
    workspace.remove_images(ws, ANN, project_id(ws), [image_id(ws, 0)])
    workspace.empty_bin(ws, ANN, project_id(ws))
    listed = newest(ws)
    undo_import(ws, listed.id)
    assert labels(ws) == dict.fromkeys(range(1, 6), ("crazing", "pool"))
    restore_import(ws, listed.id)
    assert labels(ws)[1] == ("pits", "pool")
    assert not workspace.mend_counts(ws)


def test_a_class_emptied_out_of_the_bin_has_its_name_again_when_the_import_is_back(
    ws: workspace.Workspace, folder: Path
) -> None:
    bring(ws, table(folder, "later", {0: "pits"}))
    undo_import(ws, newest(ws).id)
    assert [gone.name for gone in workspace.bin_contents(ws, project_id(ws)).classes] == ["pits"]
    workspace.empty_bin(ws, ANN, project_id(ws))
    restore_import(ws, newest(ws).id)
    assert labels(ws)[0] == ("pits", "pool")


def test_images_set_aside_for_evaluation_since_go_into_the_bin_with_their_import(
    ws: workspace.Workspace, folder: Path, tmp_path: Path
) -> None:
    write_image(tmp_path / "more" / "20.png", 20)
    bring(ws, tmp_path / "more")
    assert workspace.set_aside(ws, ANN, project_id(ws), count=1) == 1
    assert undo_import(ws, newest(ws).id).images == 1
    assert workspace.image_totals(ws, project_id(ws)) == {"pool": 8, "evaluation": 0}
    assert restore_import(ws, newest(ws).id).images == 1
    assert workspace.image_totals(ws, project_id(ws)) == {"pool": 8, "evaluation": 1}


def test_what_came_back_with_an_import_goes_into_the_bin_with_it_again(ws: workspace.Workspace, folder: Path) -> None:
    first = newest(ws).id
    undo_import(ws, first)
    assert bring(ws, folder, from_bin=True)["from_bin"] == 8
    second = newest(ws)
    assert (second.id != first, second.from_bin, second.images) == (True, 8, 0)
    states = [listed.state for listed in workspace.list_imports(ws, project_id(ws))]
    assert states == ["whole", "brought back"], "the images are in use, so nobody is told that they are gone"
    assert undo_import(ws, second.id).images == 8
    assert [listed.state for listed in workspace.list_imports(ws, project_id(ws))] == ["undone", "undone"]
    assert restore_import(ws, first).images == 8
    assert newest(ws).state == "undone"


def test_the_picture_that_a_new_one_replaced_comes_back(ws: workspace.Workspace, folder: Path) -> None:
    write_image(folder / "crazing" / "0.png", 100)
    before = exported(ws)
    assert bring(ws, folder)["replaced"] == 1
    listed = newest(ws)
    assert (listed.images, listed.replaced) == (1, 1)
    assert undo_import(ws, listed.id) == UndoneImport(images=1, replaced=1)
    assert exported(ws) == before
    assert restore_import(ws, listed.id) == UndoneImport(images=1, replaced=1)


def test_files_that_were_linked_anew_are_linked_as_before_only_where_they_lie_there_again(
    ws: workspace.Workspace, folder: Path
) -> None:
    folder.rename(folder.parent / "moved")
    assert bring(ws, folder.parent / "moved")["moved"] == 8
    listed = newest(ws)
    assert (listed.files_linked, listed.images) == (8, 0)
    assert undo_import(ws, listed.id).files == 0
    assert workspace.changed_images(ws, project_id(ws)) == (), "no image loses its file"
    restore_import(ws, listed.id)
    (folder.parent / "moved").rename(folder)
    assert undo_import(ws, listed.id).files == 8
    assert workspace.changed_images(ws, project_id(ws)) == ()
