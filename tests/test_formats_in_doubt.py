"""Annotations that only half name their image, or whose boxes are only half understood: no guess becomes a label."""

from pathlib import Path

import pytest
from annotated import labels, problems, read, write_images, write_json, write_text
from command_line import facts

OBJECT = "<object><name>{}</name><bndbox><xmin>5</xmin><ymin>6</ymin><xmax>30</xmax><ymax>40</ymax></bndbox></object>"
REFUSED = "a mark of it cannot be used, beside pit: nobody knows its class, so it has no label"


def voc(folder: str, name: str, label: str) -> str:
    head = f"<folder>{folder}</folder><filename>{name}</filename>"
    return f"<annotation>{head}{OBJECT.format(label)}</annotation>"


def test_annotations_in_a_tree_like_that_of_the_images_name_those_of_their_own_folder(tmp_path: Path) -> None:
    for camera, label in (("cam1", "pit"), ("cam2", "scale")):
        for day in ("mo", "di"):
            write_images(tmp_path, f"JPEGImages/{camera}/{day}/f0.png")
            write_text(tmp_path / f"Annotations/{camera}/{day}/f0.xml", voc(day, "f0.png", label))
    annotated = read(tmp_path)
    assert problems(annotated) == []
    assert {path: label for path, (label, _) in labels(annotated).items()} == {
        "JPEGImages/cam1/di/f0.png": "pit",
        "JPEGImages/cam1/mo/f0.png": "pit",
        "JPEGImages/cam2/di/f0.png": "scale",
        "JPEGImages/cam2/mo/f0.png": "scale",
    }


def test_the_folder_that_an_annotation_names_decides_among_images_of_one_name(tmp_path: Path) -> None:
    for number, (camera, label) in enumerate((("cam1", "pit"), ("cam2", "scale"))):
        write_images(tmp_path, f"{camera}/f0.png")
        write_text(tmp_path / f"Annotations/{number}.xml", voc(camera, "f0.png", label))
    annotated = read(tmp_path)
    assert problems(annotated) == []
    assert [label for label, _ in labels(annotated).values()] == ["pit", "scale"]


def test_weekdays_are_no_classes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    write_images(tmp_path / "set", *(f"{day}/{number}.png" for day in ("mo", "di") for number in range(3)))
    report = facts("import", tmp_path / "set", "--project", "Steel")
    assert report["plan"]["classes"] == {}
    assert "called like days" in report["doubts"][0]


def test_folders_are_asked_about_where_all_annotations_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    for number in range(3):
        write_images(tmp_path / "set", f"images/north/{number}.png", f"images/south/{number}.png")
        write_text(tmp_path / f"set/xml/{number}.xml", voc("images", f"{number}.png", "pit"))
    report = facts("import", tmp_path / "set", "--project", "Steel")
    assert report["plan"]["classes"] == {}
    assert any("Are the folders ('north', 'south') the classes?" in doubt for doubt in report["doubts"])


def test_an_image_with_a_box_of_an_unknown_class_has_no_label_of_the_others(tmp_path: Path) -> None:
    write_images(tmp_path, "images/a.png", "images/b.png")
    write_text(tmp_path / "data.yaml", "names: [pit, scale]\n")
    write_text(tmp_path / "labels/a.txt", "0 0.5 0.5 0.2 0.2\n7 0.2 0.2 0.1 0.1\n")
    write_text(tmp_path / "labels/b.txt", "0 0.5 0.5 0.2 0.2\n")
    annotated = read(tmp_path)
    assert [label for label, _ in labels(annotated).values()] == [None, "pit"]
    assert ("images/a.png", REFUSED) in problems(annotated)


def test_an_image_with_an_unknown_category_has_no_label_of_the_others(tmp_path: Path) -> None:
    write_images(tmp_path, "a.png", "b.png")
    images = [{"id": number, "file_name": name} for number, name in enumerate(("a.png", "b.png"))]
    marks = [{"image_id": 0, "category_id": 1, "bbox": [1, 1, 5, 5]}, {"image_id": 0, "category_id": 77}]
    marks += [{"image_id": 1, "category_id": 1, "bbox": [1, 1, 5, 5]}]
    document = {"images": images, "categories": [{"id": 1, "name": "pit"}], "annotations": marks}
    write_json(tmp_path / "coco.json", document)
    annotated = read(tmp_path)
    assert [label for label, _ in labels(annotated).values()] == [None, "pit"]
    assert ("a.png", REFUSED) in problems(annotated)
