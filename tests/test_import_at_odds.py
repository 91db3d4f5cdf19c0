"""Folders and annotations that name classes: the same in other spellings, or truly others, which is asked about."""

import json
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from image_files import write_image
from long_work import finish

from vabal_core.images.ingest.answers import answered
from vabal_core.images.ingest.examine import examine
from vabal_core.images.ingest.near_names import near_form
from vabal_core.types import Doubt, ImportPlan, Layout
from vabal_core.types.names import name_book


def planned(source: Path, layout: Layout | None = None, **options: Any) -> ImportPlan:
    options = {"labels": "use", "holdout": 0, "choose": (lambda _: layout) if layout else None} | options
    return finish(examine(source, **options))[0]


def write_voc(source: Path, folder: str, number: int, *names: str) -> None:
    """An image in a folder, and its annotation with a box of each of the names."""
    write_image(source / "images" / folder / f"{folder}_{number}.png", seed=crc32(f"{folder}{number}".encode()))
    box = "<bndbox><xmin>{0}</xmin><ymin>1</ymin><xmax>{1}</xmax><ymax>5</ymax></bndbox>"
    boxes = [box.format(1 + place, 5 + place) for place in range(len(names))]
    objects = "".join(f"<object><name>{name}</name>{box}</object>" for name, box in zip(names, boxes, strict=True))
    file = source / "annotations" / f"{folder}_{number}.xml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"<annotation><filename>{folder}_{number}.png</filename>{objects}</annotation>")


def write_coco(source: Path, labels: dict[str, str]) -> None:
    """Annotations of whole images: path -> class."""
    names = sorted(set(labels.values()))
    document = {
        "images": [{"id": n, "file_name": path} for n, path in enumerate(labels)],
        "categories": [{"id": n, "name": name} for n, name in enumerate(names)],
        "annotations": [
            {"id": n, "image_id": n, "category_id": names.index(name)} for n, name in enumerate(labels.values())
        ],
    }
    (source / "annotations.json").write_text(json.dumps(document))


def labels(plan: ImportPlan) -> dict[str, str | None]:
    return {entry.path.rpartition("/")[2]: entry.label for entry in plan.entries}


def doubts(plan: ImportPlan, about: str) -> list[Doubt]:
    return [doubt for doubt in plan.doubts if doubt.about == about]


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("rolled-in_scale", "rolled_in_scale"),
        ("rolled-in_scale", "Rolled-In Scale"),
        ("Pitted_Surface", "pitted surface"),
        ("scratch_2", "Scratch-2"),
        ("RolledInScale", "rolled_in_scale"),
    ],
)
def test_names_that_differ_in_what_stands_between_words_are_one_class(tmp_path: Path, folder: str, name: str) -> None:
    for number in range(3):
        write_voc(tmp_path, folder, number, name)
        write_voc(tmp_path, "crazing", number, "crazing")
    plan = planned(tmp_path)
    assert set(labels(plan).values()) == {folder, "crazing"}
    assert not plan.label_problems and not doubts(plan, "precedence") and not doubts(plan, "names")
    assert any(f"write {name!r} for {folder!r}" in doubt.text for doubt in plan.doubts)


def test_numbers_are_not_nearly_the_same() -> None:
    assert len({near_form(name) for name in ("1", "-1", "12", "1-2", "1_2_3", "crack 1 2", "crack 12")}) == 7
    assert near_form("crack-1") == near_form("Crack 1") == near_form("crack1")
    assert near_form("1-2") == near_form("1_2")


def test_images_whose_folder_and_boxes_differ_have_no_label_and_are_listed_and_asked_about(tmp_path: Path) -> None:
    for number in range(4):
        write_voc(tmp_path, "crazing", number, "crazing")
        write_voc(tmp_path, "patches", number, "patches", "patches")
    write_voc(tmp_path, "crazing", 4, "patches")
    write_voc(tmp_path, "patches", 4, "crazing", "inclusion")
    write_voc(tmp_path, "patches", 5, "patches", "inclusion")  # the folder is one of them
    write_voc(tmp_path, "crazing", 6)  # nothing is marked: the folder has its say
    plan = planned(tmp_path)
    label_of = labels(plan)
    assert (label_of["crazing_4.png"], label_of["patches_4.png"]) == (None, None)
    assert (label_of["patches_5.png"], label_of["crazing_6.png"], label_of["crazing_0.png"]) == (
        "patches",
        "crazing",
        "crazing",
    )
    reasons = {problem.path.rpartition("/")[2]: problem.reason for problem in plan.label_problems}
    assert set(reasons) == {"crazing_4.png", "patches_4.png"}
    assert reasons["patches_4.png"].endswith("it has no label: patches, crazing, inclusion")
    (doubt,) = doubts(plan, "precedence")
    assert "2 images name other classes than their annotations" in doubt.text
    by_words = {answer.words: answered(plan.layout, answer) for answer in doubt.answers}
    of_folders = planned(tmp_path, by_words["The folders are right"])
    assert labels(of_folders)["crazing_4.png"] == "crazing" and labels(of_folders)["patches_4.png"] == "patches"
    of_boxes = planned(tmp_path, by_words["The annotations are right"])
    assert labels(of_boxes)["crazing_4.png"] == "patches" and labels(of_boxes)["patches_4.png"] is None
    for answer in (of_folders, of_boxes):
        assert not doubts(answer, "precedence")
    assert not of_folders.label_problems


def test_labels_of_whole_images_and_folders_that_differ_are_asked_about_too(tmp_path: Path) -> None:
    given = {}
    for number in range(3):
        for name in ("pit", "scratch"):
            write_image(tmp_path / name / f"{name}{number}.png", seed=crc32(f"{name}{number}".encode()))
            given[f"{name}/{name}{number}.png"] = name
    write_coco(tmp_path, given | {"pit/pit0.png": "scratch"})
    plan = planned(tmp_path)
    assert labels(plan)["pit0.png"] is None and labels(plan)["pit1.png"] == "pit"
    assert "The path of one image names another class" in doubts(plan, "precedence")[0].text


def test_folders_that_name_other_things_than_annotations_are_counted_and_may_be_taken(tmp_path: Path) -> None:
    for number in range(3):
        write_voc(tmp_path, "good", number, "dent")
        write_voc(tmp_path, "bad", number, "scratch")
    plan = planned(tmp_path)
    assert set(labels(plan).values()) == {"dent", "scratch"}
    (doubt,) = doubts(plan, "classes")
    assert "The folders of 6 images name other classes ('bad', 'good') than the annotations" in doubt.text
    by_folder = Layout(**{**vars(plan.layout), "class_from": "folder", "class_level": -1})
    assert set(labels(planned(tmp_path, by_folder)).values()) == {"good", "bad"}


def test_folders_of_days_do_not_disagree_with_annotations(tmp_path: Path) -> None:
    for number in range(3):
        write_voc(tmp_path, "2024-05-01", number, "dent")
        write_voc(tmp_path, "2024-05-02a", number, "scratch")
    plan = planned(tmp_path)
    assert set(labels(plan).values()) == {"dent", "scratch"}
    assert not doubts(plan, "precedence") and not doubts(plan, "classes")


def test_boxes_that_are_cut_out_have_their_own_class_whatever_the_folder(tmp_path: Path) -> None:
    write_voc(tmp_path, "crazing", 0, "crazing", "patches")
    write_voc(tmp_path, "patches", 0, "crazing")
    plan = planned(tmp_path)
    crops = planned(tmp_path, Layout(**{**vars(plan.layout), "boxes": "crops"}), pieces=lambda: tmp_path / "pieces")
    assert not crops.label_problems and not doubts(crops, "precedence")


def test_classes_of_folders_and_of_the_project_that_are_nearly_the_same_are_asked_about(tmp_path: Path) -> None:
    for number in range(3):
        write_image(tmp_path / "train/rolled-in_scale" / f"{number}.png", seed=number)
        write_image(tmp_path / "test/rolled_in_scale" / f"{number}.png", seed=10 + number)
        write_image(tmp_path / "train/pitted surface" / f"{number}.png", seed=20 + number)
    plan = planned(tmp_path, classes=name_book([("pitted_surface", "pitted_surface")]))
    assert len(set(labels(plan).values()) | {entry.label for entry in plan.entries}) == 3
    (doubt,) = doubts(plan, "names")
    assert "'pitted surface' and 'pitted_surface'" in doubt.text and "Are they one class?" in doubt.text
    layout = answered(plan.layout, doubt.answers[0])
    again = planned(tmp_path, layout, classes=name_book([("pitted_surface", "pitted_surface")]))
    assert len({entry.label for entry in again.entries}) == 2 and not doubts(again, "names")
