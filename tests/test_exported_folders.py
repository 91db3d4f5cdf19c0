"""Exported class folders without their manifest, as they are copied about by hand."""

import json
import shutil
import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pytest
from exports import brought, contents, exported
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from image_files import write_image
from long_work import result_of
from workspaces import ANN

from vabal_core import workspace
from vabal_core.export.csv import csv_pieces
from vabal_core.types.class_folders import MAX_BYTES, class_folder, class_of_folder
from vabal_core.types.names import clean_name, fold_name, tidy_name, why_no_name

FEW = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
ODD = ["train", "test", "val", "a/b", "a%2Fb", "a%252fb", "a_b", "..", "CON", ".x", "50%", "x.", "masks", "Größe ✓"]
NAMES = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=30).map(tidy_name)
NAMES = st.sampled_from(ODD) | NAMES.filter(lambda name: not why_no_name(name))
CLASSES = st.lists(NAMES, min_size=1, max_size=6, unique_by=fold_name)


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> workspace.Workspace:
    return workspace.open_workspace(tmp_path_factory.mktemp("studio") / "data")


def labelled(ws: workspace.Workspace, classes: list[str]) -> int:
    """A project with an image to learn from and one for evaluation of each class."""
    folder = ws.data_dir.parent / uuid4().hex
    rows = [
        (write_image(folder / f"{i}-{j}.png", seed=(i, j)).name, name, split)
        for i, name in enumerate(classes)
        for j, split in enumerate(("pool", "test"))
    ]
    (folder / "in.csv").write_bytes(b"".join(csv_pieces(["path", "label", "split"], rows)))
    return brought(ws, folder / "in.csv", uuid4().hex)


def unzipped(ws: workspace.Workspace, project_id: int, format_name: str, *, marks: bool = True) -> Path:
    """The exported folder without its manifest."""
    folder = ws.data_dir.parent / uuid4().hex
    with zipfile.ZipFile(BytesIO(exported(ws, project_id, format=format_name))) as archive:
        archive.extractall(folder)
    for file in [folder / "manifest.json", *([] if marks else folder.rglob("class.json"))]:
        file.unlink()
    return folder


@FEW
@given(classes=CLASSES)
@example(classes=ODD)
@example(classes=["é" * 100, "e" * 100])
@pytest.mark.parametrize("format_name", ("imagefolder", "yolo"))
def test_any_names_come_back_without_the_manifest(
    ws: workspace.Workspace, format_name: str, classes: list[str]
) -> None:
    project_id = labelled(ws, classes)
    folder = unzipped(ws, project_id, format_name)
    name = uuid4().hex
    plan = result_of(workspace.prepare_import(ws, name, folder, labels="use"))
    assert not [doubt for doubt in plan.doubts if "no folder may be called" in doubt.text]
    result_of(workspace.commit_import(ws, ANN, name, plan))
    assert contents(ws, workspace.find_project(ws, name).id) == contents(ws, project_id)
    shutil.rmtree(folder)


@given(name=NAMES)
@settings(deadline=None, derandomize=True, database=None)
def test_a_folder_that_is_not_cut_gives_its_class_back(name: str) -> None:
    folder = class_folder(clean_name(name, "class"))
    assert class_of_folder(folder) == clean_name(name, "class") or len(folder.encode()) > MAX_BYTES - 4
    assert not set(folder) & set('<>:"/\\|?*') and folder == folder.strip(". ")


def test_one_folder_alone_still_says_its_class_and_its_split(ws: workspace.Workspace, tmp_path: Path) -> None:
    project_id = labelled(ws, ["a/b", "test"])
    folder = unzipped(ws, project_id, "imagefolder")
    for name in ("a%2Fb", "test"):
        shutil.copytree(folder / "test" / name, tmp_path / "mine" / name)
    other_id = brought(ws, tmp_path / "mine", "Alone", holdout=0)
    ours = contents(ws, project_id)
    assert contents(ws, other_id) == {key: placed for key, placed in ours.items() if placed[1] == "evaluation"}


def test_what_a_person_moved_or_renamed_is_what_they_made_of_it(ws: workspace.Workspace) -> None:
    project_id = labelled(ws, ["a/b", "c"])
    folder = unzipped(ws, project_id, "imagefolder")
    image = next((folder / "train" / "a%2Fb").glob("*.png"))
    image.rename(folder / "train" / "c" / "moved.png")
    (folder / "test" / "c").rename(folder / "test" / "dents")
    write_image(folder / "test" / "scratch" / "new.png", seed=(77, 1))
    other_id = brought(ws, folder, uuid4().hex)
    labels = sorted((row.label, row.split) for row in workspace.export_rows(ws, other_id))
    assert labels == [
        ("a/b", "evaluation"),
        ("c", "pool"),
        ("c", "pool"),
        ("dents", "evaluation"),
        ("scratch", "evaluation"),
    ]


def test_images_moved_beside_a_manifest_have_the_class_of_their_new_folder(ws: workspace.Workspace) -> None:
    project_id = labelled(ws, ["a/b", "c"])
    folder = ws.data_dir.parent / uuid4().hex
    with zipfile.ZipFile(BytesIO(exported(ws, project_id, format="imagefolder"))) as archive:
        archive.extractall(folder)
    image = next((folder / "train" / "c").glob("*.png"))
    image.rename(folder / "train" / "a%2Fb" / "moved.png")
    other_id = brought(ws, folder, uuid4().hex)
    labels = sorted((row.label, row.split) for row in workspace.export_rows(ws, other_id))
    assert labels == [("a/b", "evaluation"), ("a/b", "pool"), ("a/b", "pool"), ("c", "evaluation")]


def test_an_escaped_name_without_a_mark_is_asked_about_and_never_changed(ws: workspace.Workspace) -> None:
    folder = unzipped(ws, labelled(ws, ["a/b", "c"]), "imagefolder", marks=False)
    plan = result_of(workspace.prepare_import(ws, "Asked", folder, labels="use"))
    assert {entry.label for entry in plan.entries} == {"a%2Fb", "c"}
    [doubt] = [doubt for doubt in plan.doubts if doubt.about == "names"]
    assert doubt.answers[0].names == {"a%2Fb": "a/b"}
    layout = replace(plan.layout, names=doubt.answers[0].names)
    plan = result_of(workspace.prepare_import(ws, "Asked", folder, labels="use", layout=layout))
    assert {entry.label for entry in plan.entries} == {"a/b", "c"} and not plan.doubts


def test_a_class_called_like_a_split_among_classes_within_a_split_is_a_class(ws: workspace.Workspace) -> None:
    classes = ["good", "train", "test", "val"]
    project_id = labelled(ws, classes)
    folder = unzipped(ws, project_id, "imagefolder", marks=False)
    plan = result_of(workspace.prepare_import(ws, "Splits", folder, labels="use", holdout=0))
    assert {entry.fingerprint: (entry.label, entry.split) for entry in plan.entries} == contents(ws, project_id)
    assert [doubt.about for doubt in plan.doubts] == ["splits"] and "'test/test'" in plan.doubts[0].text


@pytest.mark.parametrize(
    "mark", ["{", "[]", '{"made_by": "VaB-AL Studio", "folder": "x", "class": 7, "split": "pool"}']
)
def test_a_mark_that_cannot_be_used_costs_no_picture(ws: workspace.Workspace, tmp_path: Path, mark: str) -> None:
    for seed, name in enumerate(("x", "y")):
        write_image(tmp_path / name / "0.png", seed=seed)
        write_image(tmp_path / name / "1.png", seed=seed + 10)
    (tmp_path / "x" / "class.json").write_text(mark)
    plan = result_of(workspace.prepare_import(ws, "Bad mark", tmp_path, labels="use"))
    assert sorted(entry.label for entry in plan.entries) == ["x", "x", "y", "y"]


def test_every_mark_is_named_by_the_manifest(ws: workspace.Workspace) -> None:
    with zipfile.ZipFile(BytesIO(exported(ws, labelled(ws, ["a/b"]), format="imagefolder"))) as archive:
        documents = {document["file"] for document in json.loads(archive.read("manifest.json"))["documents"]}
        assert documents == {"train/a%2Fb/class.json", "test/a%2Fb/class.json"} <= set(archive.namelist())
