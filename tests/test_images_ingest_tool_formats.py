"""Annotations of labelling tools, Label Studio and CVAT: their answers, boxes, subsets and addresses of images."""

from pathlib import Path

from annotated import boxes, labels, problems, read, write_images, write_json, write_text


def task(image: str, *results: dict, **data: str) -> dict:
    return {"id": 1, "data": {"image": image} | data, "annotations": [{"result": list(results)}]}


def choice(*names: str) -> dict:
    return {"type": "choices", "from_name": "c", "to_name": "image", "value": {"choices": list(names)}}


def rectangle(label: str, **value: float) -> dict:
    size = {"original_width": 60, "original_height": 40}
    return {"type": "rectanglelabels", "value": value | {"rectanglelabels": [label]}} | size


def test_label_studio_finds_images_by_every_kind_of_address(tmp_path: Path) -> None:
    names = ["up load.png", "images/loc ü.png", "s3.png", "plain.png", "http.png"]
    write_images(tmp_path, *names)
    addresses = [
        "/data/upload/3/0a1b2c3d-up%20load.png",
        "/data/local-files/?d=images/loc%20%C3%BC.png",
        "s3://bucket/some/s3.png",
        "plain.png",
        "http://127.0.0.1:8080/x/http.png?token=1",
    ]
    tasks = [task(address, choice("pits"), split="test" if i else "train") for i, address in enumerate(addresses)]
    write_json(tmp_path / "project-1.json", tasks)
    annotated = read(tmp_path)
    assert annotated.format == "Label Studio" and problems(annotated) == []
    assert labels(annotated) == {name: ("pits", "evaluation" if i else "pool") for i, name in enumerate(names)}


def test_label_studio_answers_count_unless_cancelled_and_give_a_class_only_where_they_agree(tmp_path: Path) -> None:
    write_images(tmp_path, "a.png", "b.png", "c.png", "d.png")
    torn = task("a.png", choice("pits"))
    torn["annotations"].append({"result": [choice("cracks")]})
    cancelled = task("b.png", choice("pits"))
    cancelled["annotations"].append({"result": [choice("cracks")], "was_cancelled": True})
    write_json(tmp_path / "export.json", [torn, cancelled, task("c.png"), {"data": {"image": "d.png"}}])
    assert labels(read(tmp_path)) == {
        "a.png": (None, None),
        "b.png": ("pits", None),
        "c.png": (None, None),
        "d.png": (None, None),
    }


def test_label_studio_rectangles_are_boxes_turned_ones_too(tmp_path: Path) -> None:
    write_images(tmp_path, "a.png")
    upright = rectangle("pits", x=10, y=20, width=50, height=25)
    turned = rectangle("cracks", x=50, y=25, width=10, height=50, rotation=90)
    write_json(tmp_path / "export.json", [task("a.png", upright, turned)])
    annotated = read(tmp_path)
    # Turned by 90 degrees about (30, 10): 6 x 20 pixels become 20 to the left and 6 down.
    assert boxes(annotated, "a.png") == [("pits", 0.1, 0.2, 0.5, 0.25), ("cracks", 10, 10, 20, 6)]


def test_label_studio_json_min_is_read_as_json_is(tmp_path: Path) -> None:
    write_images(tmp_path, "a.png", "b.png", "c.png")
    box = {"x": 10, "y": 20, "width": 50, "height": 25, "rectanglelabels": ["pits"], "original_width": 60}
    tasks = [
        {"image": "/data/upload/1/0a1b2c3d-a.png", "id": 1, "annotation_id": 4, "choice": "Größe ✓"},
        {"image": "/data/upload/1/0a1b2c3d-b.png", "id": 2, "annotation_id": 5, "label": [box]},
        {"image": "/data/upload/1/0a1b2c3d-c.png", "id": 3, "annotation_id": 6, "choice": {"choices": ["x", "y"]}},
    ]
    write_json(tmp_path / "min.json", tasks)
    annotated = read(tmp_path)
    assert {path: label for path, (label, _) in labels(annotated).items()} == {
        "a.png": "Größe ✓",
        "b.png": "pits",
        "c.png": None,
    }
    assert boxes(annotated, "b.png") == [("pits", 0.1, 0.2, 0.5, 0.25)]


def test_cvat_tags_are_labels_boxes_and_polygons_boxes_and_subsets_splits(tmp_path: Path) -> None:
    write_images(tmp_path, "images/Train/a.png", "images/b.png", "images/c.png")
    write_text(
        tmp_path / "annotations.xml",
        """<?xml version="1.0" encoding="utf-8"?>
<annotations><version>1.1</version><meta><task><name>x</name></task></meta>
<image id="0" name="Train/a.png" subset="Train" width="60" height="40">
  <tag label="Größe &amp; ✓" source="manual"/></image>
<image id="1" name="b.png" subset="Validation" width="60" height="40">
  <box label="pits" xtl="5.5" ytl="6" xbr="15.5" ybr="18" occluded="0"/>
  <polygon label="pits" points="1,2;11,2;6,9"/></image>
<image id="2" name="c.png"><box label="pits" xtl="5" ytl="six" xbr="15" ybr="18"/></image>
</annotations>""",
    )
    annotated = read(tmp_path)
    assert annotated.format == "CVAT"
    assert labels(annotated) == {
        "images/Train/a.png": ("Größe & ✓", "pool"),
        "images/b.png": ("pits", "evaluation"),
        "images/c.png": (None, None),
    }
    assert boxes(annotated, "images/b.png") == [("pits", 5.5, 6, 10, 12), ("pits", 1, 2, 10, 7)]
    ((path, reason),) = problems(annotated)
    assert path == "annotations.xml" and reason.startswith("unusable record: image 2: a box is ")


def test_cvat_annotations_of_a_video_are_said_to_be_that(tmp_path: Path) -> None:
    write_images(tmp_path, "a.png")
    write_text(tmp_path / "x.xml", "<annotations><track id='0' label='pits'><box frame='0'/></track></annotations>")
    assert problems(read(tmp_path)) == [
        ("x.xml", "unreadable annotations: of a video, not of images; export them as CVAT for images 1.1")
    ]


def test_a_cvat_file_that_breaks_off_gives_what_came_before_and_the_line(tmp_path: Path) -> None:
    write_images(tmp_path, "a.png", "b.png")
    write_text(
        tmp_path / "x.xml", '<annotations>\n<image name="a.png"><tag label="pits"/></image>\n<image name="b.png"><tag'
    )
    annotated = read(tmp_path)
    assert labels(annotated) == {"a.png": ("pits", None), "b.png": (None, None)}
    ((path, reason),) = problems(annotated)
    assert path == "x.xml" and "line 3" in reason
