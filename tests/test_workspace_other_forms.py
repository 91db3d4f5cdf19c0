"""Images that a project has whole and that come as tiles, or the other way round: counted, and left to a person."""

from dataclasses import replace
from pathlib import Path

import pytest
from long_work import result_of
from test_workspace_shape import bring, lines, pool_of, prepared, ws_at
from workspaces import ANN

from vabal_core import workspace
from vabal_core.store.images import learning_images
from vabal_core.types import ImportPlan, LabelEvent, Tiling

SQUARES = Tiling(side=20)  # nine of each line


def asked(plan: ImportPlan) -> list[str]:
    return [doubt.text for doubt in plan.doubts if doubt.about == "shape"]


def shapes(ws: workspace.Workspace) -> tuple[int, int]:
    """How many images in use are whole, and how many are tiles."""
    tiles = sum(".tile-" in path for path in pool_of(ws))
    return len(pool_of(ws)) - tiles, tiles


def label_first(ws: workspace.Workspace) -> None:
    project_id = workspace.find_project(ws, "Steel").id
    scratch = workspace.add_class(ws, ANN, project_id, "scratch")
    image_id = learning_images(ws.engine, project_id)[0].image_id
    workspace.record(ws, ANN, project_id, [LabelEvent("1", image_id, "label", scratch.id)])


def test_tiles_of_images_that_are_there_whole_are_asked_about_and_cut_where_somebody_says_so(tmp_path: Path) -> None:
    ws, source = ws_at(tmp_path), lines(tmp_path / "lines")
    bring(ws, source)
    plan = prepared(ws, source, shape=SQUARES)
    assert not plan.entries and plan.already_present == 4
    assert asked(plan) == ["4 of these images are in the project whole. Left so: nothing is added of them."]
    assert {(entry.width, entry.height) for entry in plan.present} == {(180, 20)}
    label_first(ws)
    plan = prepared(ws, source, shape=SQUARES, other_forms="replace")
    assert (len(plan.entries), plan.already_present) == (36, 0)
    assert "whole. What is there goes into the bin, with its label, and what comes now" in asked(plan)[0]
    written = bring(ws, source, shape=SQUARES, other_forms="replace")
    assert (written["images"], written["replaced"]) == (36, 4) and shapes(ws) == (0, 36)
    newest = workspace.list_imports(ws, workspace.find_project(ws, "Steel").id)[0]
    result_of(workspace.undo_import(ws, ANN, newest.id))
    assert shapes(ws) == (4, 0)


def test_whole_images_that_are_there_as_tiles_are_asked_about(tmp_path: Path) -> None:
    ws, source = ws_at(tmp_path), lines(tmp_path / "lines")
    bring(ws, source, shape=SQUARES)
    lines(source, count=5)  # one more
    plan = prepared(ws, source, shape="fit")
    assert (len(plan.entries), plan.already_present) == (1, 4)
    assert asked(plan) == ["4 of these images are in the project as 36 tiles. Left so: nothing is added of them."]
    assert len(prepared(ws, source, shape="fit", other_forms="beside").entries) == 5
    assert bring(ws, source, shape="fit", other_forms="replace")["replaced"] == 36
    assert shapes(ws) == (5, 0)


def test_tiles_of_another_size_are_asked_about(tmp_path: Path) -> None:
    ws, source = ws_at(tmp_path), lines(tmp_path / "lines", count=1)
    bring(ws, source, shape=SQUARES)
    wider = Tiling(side=20, overlap=5)  # some of its tiles are there
    assert "One of these images is in the project as 5 tiles. Left so: nothing is added of it." in asked(
        prepared(ws, source, shape=wider)
    )
    bring(ws, source, shape=wider, other_forms="replace")
    assert shapes(ws) == (0, 12)


def test_both_may_stay(tmp_path: Path) -> None:
    ws, source = ws_at(tmp_path), lines(tmp_path / "lines")
    bring(ws, source)
    plan = prepared(ws, source, shape=SQUARES, other_forms="beside")
    assert "learns from the same picture twice" in asked(plan)[0]
    bring(ws, source, shape=SQUARES, other_forms="beside")
    assert shapes(ws) == (4, 36)
    assert not asked(prepared(ws, source, shape=SQUARES)) and not prepared(ws, source, shape=SQUARES).entries


@pytest.mark.parametrize("shape", ["fit", SQUARES])
def test_what_is_there_in_the_same_form_and_small_images_are_no_question(tmp_path: Path, shape) -> None:
    ws = ws_at(tmp_path)
    source = lines(tmp_path / "set" / "long").parent
    lines(source / "small", width=20, seed=9)
    bring(ws, source, shape=shape)
    assert not asked(prepared(ws, source, shape=shape)) and not prepared(ws, source, shape=shape).entries


def test_an_import_that_broke_off_between_tiles_goes_on(tmp_path: Path) -> None:
    ws, source = ws_at(tmp_path), lines(tmp_path / "lines")
    bring(ws, source, shape=SQUARES)
    project_id = workspace.find_project(ws, "Steel").id
    some = [row.image_id for row in learning_images(ws.engine, project_id)][:5]
    workspace.remove_images(ws, ANN, project_id, some)
    workspace.empty_bin(ws, ANN, project_id)
    plan = prepared(ws, source, shape=SQUARES)
    assert not asked(plan) and len(plan.entries) == 5


def test_nothing_goes_into_the_bin_for_an_image_that_could_not_be_cut(tmp_path: Path) -> None:
    ws, source = ws_at(tmp_path), lines(tmp_path / "lines")
    bring(ws, source)
    plan = prepared(ws, source, shape=SQUARES, other_forms="replace")
    kept = tuple(entry for entry in plan.entries if not entry.path.startswith("2."))
    written = result_of(workspace.commit_import(ws, ANN, "Steel", replace(plan, entries=kept)))
    assert written["replaced"] == 3 and shapes(ws) == (1, 27)


def test_wholes_in_whose_place_tiles_came_do_not_come_back_beside_them(tmp_path: Path) -> None:
    ws, source = ws_at(tmp_path), lines(tmp_path / "lines")
    bring(ws, source)
    bring(ws, source, shape=SQUARES, other_forms="replace")
    plan = prepared(ws, source, shape=SQUARES)
    assert (plan.entries, plan.in_bin, plan.already_present) == ((), (), 4)
    result_of(workspace.commit_import(ws, ANN, "Steel", plan, from_bin=True))
    assert shapes(ws) == (0, 36)
    assert len(prepared(ws, source, shape=SQUARES, other_forms="beside").in_bin) == 4
