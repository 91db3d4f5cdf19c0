"""Labels beside the images as LabelMe, VIA and plain JSON write them, and those that are not read: these are named."""

import json
from pathlib import Path

import pytest
from annotated import boxes, labels, problems, read, write_images, write_json, write_text
from command_line import facts

RECTANGLE = [[1, 1], [20, 21]]


def labelme(name: str, *shapes: dict, **flags: bool) -> dict:
    return {"version": "5.0", "flags": flags, "shapes": list(shapes), "imagePath": name, "imageData": None}


def shape(label: str, kind: str = "rectangle", points: list = RECTANGLE) -> dict:
    return {"label": label, "points": points, "shape_type": kind}


def test_labelme_gives_the_class_of_all_shapes_however_many_files_there_are(tmp_path: Path) -> None:
    for number in range(25):
        write_images(tmp_path, f"{number}.png")
        write_json(tmp_path / f"{number}.json", labelme(f"old/{number}.png", shape(("pit", "scale")[number % 2])))
    annotated = read(tmp_path)
    assert (annotated.format, annotated.boxes) == ("LabelMe", 25)
    assert labels(annotated)["1.png"] == ("scale", None) and labels(annotated)["24.png"] == ("pit", None)
    assert boxes(annotated, "1.png") == [("scale", 1, 1, 19, 20)]


def test_labelme_with_flags_circles_and_a_broken_shape(tmp_path: Path) -> None:
    write_images(tmp_path, "a.png", "b.png", "c.png")
    write_json(tmp_path / "a.json", labelme("a.png", good=True, bad=False))
    write_json(tmp_path / "b.json", labelme("b.png", shape("pit", "circle", [[10, 10], [13, 14]])))
    write_json(tmp_path / "c.json", labelme("c.png", shape("pit"), shape("scale", points=[["x", 1]])))
    annotated = read(tmp_path)
    assert [label for label, _ in labels(annotated).values()] == ["good", "pit", None]
    assert boxes(annotated, "b.png") == [("pit", 5, 5, 10, 10)]
    assert "a mark of it cannot be used" in problems(annotated)[0][1]


@pytest.mark.parametrize("inner", [False, True])
def test_via_gives_the_class_of_all_regions(tmp_path: Path, inner: bool) -> None:
    write_images(tmp_path, "a.png", "b.png", "c.png")
    rectangle = {"name": "rect", "x": 1, "y": 2, "width": 3, "height": 4}
    polygon = {"name": "polygon", "all_points_x": [1, 9], "all_points_y": [2, 8]}
    regions = {
        "a.png": [{"shape_attributes": rectangle, "region_attributes": {"defect": "pit"}}],
        "b.png": {"0": {"shape_attributes": polygon, "region_attributes": {"type": {"scale": True}, "note": "x"}}},
        "c.png": [{"shape_attributes": rectangle, "region_attributes": {"colour": "red", "note": "x"}}],
    }
    document = {f"{name}12": {"filename": name, "size": 12, "regions": of} for name, of in regions.items()}
    write_json(tmp_path / "via.json", {"_via_img_metadata": document, "_via_settings": {}} if inner else document)
    annotated = read(tmp_path)
    assert annotated.format == "VIA"
    assert [label for label, _ in labels(annotated).values()] == ["pit", "scale", None]
    assert boxes(annotated, "b.png") == [("scale", 1, 2, 8, 6)]
    assert "which of its attributes is the class: colour, note?" in problems(annotated)[0][1]


@pytest.mark.parametrize(
    "document",
    [
        {"a.png": "pit", "b.png": 3},
        [{"file_name": "a.png", "class": "pit"}, {"file_name": "b.png", "class": 3}],
        [{"image": "a.png", "label": "pit"}, {"image": "b.png", "label": "3"}],
    ],
)
def test_json_of_names_and_classes(tmp_path: Path, document: object) -> None:
    write_images(tmp_path, "a.png", "b.png")
    (tmp_path / "labels.json").write_text(json.dumps(document), encoding="utf-8")
    assert [label for label, _ in labels(read(tmp_path)).values()] == ["pit", "3"]


@pytest.mark.parametrize("document", [{"a.png": {"x": 1}}, {"name": "Steel", "version": "2"}, {}, [], [1]])
def test_other_json_is_no_annotation(tmp_path: Path, document: object) -> None:
    write_images(tmp_path, "a.png")
    (tmp_path / "settings.json").write_text(json.dumps(document), encoding="utf-8")
    assert read(tmp_path).format == ""


def test_labels_beside_the_images_that_are_not_read_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    source = tmp_path / "set"
    write_images(source, *(f"images/{number}.png" for number in range(6)))
    for number in range(6):
        write_text(source / f"labels/{number}.txt", "0 0.5 0.5 0.2 0.2\n")
    write_text(source / "list.txt", "images/0.png\tpit\nimages/1.png\tscale\n")
    judged = [f"images/{number}.png,{'ab'[number % 2]},{'ab'[number % 2 if number else 1]}" for number in range(6)]
    write_text(source / "two.csv", "\n".join(["filename,label_A,label_B", *judged]))
    doubts = " ".join(facts("import", source, "--project", "Steel")["doubts"])
    assert "6 files (such as labels/0.txt) are called like an image" in doubts and "classes.txt" in doubts
    assert "list.txt gives classes to 2 of these images" in doubts
    assert "two.csv names 6 of these images" in doubts and "“label_A”, “label_B”" in doubts
