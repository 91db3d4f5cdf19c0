"""Annotated images imported: by the class of the image, by boxes cut out of it, by one file of annotations alone."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from annotated import write_images, write_json, write_text
from exports import brought, contents, exported
from image_files import grey, png_16
from long_work import result_of
from PIL import Image
from workspaces import ANN

from vabal_core import workspace
from vabal_core.images.decode import read_values
from vabal_core.store.images import learning_images
from vabal_core.types import ImportPlan, Layout, StudioError


def crops(proposed: Layout) -> Layout:
    return replace(proposed, boxes="crops")


@pytest.fixture
def ws(tmp_path: Path) -> workspace.Workspace:
    return workspace.open_workspace(tmp_path / "data")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A YOLO set: a.png with two pits, b.png with a pit and a scratch, c.png with nothing, in two splits."""
    folder = tmp_path / "set"
    write_images(folder, "train/images/a.png", "train/images/b.png", "val/images/c.png", "val/images/d.png")
    write_text(folder / "data.yaml", "train: train/images\nval: val/images\nnames: [pits, scratches]\n")
    write_text(folder / "train/labels/a.txt", "0 0.25 0.5 0.5 0.5\n0 0.75 0.5 0.5 1\n")
    write_text(folder / "train/labels/b.txt", "0 0.25 0.5 0.5 0.5\n1 0.9 0.9 0.4 0.4\n")
    write_text(folder / "val/labels/d.txt", "1 0.5 0.5 1 1\n")
    return folder


def planned(ws: workspace.Workspace, source: Path, **options) -> ImportPlan:
    return result_of(workspace.prepare_import(ws, "Steel", source, labels="use", **options))


def rows(ws: workspace.Workspace, project_id: int) -> dict[str, tuple[str, str]]:
    return {row.path: (row.label, row.split) for row in workspace.export_rows(ws, project_id)}


def test_an_image_has_the_class_of_all_its_boxes_and_the_plan_asks_about_cutting_them_out(ws, source: Path) -> None:
    plan = planned(ws, source)
    assert (plan.annotations, plan.boxes, plan.layout.class_from) == ("YOLO", 5, "none")
    assert "cut out" in plan.doubts[0].text
    assert {entry.path: (entry.label, entry.split) for entry in plan.entries} == {
        "train/images/a.png": ("pits", "pool"),
        "train/images/b.png": (None, "pool"),
        "val/images/c.png": (None, "evaluation"),
        "val/images/d.png": ("scratches", "evaluation"),
    }
    assert [problem.path for problem in plan.label_problems] == ["train/images/b.png"]
    assert plan.problems == ()


def test_each_box_is_cut_out_as_an_image_that_knows_where_it_was(ws, source: Path) -> None:
    project_id = brought(ws, source, "Steel", layout=crops)
    assert rows(ws, project_id) == {
        "train/images/a.box1.png": ("pits", "pool"),
        "train/images/a.box2.png": ("pits", "pool"),
        "train/images/b.box1.png": ("pits", "pool"),
        "train/images/b.box2.png": ("scratches", "pool"),
        "val/images/d.png": ("scratches", "evaluation"),
    }
    whole = np.asarray(Image.open(source / "train/images/a.png"))
    files = {Path(image.file): image for image in learning_images(ws.engine, project_id)}
    assert all(file.is_relative_to(ws.data_dir) or file.name == "d.png" for file in files)
    pieces = [np.asarray(Image.open(ws.data_dir / file)) for file in files]
    assert any(np.array_equal(piece, whole[10:30, 0:30]) for piece in pieces)
    table = exported(ws, project_id, format="jsonl").decode().splitlines()
    tiles = {row["path"]: row for row in map(json.loads, table)}
    second = tiles["train/images/b.box2.png"]
    assert second["parent"] == "train/images/b.png"
    assert [second[f"parent_{name}"] for name in ("x", "y", "width", "height")] == [42, 28, 18, 12]
    assert "parent" not in tiles["val/images/d.png"]


def test_an_image_is_decoded_once_for_all_its_boxes(ws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_images(tmp_path / "set", "a.png", "b.png")
    marks = [{"image_id": i % 2, "category_id": 1, "bbox": [i, 0, 9, 9]} for i in range(40)]
    images = [{"id": i, "file_name": f"{'ab'[i]}.png"} for i in range(2)]
    document = {"images": images, "annotations": marks, "categories": [{"id": 1, "name": "pits"}]}
    write_json(tmp_path / "set" / "x.json", document)
    decoded = []
    monkeypatch.setattr("vabal_core.images.tiles.read_values", lambda file: decoded.append(file) or read_values(file))
    plan = planned(ws, tmp_path / "set", layout=crops)
    assert len(plan.entries) == 40 and len(decoded) == 2
    assert not [file for entry in plan.entries for file in entry.file.parent.glob(".*.png")]


def test_images_without_boxes_are_listed_where_boxes_are_cut_out(ws, source: Path) -> None:
    plan = planned(ws, source, layout=crops)
    assert [(problem.path, problem.reason) for problem in plan.problems] == [
        ("val/images/c.png", "no box: nothing to cut out of it")
    ]


def test_cutting_out_again_brings_nothing_twice_and_takes_nothing_away(ws, source: Path) -> None:
    project_id = brought(ws, source, "Steel", layout=crops)
    before = contents(ws, project_id)
    plan = planned(ws, source, layout=crops)
    assert (len(plan.entries), plan.already_present) == (0, 5)
    workspace.discard_import(ws, "Steel", plan)
    for image_id in [image.image_id for image in learning_images(ws.engine, project_id)]:
        assert workspace.image_file(ws, image_id).is_file()
    assert contents(ws, project_id) == before


def test_a_plan_that_is_not_written_leaves_no_piece_behind(ws, source: Path) -> None:
    def left() -> list[Path]:
        return [path for path in (ws.data_dir / "projects").rglob("*") if path.is_file()]

    planned(ws, source)
    assert list((ws.data_dir / "projects").iterdir()) == []
    workspace.discard_import(ws, "Steel", planned(ws, source, layout=crops))
    assert left() == []
    steps = workspace.prepare_import(ws, "Steel", source, labels="use", layout=crops)
    while next(steps).phase != "read" or not left():
        pass
    steps.close()
    assert left() == []


def test_boxes_are_cut_out_of_the_images_in_a_zip(ws, source: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        for file in source.rglob("*"):
            archive.write(file, f"top/{file.relative_to(source).as_posix()}")
    project_id = brought(ws, tmp_path / "set.zip", "Steel", layout=crops)
    assert len(contents(ws, project_id)) == 5
    assert all(workspace.image_file(ws, i.image_id).is_file() for i in learning_images(ws.engine, project_id))


def test_deep_values_stay_deep_in_a_piece(ws, tmp_path: Path) -> None:
    values = np.arange(40 * 60, dtype=np.uint16).reshape(40, 60, 1)
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "a.png").write_bytes(png_16(values, 0))
    mark = {"image_id": 1, "category_id": 1, "bbox": [10.4, 5, 20, 8]}
    document = {"images": [{"id": 1, "file_name": "a.png"}], "annotations": [mark]}
    write_json(tmp_path / "set" / "x.json", document | {"categories": [{"id": 1, "name": "pits"}]})
    project_id = brought(ws, tmp_path / "set", "Steel", layout=crops)
    (image,) = learning_images(ws.engine, project_id)
    piece = read_values(workspace.image_file(ws, image.image_id)).values
    assert piece.dtype == np.uint16 and np.array_equal(piece, values[5:13, 10:30, 0])


def test_a_box_outside_the_image_or_over_its_edge(ws, tmp_path: Path) -> None:
    write_images(tmp_path / "set", "a.png")
    write_text(
        tmp_path / "set" / "x.xml",
        '<annotations><image name="a.png"><box label="out" xtl="70" ytl="0" xbr="80" ybr="9"/>'
        '<box label="edge" xtl="50" ytl="-5" xbr="99" ybr="10"/></image></annotations>',
    )
    plan = planned(ws, tmp_path / "set", layout=crops)
    (entry,) = plan.entries
    assert (entry.label, entry.width, entry.height) == ("edge", 10, 10)
    ((path, reason),) = [(problem.path, problem.reason) for problem in plan.problems]
    assert path == "a.box1.png" and reason.startswith("outside: the box of out has no pixel")


def test_one_file_of_annotations_brings_the_images_that_it_names(ws, tmp_path: Path) -> None:
    folder = tmp_path / "set"
    write_images(folder, "images/a.png", "images/b.png", "images/c.png")
    images = [{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": "b.png"}]
    marks = [{"image_id": 1, "category_id": 1}, {"image_id": 2, "category_id": 1}]
    document = {"images": images, "annotations": marks, "categories": [{"id": 1, "name": "pits"}]}
    write_json(folder / "annotations" / "test.json", document)
    project_id = brought(ws, folder / "annotations" / "test.json", "Steel")
    assert rows(ws, project_id) == {"images/a.png": ("pits", "evaluation"), "images/b.png": ("pits", "evaluation")}


@pytest.mark.parametrize(
    "name, text, words",
    [
        ("x.json", '{"images": [\n}', "x.json, line 2, column 1"),
        ("x.json", '{"a": 1}', "x.json holds no annotations that are understood (VaB-AL Studio, CVAT, COCO"),
        ("x.yaml", "names: [a", "x.yaml is no YAML"),
        ("x.doc", "", "a file of annotations that ends in .json"),
    ],
)
def test_a_file_of_annotations_that_is_none_is_refused_in_words(
    ws, tmp_path: Path, name: str, text: str, words: str
) -> None:
    write_images(tmp_path / "set", "a.png")
    write_text(tmp_path / "set" / name, text)
    with pytest.raises(StudioError) as refusal:
        planned(ws, tmp_path / "set" / name)
    assert words in str(refusal.value)


def test_images_beside_a_file_of_annotations_outside_the_roots_are_refused(ws, tmp_path: Path) -> None:
    write_images(tmp_path / "set", "a.png")
    write_json(tmp_path / "set" / "annotations" / "x.json", {"images": [], "annotations": [], "categories": []})
    with pytest.raises(StudioError, match="lie in"):
        planned(ws, tmp_path / "set/annotations/x.json", roots=[(tmp_path / "set/annotations").resolve()])


def test_images_whose_class_folder_and_boxes_differ_have_no_label_unless_somebody_says_whose(
    ws, tmp_path: Path
) -> None:
    for i, (folder, label) in enumerate(
        [("pits", "pits"), ("pits", "cracks"), ("cracks", "cracks"), ("cracks", "pits")]
    ):
        (tmp_path / "set" / folder).mkdir(parents=True, exist_ok=True)
        Image.fromarray(grey(i, 20, 20)).save(tmp_path / "set" / folder / f"{i}.png")
        box = f"<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>{9 + i}</xmax><ymax>9</ymax></bndbox>"
        text = f"<annotation><filename>{i}.png</filename><object><name>{label}</name>{box}</object></annotation>"
        write_text(tmp_path / "set" / "xml" / f"{i}.xml", text)
    plan = planned(ws, tmp_path / "set", holdout=0)
    assert {entry.path: entry.label for entry in plan.entries} == {
        "cracks/2.png": "cracks",
        "cracks/3.png": None,
        "pits/0.png": "pits",
        "pits/1.png": None,
    }


def test_folders_of_annotated_images_are_not_asked_to_be_classes(ws, tmp_path: Path) -> None:
    write_images(tmp_path / "set", "images/default/a.png", "images/default/b.png")
    mark = {"image_id": 1, "category_id": 1, "bbox": [0, 0, 9, 9]}
    document = {"images": [{"id": 1, "file_name": "a.png"}], "annotations": [mark]}
    write_json(tmp_path / "set/annotations/x.json", document | {"categories": [{"id": 1, "name": "pits"}]})
    plan = planned(ws, tmp_path / "set")
    assert {entry.label for entry in plan.entries} == {"pits", None}
    assert len(plan.doubts) == 1 and "mark 1 box:" in plan.doubts[0].text


def test_labels_of_annotations_are_written_by_whoever_imports_as_those_of_folders_are(ws, source: Path) -> None:
    plan = planned(ws, source)
    written = result_of(workspace.commit_import(ws, ANN, "Steel", plan))
    assert (written["images"], written["labels"], written["evaluation"]) == (4, 2, 2)
