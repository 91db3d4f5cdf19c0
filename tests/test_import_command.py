"""The options of `import`: how folders are read, what is left out, what is set aside."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from annotated import write_yolo
from command_line import facts, run, status, write_steel
from image_files import write_image

from vabal_core.commands.import_options import LayoutOptions, layout_change, read_amount
from vabal_core.types import Layout, StudioError

PROPOSED = Layout(class_from="folder", class_level=0, splits={"test": "evaluation"}, exclude=("masks",))


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    return write_steel(tmp_path / "steel")


def looked(source: Path, *options: Any) -> dict[str, Any]:
    return facts("import", source, "--project", "Steel", "--dry-run", *options)


def changed(**options: Any) -> Layout:
    return layout_change(LayoutOptions(**options))(PROPOSED)


def test_what_no_option_says_is_as_proposed():
    assert changed() == PROPOSED
    assert changed(exclude=["*.bmp"]).exclude == ("masks", "*.bmp")
    assert changed(exclude=["*.bmp"], take_all=True).exclude == ("*.bmp",)
    assert changed(include=["*.jpg"]).include == ("*.jpg",)
    assert changed(splits=["old=leave-out", "a=b=train"]).splits == {
        "test": "evaluation", "old": "leave out", "a=b": "pool"
    }  # fmt: skip
    by_name = changed(class_from_name=-1)
    assert (by_name.class_from, by_name.name_part, by_name.separator) == ("name", -1, "_")
    assert changed(class_from_name=0, separator="").separator == ""


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"class_level": 0, "class_from_name": 0}, "a class has one name"),
        ({"separator": "-"}, "give --class-from-name"),
        ({"splits": ["test"]}, "'test' is not understood: give FOLDER=USE"),
        ({"splits": ["test=elsewhere"]}, "one of pool, train, evaluation"),
    ],
)
def test_options_that_cannot_be_are_refused_in_words(options: dict[str, Any], message: str):
    with pytest.raises(StudioError, match=message):
        changed(**options)


def test_an_amount_is_a_share_or_a_number():
    assert [read_amount(text) for text in ("0.1", "10%", "0", "200", "1")] == [
        (0.1, None), (0.1, None), (0.0, None), (0.0, 200), (0.0, 1)
    ]  # fmt: skip
    for text in ("1.5", "-1", "many", "100%", "nan"):
        with pytest.raises(StudioError, match="is no number of images"):
            read_amount(text)


def test_the_reading_is_printed_and_options_change_it(source: Path):
    result = run("import", source, "--project", "Steel", "--dry-run")
    assert "labels folder 0, counted from the top" in result.stdout
    assert looked(source)["layout"]["class_level"] == 0
    assert set(looked(source)["plan"]["classes"]) == {"crazing", "scratches"}
    assert looked(source, "--labels", "ignore")["plan"]["classes"] == {}
    assert looked(source, "--exclude", "scratches")["plan"]["left_out"] == 8
    assert looked(source, "--include", "scratches")["plan"]["images"] == 8
    assert looked(source, "--split", "scratches=evaluation", "--evaluation", "0")["plan"]["evaluation"] == 8


def test_a_class_can_be_read_from_the_name_or_from_another_folder(source: Path):
    for i in range(4):
        write_image(source.parent / "other" / "a" / "cam1" / f"ok_{i}.png", seed=i)
        write_image(source.parent / "other" / "b" / "cam1" / f"ng_{i}.png", seed=9 + i)
    assert set(looked(source.parent / "other", "--class-level", "-1")["plan"]["classes"]) == {"cam1"}
    assert set(looked(source.parent / "other", "--class-from-name", "0")["plan"]["classes"]) == {"ok", "ng"}


def test_evaluation_images_of_labelled_folders_are_drawn_by_number_or_by_class(source: Path):
    assert looked(source, "--evaluation", "3")["plan"]["evaluation"] == 3
    by_class = looked(source, "--evaluation", "50%", "--drawn-by", "class")["plan"]["classes"]
    assert {name: count["evaluation"] for name, count in by_class.items()} == {"crazing": 2, "scratches": 4}


def test_every_file_left_out_is_named_in_json_and_in_a_table(source: Path):
    for i in range(30):
        (source / "crazing" / f"bad{i:02}.png").write_bytes(b"\x89PNG" + bytes([i]))
    write_image(source / ".Trash" / "1.png")
    table = source.parent / "left out.csv"
    left_out = looked(source, "--left-out", table)["left_out"]
    assert len(left_out) == 31
    rows = list(csv.DictReader(io.StringIO(table.read_text(encoding="utf-8-sig"))))
    assert [(row["path"], row["reason"]) for row in rows] == [(row["path"], row["reason"]) for row in left_out]


def test_every_row_of_labels_left_out_is_named_in_json_and_in_a_table(source: Path):
    facts("import", source, "--project", "Steel", "--labels", "ignore", "--evaluation", "0")
    rows, table = source.parent / "labels.csv", source.parent / "left out.csv"
    rows.write_text("path,label\n" + "".join(f"gone/{i}.png,crazing\n" for i in range(30)))
    result = run("label", "--project", "Steel", "--from-csv", rows, "--left-out", table, "--json")
    assert [row["path"] for row in json.loads(result.stdout)["rows_left_out"]] == [f"gone/{i}.png" for i in range(30)]
    assert len(table.read_text(encoding="utf-8-sig").splitlines()) == 31
    assert "10 more; --json names all" in result.stderr


def test_a_reading_is_remembered_for_sources_of_the_same_kind(source: Path):
    for day in ("2024-05-01", "2024-05-02"):
        write_image(source.parent / "days" / day / "1.png", seed=int(day[-1]))
    other = source.parent / "more"
    write_image(other / "2024-06-01" / "1.png", seed=50)
    write_image(other / "2024-06-02" / "1.png", seed=51)
    words = ("import", "--project", "Steel", "--evaluation", "0")
    assert facts(*words, source.parent / "days", "--class-level", "0")["written"]["labels"] == 2
    again = facts(*words, other)
    assert (again["written"]["labels"], again["proposed"]["class_from"]) == (2, "none")
    assert set(status()["classes"]) == {"2024-05-01", "2024-05-02", "2024-06-01", "2024-06-02"}
    assert facts(*words, source)["layout"] == looked(source)["proposed"]


def test_that_folders_are_no_labels_is_remembered(source: Path):
    words = ("import", "--project", "Steel", "--evaluation", "0")
    assert facts(*words, source, "--labels", "ignore")["written"]["labels"] == 0
    more = write_steel(source.parent / "more")
    write_image(more / "crazing" / "new.png", seed=99)
    again = facts(*words, more)
    assert (again["written"]["images"], again["written"]["labels"], again["proposed"]["class_from"]) == (1, 0, "folder")


def test_boxes_of_annotations_are_cut_out_where_asked(tmp_path: Path, source: Path):
    write_yolo(tmp_path / "set")
    plan = facts("import", tmp_path / "set", "--project", "Boxes", "--dry-run")["plan"]
    assert (plan["annotations"], plan["boxes"], plan["images"]) == ("YOLO", 2, 1)
    written = facts("import", tmp_path / "set", "--project", "Boxes", "--boxes", "crops", "--evaluation", 0)["written"]
    assert (written["images"], written["labels"]) == (2, 2)
    assert "each cut out" in run("import", tmp_path / "set", "--project", "Boxes", "--dry-run").stdout


def test_whose_class_an_image_has_and_what_a_class_is_called_are_options(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    box = "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>5</xmax><ymax>5</ymax></bndbox>"
    for number in range(8):
        folder, name = ("cr", "pits")[number % 2], ("cr", "pits")[(number + (number == 7)) % 2]
        write_image(tmp_path / "set" / folder / f"{number}.png", seed=number)
        text = f"<annotation><filename>{number}.png</filename><object><name>{name}</name>{box}</object></annotation>"
        (tmp_path / "set" / f"{number}.xml").write_text(text)
    source = ("import", tmp_path / "set", "--project", "Steel", "--evaluation", "0", "--dry-run")
    report = facts(*source)
    assert (
        report["plan"]["unlabelled"]["pool"] == 1 and "names another class than its annotation" in report["doubts"][1]
    )
    given = facts(*source, "--precedence", "annotation", "--class-name", "cr=crazing")
    assert {name: count["pool"] for name, count in given["plan"]["classes"].items()} == {"crazing": 5, "pits": 3}
    failed = run("import", tmp_path / "set", "--project", "Steel", "--class-name", "cr")
    assert failed.exit_code and "give GIVEN=NAME" in failed.stderr


def test_labels_of_a_table_are_shown_first_and_written_by_nobody_on_a_dry_run(source: Path):
    facts("import", source, "--project", "Steel", "--evaluation", "0")
    rows = source.parent / "labels.csv"
    rows.write_text("path,label\ncrazing/0.png,pits\nscratches/1.png,scratches\n")
    words = ("label", "--project", "Steel", "--from-csv", rows, "--create-classes")
    before = status()
    planned = facts(*words, "--dry-run")
    assert (planned["labelled"], planned["already"], planned["new_classes"]) == (1, 1, ["pits"])
    assert [(change["old"], change["new"]) for change in planned["changes"]] == [("crazing", "pits")]
    assert "would change: crazing/0.png: label “crazing” here, “pits” there" in run(*words, "--dry-run").stderr
    assert status() == before and len(facts("imports", "--project", "Steel")["imports"]) == 1
    written = run(*words)
    assert "undo-import 2 --project Steel" in written.stderr and set(status()["classes"]) > {"pits"}


def test_what_an_import_changes_is_named_with_the_classes_that_it_makes_and_the_way_back(source: Path):
    facts("import", source, "--project", "Steel", "--evaluation", "0")
    (source / "crazing").rename(source / "pits")
    report = looked(source)
    assert report["plan"]["new_classes"] == ["pits"] and report["plan"]["changes"] == {"label": 4, "moved": 4}
    result = run("import", source, "--project", "Steel")
    assert "to change: crazing/0.png: label “crazing” here, “pits” there" in result.stderr
    assert "undo-import 2 --project Steel" in result.stderr
    assert result.stdout.index("plan:") < result.stdout.index("written:"), "shown before it is written"
