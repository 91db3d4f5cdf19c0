"""Names of classes are the text as it is written, in whatever format: never true or false, a number or nothing."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from annotated import labels, problems, read, write_images, write_json, write_text
from pyarrow import parquet

from vabal_core.images.ingest.formats.annotation import BadRecord, class_called, is_no_class

# What some reader takes for something else than a text.
HARD = ("no", "yes", "on", "off", "null", "~", "1", "01", "1.0", "1e3", "0x1F", "1_000", "12:30", "2026-11-26", "true")
HARD += ("nan", "NA", "None", "inf", "-", "=", "<<")


def image_names(count: int) -> list[str]:
    return [f"images/{number}.png" for number in range(count)]


def given(folder: Path) -> list[str | None]:
    annotated = read(folder)
    assert problems(annotated) == []
    by_path = labels(annotated)
    return [by_path[path][0] for path in sorted(by_path, key=lambda path: int(Path(path).stem))]


@pytest.mark.parametrize("start, line", [("names:\n", "  {number}: {name}\n"), ("names:\n", "  - {name}\n")])
def test_yolo_names_that_yaml_takes_for_other_things_are_texts(tmp_path: Path, start: str, line: str) -> None:
    names = [name for name in HARD if name not in ("-", "=", "<<")]  # signs of YAML itself
    write_images(tmp_path, *image_names(len(names)))
    text = start + "".join(line.format(number=number, name=name) for number, name in enumerate(names))
    write_text(tmp_path / "data.yaml", text)
    for number in range(len(names)):
        write_text(tmp_path / f"labels/{number}.txt", f"{number} 0.5 0.5 1 1\n")
    assert given(tmp_path) == names


@pytest.mark.parametrize("names", ["[no, yes]", "{0: no, 1: yes}", '["no", "yes"]', "{'0': no, '1': yes}"])
def test_yolo_names_on_one_line_are_texts(tmp_path: Path, names: str) -> None:
    write_images(tmp_path, *image_names(2))
    write_text(tmp_path / "data.yaml", f"train: images\nnc: 2\nnames: {names}\n")
    for number in range(2):
        write_text(tmp_path / f"labels/{number}.txt", f"{number} 0.5 0.5 1 1\n")
    assert given(tmp_path) == ["no", "yes"]


@pytest.mark.parametrize("written", ["true", "false", "1", "0", "1.0", "0.50", "1e3", "-0.0"])
def test_what_json_writes_without_quotes_is_the_name_as_it_stands_there(tmp_path: Path, written: str) -> None:
    coco = f"""{{"images": [{{"id": 1.0, "file_name": "images/0.png"}}], "categories": [{{"id": 2, "name": {written}}}],
        "annotations": [{{"image_id": 1, "category_id": 2.0}}]}}"""
    tasks = f"""[{{"data": {{"image": "images/0.png"}}, "annotations": [{{"result":
        [{{"type": "choices", "value": {{"choices": [{written}]}}}}]}}]}}]"""
    short = f'[{{"image": "images/0.png", "annotation_id": 1, "choice": {written}}}]'
    lines = f'{{"file_name": "images/0.png", "label": {written}}}\n'
    files = {"coco.json": coco, "tasks.json": tasks, "min.json": short, "metadata.jsonl": lines}
    if not written.isdecimal():  # those are places in the list of classes there
        files["labels.json"] = f'{{"classes": ["a", "b"], "labels": {{"0": {written}}}}}'
    for name, text in files.items():
        folder = tmp_path / name
        write_images(folder, "images/0.png")
        write_text(folder / name, text)
        assert given(folder) == [written], name


def test_texts_of_every_json_format_stay_what_they_are(tmp_path: Path) -> None:
    paths = image_names(len(HARD))
    images = [{"id": number, "file_name": path} for number, path in enumerate(paths)]
    marks = [{"image_id": number, "category_id": number} for number in range(len(HARD))]
    categories = [{"id": number, "name": name} for number, name in enumerate(HARD)]
    named = list(zip(paths, HARD, strict=True))
    choices = [[{"type": "choices", "value": {"choices": [name]}}] for name in HARD]
    tasks = [{"data": {"image": path}, "annotations": [{"result": choices[n]}]} for n, path in enumerate(paths)]
    documents = {
        "coco.json": {"images": images, "annotations": marks, "categories": categories},
        "tasks.json": tasks,
        "labels.json": {"classes": list(HARD), "labels": {Path(path).stem: name for path, name in named}},
    }
    for file, document in documents.items():
        write_images(tmp_path / file, *paths)
        write_json(tmp_path / file / file, document)
        assert given(tmp_path / file) == list(HARD), file
    write_images(tmp_path / "lines", *paths)
    lines = [json.dumps({"file_name": path, "label": name}) for path, name in named]
    write_text(tmp_path / "lines" / "metadata.jsonl", "\n".join(lines))
    assert given(tmp_path / "lines") == list(HARD)
    write_images(tmp_path / "csv", *paths)
    rows = [f'{path},"{name}"' for path, name in named]
    write_text(tmp_path / "csv" / "metadata.csv", "\n".join(["file_name,label", *rows]))
    assert given(tmp_path / "csv") == list(HARD)


@pytest.mark.parametrize(
    "values, expected",
    [
        (["1", None, "", "nan"], ["1", None, None, "nan"]),
        ([1.0, None, 0.5, float("nan")], ["1", None, "0.5", None]),
        ([True, False, None, None], ["true", "false", None, None]),
        ([0, 1, None, 10], ["0", "1", None, "10"]),
    ],
)
def test_a_cell_of_parquet_is_a_name_or_missing(tmp_path: Path, values: list, expected: list) -> None:
    write_images(tmp_path, *image_names(4))
    table = pa.table({"file_name": image_names(4), "label": values})
    parquet.write_table(table, tmp_path / "metadata.parquet")
    assert given(tmp_path) == expected


def test_what_is_neither_a_text_nor_a_number_is_no_name() -> None:
    for value in (None, "", " ", [], ["a"], {}, float("inf")):
        with pytest.raises(BadRecord, match="it should be a name"):
            class_called(value)
    assert [is_no_class(value) for value in (None, "", float("nan"), "nan", 0, False)] == [True] * 3 + [False] * 3
