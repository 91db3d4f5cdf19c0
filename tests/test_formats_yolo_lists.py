"""YOLO's data sets whose splits are lists of images."""

from pathlib import Path
from typing import Any

import pytest
from annotated import write_images, write_text
from long_work import finish

from vabal_core.images.ingest.examine import examine
from vabal_core.types import ImportPlan

BOX = "0 0.5 0.5 0.2 0.2\n"


def planned(source: Path, **options: Any) -> ImportPlan:
    return finish(examine(source, labels="use", holdout=0, **options))[0]


def splits(plan: ImportPlan) -> dict[str, tuple[str | None, str]]:
    return {entry.path.rpartition("/")[2]: (entry.label, entry.split) for entry in plan.entries}


def write_images_with_boxes(folder: Path, images: str = "images", labels: str = "labels") -> None:
    write_images(folder, *(f"{images}/{name}.png" for name in "abcd"))
    for name in "abc":
        write_text(folder / labels / f"{name}.txt", BOX)


EXPECTED = {
    "a.png": ("pits", "pool"),
    "b.png": ("pits", "evaluation"),
    "c.png": ("pits", "evaluation"),
    "d.png": (None, "pool"),
}


@pytest.mark.parametrize(
    "root", ["./images", "images", "/home/ann/sets/steel/images", "C:\\sets\\steel\\images", "../steel/images"]
)
@pytest.mark.parametrize("named", ["train.txt", "./train.txt", "/home/ann/sets/steel/train.txt", "../steel/train.txt"])
def test_lists_named_by_data_yaml_say_the_splits_wherever_they_were_written(tmp_path: Path, root: str, named: str):
    slash = "\\" if "\\" in root else "/"
    write_images_with_boxes(tmp_path)
    val = named.replace("train", "val")
    write_text(tmp_path / "data.yaml", f"path: ../steel\ntrain: {named}\nval: {val}\nnames: [pits]\n")
    write_text(tmp_path / "train.txt", "".join(f"{root}{slash}{name}.png\n" for name in "ad"))
    write_text(tmp_path / "val.txt", "".join(f"{root}{slash}{name}.png\n" for name in "bc"))
    plan = planned(tmp_path)
    assert splits(plan) == EXPECTED and not plan.problems and not plan.label_problems


def test_a_list_may_lie_in_a_folder_and_several_make_a_split(tmp_path: Path) -> None:
    write_images_with_boxes(tmp_path)
    text = "train: [lists/one.txt, lists/two.txt]\nval: lists/three.txt\nnames: {0: pits}\n"
    write_text(tmp_path / "steel.yaml", text)
    for name, images in (("one", "a"), ("two", "db"), ("three", "bc")):  # b is in two of them
        write_text(tmp_path / "lists" / f"{name}.txt", "".join(f"images/{image}.png\n" for image in images))
    assert splits(planned(tmp_path)) == EXPECTED


def test_an_image_that_a_list_names_and_that_is_not_there_is_listed(tmp_path: Path) -> None:
    write_images_with_boxes(tmp_path)
    write_text(tmp_path / "data.yaml", "train: train.txt\nval: val.txt\nnames: [pits]\n")
    write_text(tmp_path / "train.txt", "./images/a.png\n./images/z.png\n\n")
    plan = planned(tmp_path)  # there is no val.txt
    (problem,) = plan.problems
    assert problem.reason.startswith("missing: line 2 of train.txt names ./images/z.png")
    assert len(plan.entries) == 4


def test_lists_say_the_splits_of_images_in_class_folders_too(tmp_path: Path) -> None:
    write_images(tmp_path, *(f"{folder}/{folder}{number}.png" for folder in ("pits", "rust") for number in range(3)))
    write_text(tmp_path / "data.yaml", "train: train.txt\ntest: test.txt\nnames: [pits, rust]\n")
    write_text(tmp_path / "train.txt", "pits/pits0.png\nrust/rust0.png\n")
    write_text(tmp_path / "test.txt", "pits/pits1.png\nrust/rust1.png\n")
    split_of = splits(planned(tmp_path))
    assert split_of["pits1.png"] == ("pits", "evaluation") and split_of["rust0.png"] == ("rust", "pool")


def test_the_lists_of_darknet_and_cvat_say_the_splits(tmp_path: Path) -> None:
    write_images_with_boxes(tmp_path, "obj_train_data", "obj_train_data")
    write_text(tmp_path / "obj.names", "pits\n")
    write_text(
        tmp_path / "obj.data", "classes = 1\ntrain = data/train.txt\nvalid = data/valid.txt\nnames = data/obj.names\n"
    )
    write_text(tmp_path / "train.txt", "data/obj_train_data/a.png\ndata/obj_train_data/d.png\n")
    write_text(tmp_path / "valid.txt", "data/obj_train_data/b.png\ndata/obj_train_data/c.png\n")
    plan = planned(tmp_path)
    assert splits(plan) == EXPECTED and not plan.label_problems
