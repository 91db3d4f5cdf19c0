"""Tables of published data sets, imported with their images and given to images that are there."""

from pathlib import Path
from typing import Any

import pytest
from image_files import write_image
from long_work import result_of
from workspaces import ANN

from vabal_core import workspace
from vabal_core.types import ImportPlan, StudioError, TableColumns

IDS = TableColumns(image="id_of_image")


def write(file: Path, *lines: str) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


@pytest.fixture
def ws(tmp_path: Path) -> workspace.Workspace:
    return workspace.open_workspace(tmp_path / "data")


def look_through(ws: workspace.Workspace, source: Path, **options: Any) -> ImportPlan:
    return result_of(workspace.prepare_import(ws, "Steel", source, labels="use", holdout=0, **options))


def write_severstal(folder: Path) -> Path:
    for number in range(4):
        write_image(folder / "train_images" / f"{number}.jpg", seed=number)
    lines = ["0.jpg,3,1 2", "1.jpg,1,5 6", "1.jpg,3,9 9", "2.jpg,3,1 9", "2.jpg,3,20 9"]
    return write(folder / "train.csv", "ImageId,ClassId,EncodedPixels", *lines)


def test_images_are_found_by_name_below_the_table_and_several_classes_are_none(ws, tmp_path: Path) -> None:
    plan = look_through(ws, write_severstal(tmp_path / "set"))
    assert {entry.path: entry.label for entry in plan.entries} == {
        "train_images/0.jpg": "3",
        "train_images/1.jpg": None,
        "train_images/2.jpg": "3",
    }
    assert [problem.reason for problem in plan.label_problems] == ["several classes, so it has no label: 1, 3"]
    assert plan.problems == ()
    assert "“ImageId” names the image, “ClassId” its class" in plan.doubts[0].text
    assert "3 rows name their images without the whole path" in plan.doubts[1].text
    assert "0.jpg as train_images/0.jpg" in plan.doubts[1].text


def test_a_name_without_its_ending_or_on_another_machine_is_found_and_two_of_a_name_are_not(ws, tmp_path: Path) -> None:
    for number, path in enumerate(("a/1.png", "b/2.png", "c/2.png", "d/3.png")):
        write_image(tmp_path / "set" / path, seed=number)
    rows = ["1,pits", "2.png,pits", "C:\\data\\d\\3.png,no", "x/1.png,no", "4.png,no"]
    plan = look_through(ws, write(tmp_path / "set" / "t.csv", "id_of_image,label", *rows), columns=IDS)
    assert {entry.path: entry.label for entry in plan.entries} == {"a/1.png": "pits", "d/3.png": "no"}
    assert [(problem.path, problem.reason.partition(":")[0]) for problem in plan.problems] == [
        ("2.png", "ambiguous"),
        ("x/1.png", "missing"),
        ("4.png", "missing"),
    ]


def test_a_table_of_another_program_labels_images_that_are_there(ws, tmp_path: Path) -> None:
    table = write_severstal(tmp_path / "set")
    result_of(workspace.commit_import(ws, ANN, "Steel", look_through(ws, tmp_path / "set")))
    project_id = workspace.find_project(ws, "Steel").id
    result = workspace.label_from_csv(ws, ANN, project_id, table, create_classes=True)
    assert (result.written, result.already, len(result.problems)) == (2, 1, 2)
    assert {row.path: row.label for row in workspace.export_rows(ws, project_id)} == {
        "train_images/0.jpg": "3",
        "train_images/2.jpg": "3",
    }
    assert "names the image" in result.doubts[0] and "0.jpg as train_images/0.jpg" in result.doubts[1]
    joined = write(tmp_path / "old.csv", "ImageId_ClassId,EncodedPixels", "3.jpg_1,", "3.jpg_3,1 9", "3.jpg_4,")
    result = workspace.label_from_csv(ws, ANN, project_id, joined)
    assert (result.written, result.problems) == (1, ())
    unsure = write(tmp_path / "unsure.csv", "file,type,class", "3.jpg,x,y", "2.jpg,z,y")
    with pytest.raises(StudioError, match="which column names the class"):
        workspace.label_from_csv(ws, ANN, project_id, unsure)
    chosen = TableColumns(label="type")
    assert workspace.label_from_csv(ws, ANN, project_id, unsure, create_classes=True, columns=chosen).written == 0


def test_a_table_in_a_folder_of_images_is_named_with_how_many_it_labels(ws, tmp_path: Path) -> None:
    write_severstal(tmp_path / "set")
    write(tmp_path / "set" / "log.csv", "time,image", "9:00,0.jpg")
    write(tmp_path / "set" / "notes.csv", "who,what", "Ann,looked")
    plan = look_through(ws, tmp_path / "set")
    (text,) = [doubt.text for doubt in plan.doubts if ".csv" in doubt.text]
    assert text.startswith("train.csv gives classes to 3 of these images; with the folder it is not read.")
    assert {entry.label for entry in plan.entries} == {None}


def test_a_table_beside_other_pictures_of_the_same_names_is_about_these(ws, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    write_severstal(first)
    result_of(workspace.commit_import(ws, ANN, "Steel", look_through(ws, first)))
    for number in range(3):
        write_image(second / "train_images" / f"{number}.jpg", seed=100 + number)
    table = write(second / "train.csv", "ImageId,ClassId", "0.jpg,3", "1.jpg,4")
    project_id = workspace.find_project(ws, "Steel").id
    result = workspace.label_from_csv(ws, ANN, project_id, table, create_classes=True)
    assert (result.written, len(result.problems)) == (0, 2)
    assert "(train_images/0.jpg) is none of the project's" in result.problems[0].reason
    assert workspace.classes(ws, project_id) == [], "a row without an image makes no class"
    plan = look_through(ws, table)
    assert {entry.path: entry.label for entry in plan.entries} == {"train_images/0.jpg": "3", "train_images/1.jpg": "4"}
    apart = write(tmp_path / "apart" / "train.csv", "ImageId,ClassId", "0,3", "1.jpg,4", "9.jpg,4")
    plan = look_through(ws, apart)
    assert [(change.path, change.new) for change in plan.changes] == [
        ("train_images/0.jpg", "3"),
        ("train_images/1.jpg", "4"),
    ]
    assert [problem.path for problem in plan.problems] == ["9.jpg"]


@pytest.mark.parametrize("word, split", [("Training", "pool"), ("testing", "evaluation"), ("valid-1", "evaluation")])
def test_words_for_splits_are_those_of_every_reader(ws, tmp_path: Path, word: str, split: str) -> None:
    write_image(tmp_path / "1.png")
    for column in ("split", "subset"):
        table = write(tmp_path / f"{column}.csv", f"path,{column}", f"1.png,{word}")
        assert [entry.split for entry in look_through(ws, table).entries] == [split]


def test_a_list_of_addresses_in_a_bucket_and_columns_of_ones_are_read_as_other_programs_write_them(
    ws, tmp_path: Path
) -> None:
    for number, path in enumerate(("steel/a.jpg", "steel/b.jpg", "c.jpg")):
        write_image(tmp_path / "set" / path, seed=number)
    rows = ("TRAIN,gs://bucket/steel/a.jpg,no", "TEST,gs://bucket/steel/b.jpg,pits", "VALIDATION,gs://bucket/c.jpg,no")
    plan = look_through(ws, write(tmp_path / "set" / "automl.csv", *rows))
    assert {entry.path: (entry.label, entry.split) for entry in plan.entries} == {
        "steel/a.jpg": ("no", "pool"),
        "steel/b.jpg": ("pits", "evaluation"),
        "c.jpg": ("no", "evaluation"),
    }
    plan = look_through(
        ws, write(tmp_path / "set" / "_classes.csv", "filename, no, pits", "a.jpg, 0, 1", "c.jpg, 1, 0")
    )
    assert {entry.path: entry.label for entry in plan.entries} == {"steel/a.jpg": "pits", "c.jpg": "no"}
