"""Imports and their undoing are killed, labelled beside, and have classes renamed, merged and removed under them."""

from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from image_files import write_image
from import_changes import (
    bring,
    class_id,
    exported,
    image_id,
    labels,
    newest,
    plan_of,
    project_id,
    restore_import,
    say,
    steel_folder,
    table,
    undo_import,
)
from long_work import result_of
from workspaces import ANN

from vabal_core import workspace
from vabal_core.workspace import change_writing, import_undo, importing


@pytest.fixture
def ws(tmp_path: Path) -> workspace.Workspace:
    return workspace.open_workspace(tmp_path / "data")


@pytest.fixture
def folder(tmp_path: Path, ws: workspace.Workspace) -> Path:
    return steel_folder(tmp_path, ws)


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_an_undo_that_was_killed_goes_on(
    ws: workspace.Workspace, folder: Path, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    monkeypatch.setattr(import_undo, "PIECE", 2)
    monkeypatch.setattr(import_undo, "CHANGES", 2)
    before = exported(ws)
    for i in range(10, 13):
        write_image(folder / "crazing" / f"{i}.png", i)
    bring(ws, table(folder, "later", {0: "pits,test", 1: "pits", 2: "pits", 10: "pits", 11: "pits", 12: "pits"}))
    after = exported(ws)
    listed = newest(ws)
    verbs: list[Callable[..., Any]] = [workspace.undo_import, workspace.restore_import]
    for verb, expected in zip(verbs, (before, after), strict=True):
        killed = verb(ws, ANN, listed.id)
        assert len(list(islice(killed, steps + 1))) == steps + 1
        killed.close()
        assert newest(ws).state == "undone in part"
        result_of(verb(ws, ANN, listed.id))
        assert [row.label for row in exported(ws)] == [row.label for row in expected]
    assert not workspace.mend_counts(ws)


def test_labels_are_given_while_an_import_is_undone(
    ws: workspace.Workspace, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_undo, "CHANGES", 1)
    bring(ws, table(folder, "later", {i: "pits" for i in range(3)}))
    work = workspace.undo_import(ws, ANN, newest(ws).id)
    next(work), next(work)
    say(ws, 0, "pits")  # undone piece by piece from the last one on: this one's turn has not come
    say(ws, 2, "pits")
    result_of(work)
    assert [labels(ws)[number][0] for number in range(3)] == ["pits", "crazing", "pits"]


def test_an_import_that_was_killed_between_its_changes_is_undone_whole(
    ws: workspace.Workspace, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_writing, "PIECE", 1)
    before = exported(ws)
    plan = plan_of(ws, table(folder, "later", {0: "pits", 1: "pits", 2: "pits,test"}))
    killed = workspace.commit_import(ws, ANN, "Steel", plan, apply=workspace.changes_to_apply(plan, "older"))
    list(islice(killed, 3))
    killed.close()
    assert (newest(ws).state, newest(ws).labels_changed) == ("broken off", 2)
    undo_import(ws, newest(ws).id)
    assert exported(ws) == before


def test_a_change_is_not_made_where_somebody_decided_after_it_was_looked_up(
    ws: workspace.Workspace, folder: Path
) -> None:
    """The plan waits on the page while others label."""
    plan = plan_of(ws, table(folder, "later", {0: "pits", 1: "pits", 2: "pits"}))
    workspace.add_class(ws, ANN, project_id(ws), "scratches")
    say(ws, 0, "scratches")
    workspace.remove_images(ws, ANN, project_id(ws), [image_id(ws, 1)])
    workspace.rename_class(ws, ANN, class_id(ws, "crazing"), "cracks")
    written = result_of(workspace.commit_import(ws, ANN, "Steel", plan, apply=plan.changes))
    assert written["labels_changed"] == 1
    assert (labels(ws)[0][0], labels(ws)[2][0], labels(ws)[3][0]) == ("scratches", "pits", "cracks")


def test_a_class_that_an_import_took_out_of_the_bin_goes_back_into_it(ws: workspace.Workspace, folder: Path) -> None:
    spare = workspace.add_class(ws, ANN, project_id(ws), "pits")
    workspace.remove_class(ws, ANN, spare.id)
    bring(ws, table(folder, "later", {0: "pits"}))
    undo_import(ws, newest(ws).id)
    assert [gone.id for gone in workspace.bin_contents(ws, project_id(ws)).classes] == [spare.id]
    restore_import(ws, newest(ws).id)
    assert workspace.bin_contents(ws, project_id(ws)).classes == ()


def test_a_class_that_two_imports_use_goes_with_the_last_of_them(ws: workspace.Workspace, folder: Path) -> None:
    bring(ws, table(folder, "first", {0: "pits"}))
    first = newest(ws).id
    bring(ws, table(folder, "second", {1: "pits"}))
    second = newest(ws).id
    names = [each.name for each in workspace.classes(ws, project_id(ws))]
    undo_import(ws, first)
    assert [each.name for each in workspace.classes(ws, project_id(ws))] == names
    undo_import(ws, second)
    assert [each.name for each in workspace.classes(ws, project_id(ws))] == ["crazing", "good"]
    restore_import(ws, second)
    assert [each.name for each in workspace.classes(ws, project_id(ws))] == names


def test_a_class_into_which_an_older_one_was_merged_stays(ws: workspace.Workspace, folder: Path) -> None:
    old = workspace.add_class(ws, ANN, project_id(ws), "dents")
    bring(ws, table(folder, "later", {0: "pits"}))
    workspace.merge_classes(ws, ANN, old.id, class_id(ws, "pits"))
    undo_import(ws, newest(ws).id)
    assert "pits" in [each.name for each in workspace.classes(ws, project_id(ws))], "dents are to be labelled so"


@pytest.mark.parametrize("labelling", ["use", "hide"])
def test_what_runs_while_its_class_is_merged_keeps_its_own_name_in_the_log(
    ws: workspace.Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, labelling: Any
) -> None:
    """Each half of the import is told apart when the merge is taken back."""
    monkeypatch.setattr(importing, "PIECE", 3)
    for i in range(6):
        write_image(tmp_path / "steel" / ("crazing" if i % 2 else "scratches") / f"{i}.png", i)
    plan = result_of(workspace.prepare_import(ws, "Steel", tmp_path / "steel", labels=labelling, holdout=0))
    work = workspace.commit_import(ws, ANN, "Steel", plan)
    next(work), next(work)
    crazing, scratches = class_id(ws, "crazing"), class_id(ws, "scratches")
    workspace.merge_classes(ws, ANN, crazing, scratches)
    result_of(work)
    workspace.restore_class(ws, ANN, crazing)
    if labelling == "hide":
        workspace.label_for_me(ws, ANN, project_id(ws), 6)
    assert workspace.counts(ws, project_id(ws)).pool == {crazing: 3, scratches: 3}
    assert not workspace.mend_counts(ws)


def test_what_runs_while_classes_change_names_labels_as_its_source_meant(
    ws: workspace.Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "PIECE", 3)
    for i in range(6):
        write_image(tmp_path / "steel" / ("crazing" if i % 2 else "scratches") / f"{i}.png", i)
    plan = result_of(workspace.prepare_import(ws, "Steel", tmp_path / "steel", labels="use", holdout=0))
    work = workspace.commit_import(ws, ANN, "Steel", plan)
    next(work), next(work)
    crazing = class_id(ws, "crazing")
    workspace.rename_class(ws, ANN, crazing, "cracks")
    workspace.add_class(ws, ANN, project_id(ws), "crazing")
    result_of(work)
    assert workspace.counts(ws, project_id(ws)).pool[crazing] == 3
    assert sorted(labels(ws).values()) == [("cracks", "pool")] * 3 + [("scratches", "pool")] * 3


def test_labels_that_change_while_their_class_is_merged_keep_its_name(
    ws: workspace.Workspace, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_writing, "PIECE", 1)
    before = exported(ws)
    plan = plan_of(ws, table(folder, "later", {0: "pits", 1: "pits"}))
    work = workspace.commit_import(ws, ANN, "Steel", plan, apply=plan.changes)
    next(work), next(work)
    pits, good = class_id(ws, "pits"), class_id(ws, "good")
    workspace.merge_classes(ws, ANN, pits, good)
    result_of(work)
    workspace.restore_class(ws, ANN, pits)
    assert workspace.counts(ws, project_id(ws)).pool[pits] == 2
    workspace.merge_classes(ws, ANN, pits, good)
    undo_import(ws, newest(ws).id)
    assert exported(ws) == before
    restore_import(ws, newest(ws).id)
    workspace.restore_class(ws, ANN, pits)
    assert workspace.counts(ws, project_id(ws)).pool[pits] == 2
    assert not workspace.mend_counts(ws)


def test_a_class_that_went_into_the_bin_while_its_import_ran_is_out_of_it(
    ws: workspace.Workspace, folder: Path, tmp_path: Path
) -> None:
    spare = workspace.add_class(ws, ANN, project_id(ws), "pits")
    for i in range(3):
        write_image(tmp_path / "more" / ("pits" if i else "good") / f"{i}.png", 50 + i)
    work = workspace.commit_import(ws, ANN, "Steel", plan_of(ws, tmp_path / "more"))
    next(work)
    workspace.remove_class(ws, ANN, spare.id)
    result_of(work)
    assert workspace.counts(ws, project_id(ws)).pool[spare.id] == 2
