"""Whole images and pieces of them in one project: crops of boxes, tiles of an export, and what other programs cut."""

from dataclasses import replace
from pathlib import Path

import pytest
from annotated import write_yolo
from exports import brought
from image_files import encoded, grey
from long_work import result_of
from workspaces import ANN

from vabal_core import workspace
from vabal_core.types import ExportRequest, ImportPlan, Layout, Tiling


@pytest.fixture
def ws(tmp_path: Path) -> workspace.Workspace:
    return workspace.open_workspace(tmp_path / "data")


def crops(proposed: Layout) -> Layout:
    return replace(proposed, boxes="crops")


def prepared(ws: workspace.Workspace, source: Path, **options: object) -> ImportPlan:
    return result_of(workspace.prepare_import(ws, "Steel", source, labels="use", **options))


def asked(plan: ImportPlan, about: str) -> list[str]:
    return [doubt.text for doubt in plan.doubts if doubt.about == about]


def in_use(ws: workspace.Workspace) -> int:
    return sum(workspace.image_totals(ws, workspace.find_project(ws, "Steel").id).values())


def test_crops_of_images_that_are_there_whole_are_asked_about(ws: workspace.Workspace, tmp_path: Path) -> None:
    folder = write_yolo(tmp_path / "set")
    brought(ws, folder, "Steel")
    whole = in_use(ws)
    plan = prepared(ws, folder, layout=crops)
    assert not plan.entries
    assert "2 pieces come of 1 image that is in the project whole. Left so" in asked(plan, "shape")[0]
    beside = prepared(ws, folder, layout=crops, other_forms="beside")
    assert len(beside.entries) >= 2 and "the same picture twice" in asked(beside, "shape")[0]
    plan = prepared(ws, folder, layout=crops, other_forms="replace")
    written = result_of(workspace.commit_import(ws, ANN, "Steel", plan))
    assert written["images"] == len(beside.entries) and 0 < written["replaced"] <= whole
    assert in_use(ws) == whole - written["replaced"] + written["images"]


def plate(folder: Path, seed: int, name: str, height: int, width: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(encoded(grey(seed, height=height, width=width)))


@pytest.mark.parametrize(
    "name", ["plate {}_0_16.png", "Plate {}-crop1.png", "plate {}.tile.3.png", "plate {}_16x16.png"]
)
def test_pieces_that_another_program_cut_are_told_by_names_and_sizes(
    ws: workspace.Workspace, tmp_path: Path, name: str
) -> None:
    for seed in range(3):
        plate(tmp_path / "set" / "whole", seed, f"plate {seed}.png", 64, 64)
        plate(tmp_path / "set" / "crops", 10 + seed, name.format(seed), 16, 16)
    plan = prepared(ws, tmp_path / "set")
    (text,) = asked(plan, "taken")
    assert text.startswith("3 images seem to be pieces or smaller copies of 3 others")
    (doubt,) = [doubt for doubt in plan.doubts if doubt.about == "taken"]
    layout = workspace.answered(plan.layout, doubt.answers[0])
    plan = prepared(ws, tmp_path / "set", layout=layout)
    assert len(plan.entries) == 3 and not asked(plan, "taken")


@pytest.mark.parametrize("first, second", [("whole", "crops"), ("crops", "whole")])
def test_pieces_that_another_program_cut_are_told_in_a_later_import_too(
    ws: workspace.Workspace, tmp_path: Path, first: str, second: str
) -> None:
    for seed in range(3):
        plate(tmp_path / "whole", seed, f"plate {seed}.png", 64, 64)
        plate(tmp_path / "crops", 10 + seed, f"plate {seed}_0_16.png", 16, 16)
    brought(ws, tmp_path / first, "Steel")
    (text,) = asked(prepared(ws, tmp_path / second), "taken")
    assert "3 images, here and in the project, seem to be pieces or smaller copies of 3 others" in text


def test_images_of_one_size_that_are_numbered_alike_are_no_pieces(ws: workspace.Workspace, tmp_path: Path) -> None:
    for seed, name in enumerate(("plate.png", "plate_1.png", "plate_2.png", "plate_1_2.png", "other_3.png")):
        plate(tmp_path / "set", seed, name, 64, 64 if seed < 4 else 16)
    assert not asked(prepared(ws, tmp_path / "set"), "taken")


def test_an_export_that_holds_images_whole_and_in_pieces_says_so(ws: workspace.Workspace, tmp_path: Path) -> None:
    for seed in range(2):
        plate(tmp_path / "set" / "pits", seed, f"{seed}.png", 16, 48)
        plate(tmp_path / "set" / "good", 5 + seed, f"g{seed}.png", 16, 48)
    brought(ws, tmp_path / "set", "Both")
    cut = {"shape": Tiling(side=16, keep_labels=True), "other_forms": "beside"}
    brought(ws, tmp_path / "set", "Both", **cut)
    project_id = workspace.find_project(ws, "Both").id
    file = tmp_path / "out.zip"
    request = workspace.export_project(ws, workspace.STUDIO, project_id, ExportRequest(format="coco"))
    workspace.write_export(request, file)
    plan = prepared(ws, file)
    assert any("4 images of this source come whole and in pieces" in text for text in asked(plan, "other"))
    assert len(plan.entries) == 16
