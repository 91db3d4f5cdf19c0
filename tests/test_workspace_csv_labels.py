"""Labels from a table, on the command line: what another tool or an earlier export knows."""

import csv
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import bring, facts, run, status, write_steel
from PIL import Image as Picture

from vabal_core import workspace


def counts(report: dict[str, Any]) -> dict[str, int]:
    """The numbers of a report, without its lists."""
    return {name: value for name, value in report.items() if isinstance(value, int)}


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("VABAL_DATABASE_URL", raising=False)
    return write_steel(tmp_path / "steel")


def test_labels_from_a_table_are_written_once(source: Path, tmp_path: Path) -> None:
    bring(source)
    table = tmp_path / "labels.csv"
    table.write_text("\ufefflabel,path,note\nscratches,crazing/0.png,x\ncrazing,scratches/1.png,y\n", encoding="utf-8")
    command = ("label", "--project", "Steel", "--from-csv", table, "--annotator", "Berta")
    assert counts(facts(*command)) == {"labelled": 2, "already": 0, "kept": 0, "left_out": 0}
    assert counts(facts(*command)) == {"labelled": 0, "already": 2, "kept": 0, "left_out": 0}
    ws = workspace.open_workspace()
    rows = workspace.export_rows(ws, workspace.list_projects(ws)[0].id)
    assert [(row.path, row.label, row.annotator) for row in rows] == [
        ("crazing/0.png", "scratches", "Berta"),
        ("scratches/1.png", "crazing", "Berta"),
    ]


def test_an_export_saved_again_by_a_spreadsheet_is_a_table_of_labels(source: Path, tmp_path: Path) -> None:
    for i, name in enumerate(("=cmd", "'=x", "@y")):
        (source / name).mkdir()
        Picture.fromarray(np.full((8, 8), 40 * i, np.uint8)).save(source / name / "-1.png")
    bring(source, labels="use")
    facts("export", "--project", "Steel", "--out", tmp_path / "out.csv")
    bring_again = ("import", source, "--project", "Copy", "--labels", "hide", "--holdout", "0")
    facts(*bring_again)
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as stream:
        rows = [[cell for cell in row if ";" not in cell] for row in csv.reader(stream)]
    text = "\r\n".join(";".join(row) for row in [[cell.title() for cell in rows[0]], *rows[1:]])
    (tmp_path / "saved.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    report = facts("label", "--project", "Copy", "--from-csv", tmp_path / "saved.csv")
    assert counts(report) == {"labelled": 15, "already": 0, "kept": 0, "left_out": 0}


def test_rows_that_do_not_fit_are_listed_and_the_others_are_written(source: Path, tmp_path: Path) -> None:
    bring(source)
    table = tmp_path / "labels.csv"
    lines = [
        "path,label",
        "crazing/0.png,scratches",
        "nowhere.png,crazing",
        "crazing/3.png,rust",
        "crazing/6.png,scratches",
    ]
    table.write_text("\n".join([*lines, "crazing/0.png,crazing"]))
    result = run("label", "--project", "Steel", "--from-csv", table, "--json")
    assert result.exit_code == 1
    assert counts(json.loads(result.stdout)) == {"labelled": 1, "already": 0, "kept": 0, "left_out": 4}
    assert "nowhere.png: no image was imported under this path" in result.stderr
    assert "no class “rust”; it has crazing, scratches" in result.stderr
    assert result.stderr.count("several rows give this image other labels: scratches, crazing") == 2
    assert status()["labels"]["pool"] == 1, "nobody knows which of two labels is right"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"path\na\n", "no column 'label'; it holds: path"),
        (b"path,note\na,b\n", "which column names the class? It could be “note”"),
        (b"path,label\n\x81,b\n", "UTF-8"),
        (None, "cannot be read"),
    ],
)
def test_a_table_that_will_not_do_is_said_in_words(
    source: Path, tmp_path: Path, content: bytes | None, words: str
) -> None:
    bring(source)
    if content is not None:
        (tmp_path / "labels.csv").write_bytes(content)
    result = run("label", "--project", "Steel", "--from-csv", tmp_path / "labels.csv")
    assert result.exit_code == 1
    assert words in result.stderr and result.stderr.count("\n") == 1


def test_several_thousand_rows_that_fit_no_image_are_all_named(source: Path, tmp_path: Path) -> None:
    bring(source)
    lines = [f"coil {number}.png,crazing" for number in range(3_000)]
    (tmp_path / "labels.csv").write_text("\n".join(["filename,defect", *lines]))
    options = ("--from-csv", tmp_path / "labels.csv", "--left-out", tmp_path / "left.csv", "--json")
    report = json.loads(run("label", "--project", "Steel", *options).stdout)
    assert report["left_out"] == len(report["rows_left_out"]) == 3_000
    with (tmp_path / "left.csv").open(encoding="utf-8-sig", newline="") as table:
        assert [row["path"] for row in csv.DictReader(table)] == [row["path"] for row in report["rows_left_out"]]
    assert "“filename” names the image, “defect” its class" in report["doubts"][0]


def picture(file: Path, seed: int) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    Picture.fromarray(np.random.default_rng(seed).integers(0, 255, (8, 8), np.uint8)).save(file, "PNG")
    return file


def labels(project: str = "Steel") -> dict[str, tuple[str, str]]:
    ws = workspace.open_workspace()
    rows = workspace.export_rows(ws, workspace.find_project(ws, project).id)
    return {row.path: (row.label, row.annotator) for row in rows}


def test_paths_are_understood_however_they_are_written(source: Path, tmp_path: Path) -> None:
    bring(source)
    table = source / "labels.csv"
    paths = ("crazing\\0.png", "./crazing/3.png", "crazing//6.png", str((source / "crazing/9.png").resolve()))
    table.write_text("path,label\n" + "".join(f"{path},scratches\n" for path in paths), encoding="utf-8")
    assert facts("label", "--project", "Steel", "--from-csv", table)["labelled"] == 4
    assert set(labels()) == {f"crazing/{i}.png" for i in (0, 3, 6, 9)}


def test_an_older_table_does_not_put_back_what_a_person_has_corrected(source: Path, tmp_path: Path) -> None:
    bring(source, labels="use")
    facts("export", "--project", "Steel", "--out", tmp_path / "export.csv")
    (tmp_path / "monday.csv").write_text("path,label\ncrazing/0.png,crazing\ncrazing/3.png,crazing\n")
    (tmp_path / "tuesday.csv").write_text("path,label\ncrazing/0.png,scratches\n")
    facts("label", "--project", "Steel", "--from-csv", tmp_path / "tuesday.csv", "--annotator", "B. Person")
    for table, already in (("monday.csv", 1), ("export.csv", 11)):
        again = run("label", "--project", "Steel", "--from-csv", tmp_path / table, "--json")
        assert counts(json.loads(again.stdout)) == {"labelled": 0, "already": already, "kept": 1, "left_out": 0}
        assert (
            "kept: crazing/0.png: label “scratches”, decided by a person later, here, “crazing” there" in again.stderr
        )
        assert labels()["crazing/0.png"] == ("scratches", "B. Person")
    command = ("label", "--project", "Steel", "--from-csv", tmp_path / "monday.csv", "--apply-changes", "all")
    assert facts(*command)["labelled"] == 1
    assert labels()["crazing/0.png"] == ("crazing", "command line")


def test_a_table_that_knows_when_its_labels_were_given_replaces_older_ones(source: Path, tmp_path: Path) -> None:
    bring(source)
    (tmp_path / "first.csv").write_text("path,label\ncrazing/0.png,scratches\ncrazing/3.png,scratches\n")
    facts("label", "--project", "Steel", "--from-csv", tmp_path / "first.csv", "--annotator", "Ann")
    (tmp_path / "times.csv").write_text(
        "path,label,labelled_at\ncrazing/0.png,crazing,2999-01-01T00:00:00\ncrazing/3.png,crazing,1999-01-01T00:00:00\n"
    )
    assert facts("label", "--project", "Steel", "--from-csv", tmp_path / "times.csv")["kept"] == 1
    assert {path: label for path, (label, _) in labels().items()} == {
        "crazing/0.png": "crazing", "crazing/3.png": "scratches"
    }  # fmt: skip


def test_a_table_may_make_the_classes_that_are_missing(source: Path, tmp_path: Path) -> None:
    bring(source, labels="ignore")
    (tmp_path / "labels.csv").write_text("path;label\ncrazing/0.png;Pits\ncrazing/3.png;pits\n", encoding="utf-16")
    refused = run("label", "--project", "Steel", "--from-csv", tmp_path / "labels.csv", "--json")
    assert (refused.exit_code, json.loads(refused.stdout)["left_out"]) == (1, 2)
    command = ("label", "--project", "Steel", "--from-csv", tmp_path / "labels.csv", "--create-classes")
    assert facts(*command)["labelled"] == 2
    assert {label for label, _ in labels().values()} == {"Pits"}


def test_images_of_the_same_name_are_told_apart_by_an_own_export(source: Path, tmp_path: Path) -> None:
    for day in (1, 2):
        for i in range(3):
            picture(tmp_path / f"day{day}" / f"{i}.png", 100 * day + i)
        facts("import", tmp_path / f"day{day}", "--project", "Steel", "--holdout", "0")
        table = tmp_path / f"day{day}" / "labels.csv"
        table.write_text("path,label\n" + "".join(f"{i}.png,day {day}\n" for i in range(3)))
        assert facts("label", "--project", "Steel", "--from-csv", table, "--create-classes")["labelled"] == 3
    facts("export", "--project", "Steel", "--out", tmp_path / "out.csv")
    assert facts("label", "--project", "Steel", "--from-csv", tmp_path / "out.csv")["already"] == 6
    for day in (1, 2):
        facts("import", tmp_path / f"day{day}", "--project", "Copy", "--holdout", "0")
    command = ("label", "--project", "Copy", "--from-csv", tmp_path / "out.csv", "--create-classes")
    assert facts(*command)["labelled"] == 6


def test_a_table_beside_other_pictures_of_the_same_names_labels_none(source: Path, tmp_path: Path) -> None:
    bring(source)
    picture(tmp_path / "other" / "crazing" / "0.png", 77)
    (tmp_path / "other" / "labels.csv").write_text("path,label\ncrazing/0.png,scratches\n")
    result = run("label", "--project", "Steel", "--from-csv", tmp_path / "other" / "labels.csv")
    assert result.exit_code == 1 and "the picture that the row names is none of the project's" in result.stderr
    assert labels() == {}


def test_an_export_made_before_a_class_was_renamed_still_means_it(source: Path, tmp_path: Path) -> None:
    bring(source, labels="use")
    facts("export", "--project", "Steel", "--out", tmp_path / "out.csv")
    ws = workspace.open_workspace()
    project = workspace.find_project(ws, "Steel")
    workspace.rename_class(ws, workspace.STUDIO, workspace.classes(ws, project.id)[0].id, "Cracks")
    picture(source / "crazing" / "new.png", 99)
    assert facts("label", "--project", "Steel", "--from-csv", tmp_path / "out.csv")["already"] == 12
    bring(source, labels="use")
    assert [each.name for each in workspace.classes(ws, project.id)] == ["Cracks", "scratches"]
    assert labels()["crazing/new.png"] == ("Cracks", "import")


@pytest.mark.parametrize("table", ["beside", "apart", "own export", "by content"])
def test_a_label_is_held_back_from_an_image_whose_file_has_changed(source: Path, tmp_path: Path, table: str) -> None:
    bring(source)
    whole = {
        path: hashlib.sha256((source / path).read_bytes()).hexdigest() for path in ("crazing/0.png", "crazing/3.png")
    }
    folder = source if table == "beside" else tmp_path
    header, cells = "path,label", "{0},scratches"
    if table == "by content":
        header, cells = "path,label,fingerprint", "{0},scratches,{1}"
    if table == "own export":
        header, cells = "path,label,annotator,fingerprint", "other name of {0},scratches,Ann,{1}"
    lines = [cells.format(path, content) for path, content in whole.items()]
    (folder / "labels.csv").write_text("\n".join([header, *lines]))
    picture(source / "crazing" / "0.png", 5)
    result = run("label", "--project", "Steel", "--from-csv", folder / "labels.csv", "--json")
    assert counts(json.loads(result.stdout)) == {"labelled": 1, "already": 0, "kept": 0, "left_out": 1}
    (row,) = json.loads(result.stdout)["rows_left_out"]
    assert row["path"].endswith("crazing/0.png") and row["reason"] == "the file has changed since it was imported"
    assert list(labels()) == ["crazing/3.png"]


def test_lines_of_json_from_an_export_are_a_table_of_labels(source: Path, tmp_path: Path) -> None:
    bring(source, labels="use")
    facts("export", "--project", "Steel", "--out", tmp_path / "out.jsonl", "--format", "jsonl")
    facts("import", source, "--project", "Copy", "--labels", "hide", "--holdout", "0")
    report = facts("label", "--project", "Copy", "--from-csv", tmp_path / "out.jsonl")
    assert counts(report)["labelled"] == len(labels("Steel")) and counts(report)["left_out"] == 0
