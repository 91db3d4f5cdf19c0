"""Annotations as other programs write them: recognised by what is in them, read with their boxes and splits."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from annotated import boxes, labels, problems, read, write_images, write_json, write_text
from pyarrow import parquet

COCO = {
    "info": {},
    "images": [
        {"id": 7, "file_name": "a.png", "width": 60, "height": 40},
        {"id": 8, "file_name": "b.png", "width": 60, "height": 40},
        {"id": 9, "file_name": "c.png", "width": 60, "height": 40},
    ],
    "annotations": [
        {"id": 1, "image_id": 7, "category_id": 2, "bbox": [0, 0, 60, 40]},
        {"id": 2, "image_id": 8, "category_id": 1, "bbox": [5, 6, 10, 12]},
        {"id": 3, "image_id": 8, "category_id": 1, "bbox": [30, 6, 10, 12]},
        {"id": 4, "image_id": 9, "category_id": 1, "bbox": [1, 1, 5, 5]},
        {"id": 5, "image_id": 9, "category_id": 2, "bbox": [9, 9, 5, 5]},
    ],
    "categories": [{"id": 1, "name": "pits"}, {"id": 2, "name": "Größe ✓"}],
}


def test_coco_gives_the_class_of_the_image_or_of_all_its_boxes(tmp_path: Path) -> None:
    write_images(tmp_path, "images/a.png", "images/b.png", "images/c.png", "images/other.png")
    write_json(tmp_path / "annotations" / "instances_val2017.json", COCO)
    annotated = read(tmp_path)
    assert (annotated.format, annotated.boxes, annotated.classes) == ("COCO", 4, {"pits", "Größe ✓"})
    assert labels(annotated) == {
        "images/a.png": ("Größe ✓", "evaluation"),
        "images/b.png": ("pits", "evaluation"),
        "images/c.png": (None, "evaluation"),
        "images/other.png": (None, None),
    }
    assert boxes(annotated, "images/b.png") == [("pits", 5, 6, 10, 12), ("pits", 30, 6, 10, 12)]
    assert problems(annotated) == [("images/c.png", "several classes, so it has no label: pits, Größe ✓")]


def test_coco_with_wrong_records_costs_no_other_record(tmp_path: Path) -> None:
    write_images(tmp_path, "a.png", "b.png", "c.png")
    wrong = [
        {"id": 10, "image_id": 7, "category_id": 99, "bbox": [0, 0, 1, 1]},
        {"id": 11, "image_id": 1, "category_id": 1},
        {"id": 12, "image_id": 7, "category_id": 1, "bbox": [0, 0, "x", 1]},
        "no record",
    ]
    gone = {"id": 20, "file_name": "gone.png"}
    document = COCO | {"annotations": COCO["annotations"] + wrong, "images": [*COCO["images"], gone]}
    write_json(tmp_path / "train.json", document)
    annotated = read(tmp_path)
    assert labels(annotated)["a.png"] == ("Größe ✓", "pool") and labels(annotated)["b.png"] == ("pits", "pool")
    reasons = [reason for _, reason in problems(annotated)]
    assert [reason for reason in reasons if not reason.startswith("several classes")] == [
        "unusable record: annotations[5]: category_id 99 is not among the categories",
        "unusable record: annotations[6]: image_id 1 is not among the images",
        "unusable record: annotations[7]: bbox is [0, 0, 'x', 1]; it should be 4 numbers",
        "unusable record: annotations[8]: it is 'no record'; it should be an object with named values",
        "missing: images[3] of train.json names gone.png, but there is no such file",
    ]


def test_coco_in_utf_16_with_numbers_as_text_is_read(tmp_path: Path) -> None:
    write_images(tmp_path, "a.png", "b.png", "c.png")
    text = json.dumps(COCO).replace('"image_id": 7', '"image_id": "7"')
    (tmp_path / "x.json").write_bytes(text.encode("utf-16"))
    assert labels(read(tmp_path))["a.png"] == ("Größe ✓", None)


def test_a_name_with_folders_of_another_machine_finds_its_image_and_no_other(tmp_path: Path) -> None:
    write_images(tmp_path, "set/train/images/a.png", "set/val/images/a.png", "set/val/images/b.png")
    names = ["C:\\data\\set\\train\\images\\a.png", "train/images/b.png", "images/a.png"]
    images = [{"id": i, "file_name": name} for i, name in enumerate(names)]
    marks = [{"image_id": i, "category_id": 1} for i in range(3)]
    write_json(tmp_path / "x.json", COCO | {"images": images, "annotations": marks})
    annotated = read(tmp_path)
    assert labels(annotated) == {
        "set/train/images/a.png": ("pits", None),
        "set/val/images/a.png": (None, None),
        "set/val/images/b.png": (None, None),
    }
    assert [reason.split(":")[0] for _, reason in problems(annotated)] == ["ambiguous", "missing"]


def test_annotations_that_are_no_json_say_where_and_keep_no_image_out(tmp_path: Path) -> None:
    write_images(tmp_path, "a.png")
    write_text(tmp_path / "labels.json", '{"images": [\n  {"id": 1,}\n]}')
    annotated = read(tmp_path)
    assert labels(annotated) == {"a.png": (None, None)}
    ((path, reason),) = problems(annotated)
    assert path == "labels.json" and reason.startswith("unreadable annotations: labels.json, line 2, column ")


def voc(name: str, *objects: tuple[str, int, int, int, int]) -> str:
    edges = ("xmin", "ymin", "xmax", "ymax")
    inner = "".join(
        f"<object><name>{label}</name><bndbox>{''.join(f'<{e}>{v}</{e}>' for e, v in zip(edges, box, strict=True))}"
        "</bndbox></object>"
        for label, *box in objects
    )
    return f"<annotation><folder>x</folder><filename>{name}</filename>{inner}</annotation>"


def test_voc_labels_an_image_where_all_objects_agree(tmp_path: Path) -> None:
    write_images(tmp_path, "JPEGImages/1.png", "JPEGImages/2.png", "JPEGImages/3.png", "JPEGImages/4.png")
    pits, cracks = ("pits", 1, 1, 10, 20), ("cracks", 11, 21, 60, 40)
    texts = {
        "1": voc("1.png", pits, pits),
        "2": voc("2.png", pits, cracks),
        "3": voc("3"),
        "4": voc("old name.png", cracks),
    }
    for name, text in texts.items():
        write_text(tmp_path / "Annotations" / f"{name}.xml", text)
    write_text(tmp_path / "ImageSets" / "Main" / "trainval.txt", "1\n2\n3\n")
    write_text(tmp_path / "ImageSets" / "Main" / "val.txt", "2 1\n")
    annotated = read(tmp_path)
    assert (annotated.format, annotated.boxes) == ("Pascal VOC", 5)
    assert labels(annotated) == {
        "JPEGImages/1.png": ("pits", "pool"),
        "JPEGImages/2.png": (None, "evaluation"),
        "JPEGImages/3.png": (None, "pool"),
        "JPEGImages/4.png": ("cracks", None),
    }
    assert boxes(annotated, "JPEGImages/2.png") == [("pits", 0, 0, 10, 20), ("cracks", 10, 20, 50, 20)]


def test_a_mask_that_is_called_like_its_image_is_not_what_is_annotated(tmp_path: Path) -> None:
    write_images(tmp_path, "JPEGImages/1.png", "SegmentationClass/1.png")
    write_text(tmp_path / "Annotations" / "1.xml", voc("1.jpg", ("pits", 1, 1, 9, 9)))
    write_text(tmp_path / "ImageSets" / "Main" / "pits_train.txt", "1 1\n")
    annotated = read(tmp_path)
    assert labels(annotated) == {"JPEGImages/1.png": ("pits", None), "SegmentationClass/1.png": (None, None)}
    assert problems(annotated) == []


def test_voc_annotations_take_the_image_of_their_own_split(tmp_path: Path) -> None:
    write_images(tmp_path, "train/images/pits/1.png", "val/images/cracks/1.png")
    write_text(tmp_path / "train/annotations/1.xml", voc("1.png", ("pits", 1, 1, 9, 9)))
    write_text(tmp_path / "val/annotations/1.xml", voc("1.png", ("cracks", 1, 1, 9, 9)))
    assert {path: label for path, (label, _) in labels(read(tmp_path)).items()} == {
        "train/images/pits/1.png": "pits",
        "val/images/cracks/1.png": "cracks",
    }


def test_a_broken_voc_file_is_named_and_costs_no_other(tmp_path: Path) -> None:
    write_images(tmp_path, "1.png", "2.png")
    write_text(tmp_path / "1.xml", voc("1.png", ("pits", 1, 1, 9, 9)))
    write_text(tmp_path / "2.xml", "<annotation>\n<object>")
    annotated = read(tmp_path)
    assert labels(annotated) == {"1.png": ("pits", None), "2.png": (None, None)}
    assert [(path, reason.split(":")[0]) for path, reason in problems(annotated)] == [
        ("2.xml", "unreadable annotations")
    ]


@pytest.mark.parametrize("names", ["names: [pits, Größe ✓]", "names:\n  0: pits\n  1: Größe ✓"])
def test_ultralytics_labels_lie_beside_the_images_and_name_classes_by_number(tmp_path: Path, names: str) -> None:
    write_images(tmp_path, "train/images/a.png", "train/images/none.png", "valid/images/b.png", "test/images/c.png")
    write_text(tmp_path / "data.yaml", f"train: ../train/images\nval: ../valid/images\nnc: 2\n{names}\n")
    write_text(tmp_path / "train/labels/a.txt", "1 0.5 0.5 0.5 0.25\n\n1 0.1 0.1 0.3 0.1 0.3 0.3 0.1 0.3\n")
    write_text(tmp_path / "valid/labels/b.txt", "0 0.5 0.5 1 1\n7 0.5 0.5 1 1\n0 a b c d\n")
    write_text(tmp_path / "test/labels/c.txt", "")
    write_text(tmp_path / "README.roboflow.txt", "about")
    annotated = read(tmp_path)
    assert (annotated.format, annotated.boxes) == ("YOLO", 3)
    assert {path: label for path, (label, _) in labels(annotated).items()} == {
        "README.roboflow.txt": None,
        "train/images/a.png": "Größe ✓",
        "train/images/none.png": None,
        "valid/images/b.png": None,
        "test/images/c.png": None,
    }
    assert boxes(annotated, "train/images/a.png") == [
        ("Größe ✓", 0.25, 0.375, 0.5, 0.25),
        ("Größe ✓", 0.1, 0.1, 0.2, 0.2),
    ]
    assert [reason for _, reason in problems(annotated)] == [
        "a mark of it cannot be used, beside pits: nobody knows its class, so it has no label",
        "unusable record: line 2: class 7 is not among the 2 names",
        "unusable record: line 3: a box is ['a', 'b', 'c', 'd']; it should be 4 numbers",
    ]


@pytest.mark.parametrize(
    "names, folder", [("classes.txt", "images/{}labels/"), ("obj.names", "obj_train_data/{}obj_train_data/")]
)
def test_names_of_yolo_may_stand_in_a_list_of_their_own(tmp_path: Path, names: str, folder: str) -> None:
    images, texts = folder.split("{}")
    write_images(tmp_path, f"{images}a.png", f"{images}b.png")
    write_text(tmp_path / names, "\ufeffpits\r\nGröße ✓\r\n")
    write_text(tmp_path / f"{texts}a.txt", "\ufeff1 0.5 0.5 0.5 0.25")
    write_text(tmp_path / "train.txt", f"{images}a.png\n{images}b.png\n")
    annotated = read(tmp_path)
    label_of = labels(annotated)
    assert (annotated.format, label_of[f"{images}a.png"][0], label_of[f"{images}b.png"][0]) == ("YOLO", "Größe ✓", None)
    assert names not in label_of and "train.txt" in label_of


def test_ultralytics_splits_may_be_named_in_the_yaml_alone(tmp_path: Path) -> None:
    write_images(tmp_path, "images/part1/a.png", "images/part2/b.png")
    write_text(tmp_path / "x.yml", "train: images/part1\nval: images/part2\nnames: [pits]\n")
    write_text(tmp_path / "labels/part1/a.txt", "0 0.5 0.5 0.1 0.1")
    assert labels(read(tmp_path)) == {
        "images/part1/a.png": ("pits", "pool"),
        "images/part2/b.png": (None, "evaluation"),
    }


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_hugging_face_metadata_gives_a_row_an_image(tmp_path: Path, ending: str) -> None:
    write_images(tmp_path, "train/a, ü.png", "train/sub/b.png", "train/c.png")
    rows = [("a, ü.png", "pits"), ("sub/b.png", "Größe ✓"), ("gone.png", "pits")]
    file = tmp_path / "train" / f"metadata.{ending}"
    if ending == "csv":
        write_text(file, "file_name,label\n" + "".join(f'"{name}",{label}\n' for name, label in rows))
    elif ending == "jsonl":
        write_text(file, "".join(f'{{"file_name": "{name}", "label": "{label}"}}\n' for name, label in rows))
    else:
        names, classes = zip(*rows, strict=True)
        parquet.write_table(pa.table({"file_name": names, "label": classes}), file)
    annotated = read(tmp_path)
    assert annotated.format == "Hugging Face imagefolder"
    assert {path: label for path, (label, _) in labels(annotated).items()} == {
        "train/a, ü.png": "pits",
        "train/sub/b.png": "Größe ✓",
        "train/c.png": None,
    }
    assert [reason.split(":")[0] for _, reason in problems(annotated)] == ["missing"]


@pytest.mark.parametrize("column, label", [("defect", "no"), ("Class Name", "no"), ("caption", None)])
def test_metadata_may_call_the_class_otherwise(tmp_path: Path, column: str, label: str | None) -> None:
    write_images(tmp_path, "a.png")
    write_text(tmp_path / "metadata.jsonl", json.dumps({"file_name": "a.png", column: "no"}))
    assert labels(read(tmp_path)) == {"a.png": (label, None)}


@pytest.mark.parametrize(
    "name, text, where",
    [
        ("metadata.jsonl", '{"file_name": "a.png", "label": "x"}\n{"file_name": }\n', "metadata.jsonl, line 2"),
        ("metadata.csv", 'file_name,label\na.png,x\n"b" c,d\n', "metadata.csv, line 3"),
        ("metadata.parquet", "no parquet", "metadata.parquet is no Parquet file"),
        ("metadata.jsonl", '{"file_name": "a.png", "label": ["x"]}\n', "rows[0]"),
        ("data.yaml", "names: [a\nb: :", "data.yaml is no YAML"),
    ],
)
def test_metadata_that_cannot_be_read_say_which_line_or_record(
    tmp_path: Path, name: str, text: str, where: str
) -> None:
    write_images(tmp_path, "a.png")
    write_text(tmp_path / name, text)
    annotated = read(tmp_path)
    assert "a.png" in labels(annotated)
    assert where in " ".join(reason for _, reason in problems(annotated))


@pytest.mark.parametrize("classes, values", [(["pits", "Größe ✓"], [1, 0]), (None, ["Größe ✓", {"label": "pits"}])])
def test_fiftyone_names_images_without_their_endings(tmp_path: Path, classes, values) -> None:
    write_images(tmp_path, "data/a.png", "data/sub/b.c.png", "data/d.png")
    named = dict(zip(["a", "sub/b.c"], values, strict=True)) | {"d": None}
    write_json(tmp_path / "labels.json", {"classes": classes, "labels": named})
    annotated = read(tmp_path)
    assert annotated.format == "FiftyOne" and problems(annotated) == []
    assert {path: label for path, (label, _) in labels(annotated).items()} == {
        "data/a.png": "Größe ✓",
        "data/sub/b.c.png": "pits",
        "data/d.png": None,
    }


def test_other_documents_are_no_annotations(tmp_path: Path) -> None:
    write_images(tmp_path, "a.png")
    write_json(tmp_path / "camera.json", {"exposure": 3})
    write_json(tmp_path / "list.json", [1, 2])
    write_text(tmp_path / "config.yaml", "speed: 3")
    write_text(tmp_path / "plan.xml", "<plan/>")
    annotated = read(tmp_path)
    assert annotated.format == "" and problems(annotated) == []
    assert set(labels(annotated)) == {"a.png", "camera.json", "list.json", "config.yaml", "plan.xml"}


def test_one_file_of_annotations_offers_nothing_but_its_own_images(tmp_path: Path) -> None:
    write_images(tmp_path, "a.png", "b.png", "c.png", "d.png")
    write_json(tmp_path / "one.json", COCO)
    write_json(tmp_path / "two.json", COCO | {"images": [{"id": 7, "file_name": "d.png"}]})
    assert set(labels(read(tmp_path, only="one.json"))) == {"a.png", "b.png", "c.png"}
