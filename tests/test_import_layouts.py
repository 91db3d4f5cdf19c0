"""Sources as plants have them, imported by command line without an option."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import facts
from image_files import encoded, grey, write_image


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "source"


def brought(source: Path) -> dict[str, Any]:
    return facts("import", source, "--project", "Steel", "--evaluation", "0")


def classes(report: dict[str, Any]) -> dict[str, tuple[int, int]]:
    """Class -> its images in the pool and for evaluation; "" for those without one."""
    named = {**report["plan"]["classes"], "": report["plan"]["unlabelled"]}
    return {name: (count["pool"], count["evaluation"]) for name, count in named.items() if any(count.values())}


def write_mask(file: Path, place: int) -> None:
    values = np.zeros((48, 64), np.uint8)
    values[5:15, 5 + place : 20 + place] = 255
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(encoded(values))


def test_a_zip_with_one_top_folder_has_no_class_of_that_name(source: Path):
    source.mkdir()
    with zipfile.ZipFile(source / "line2.zip", "w") as packed:
        for i in range(6):
            packed.writestr(f"line2/{i}.png", encoded(grey(i)))
    assert classes(brought(source / "line2.zip")) == {"": (6, 0)}


def test_days_are_no_classes(source: Path):
    for i in range(6):
        write_image(source / f"2024-05-0{1 + i % 2}" / f"{i}.png", seed=i)
    report = brought(source)
    assert classes(report) == {"": (6, 0)}
    assert "called like days" in report["doubts"][0]


def test_splits_of_detection_are_no_classes(source: Path):
    for i in range(6):
        write_image(source / "images" / ("val" if i % 3 else "train") / f"{i}.png", seed=i)
    assert classes(brought(source)) == {"": (2, 4)}


def test_folders_within_class_folders_are_no_classes(source: Path):
    for i in range(6):
        write_image(source / ("cats" if i % 2 else "dogs") / "archive" / f"{i}.png", seed=i)
    assert classes(brought(source)) == {"cats": (3, 0), "dogs": (3, 0)}


BOX = "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>5</xmax><ymax>5</ymax></bndbox>"


@pytest.mark.parametrize("objects", ["", f"<object><name>{{}}</name>{BOX}</object>"])
def test_test_folders_are_for_evaluation_whether_or_not_annotations_say_the_class_too(source: Path, objects: str):
    for i in range(12):
        split, name = ("train", "validation", "test")[i % 3], ("crazing", "scratches")[i % 2]
        write_image(source / "NEU-DET" / split / "images" / name / f"{name}_{i}.png", seed=i)
        record = source / "NEU-DET" / split / "annotations" / f"{name}_{i}.xml"
        record.parent.mkdir(parents=True, exist_ok=True)
        record.write_text(f"<annotation>{objects.format(name)}</annotation>\n")
    assert classes(brought(source)) == {"crazing": (2, 4), "scratches": (2, 4)}


def test_masks_beside_images_are_no_images(source: Path):
    for i in range(3):
        write_image(source / "plate" / "train" / "good" / f"{i:03}.png", seed=i)
        write_image(source / "plate" / "test" / "pit" / f"{i:03}.png", seed=10 + i)
        write_mask(source / "plate" / "ground_truth" / "pit" / f"{i:03}_mask.png", i)
    report = brought(source)
    assert classes(report) == {"good": (3, 0), "pit": (0, 3)}
    assert report["left_out"] == [
        {"path": "plate/ground_truth", "files": 3, "reason": "left out by the pattern ground_truth"}
    ]


def test_masks_in_the_folder_of_the_images_are_no_images(source: Path):
    for i in range(6):
        folder = source / ("MT_Break" if i % 2 else "MT_Free") / "Imgs"
        write_image(folder / f"exp_{i}.jpg", seed=i, kind="JPEG")
        write_mask(folder / f"exp_{i}.png", i)
    report = brought(source)
    assert classes(report) == {"MT_Break": (3, 0), "MT_Free": (3, 0)}
    assert [problem["reason"] for problem in report["left_out"]] == ["left out by the pattern *.png"] * 6
