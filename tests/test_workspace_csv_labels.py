"""Labels from a table, on the command line: what another tool or an earlier export knows."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from command_line import bring, facts, run, status, write_steel
from PIL import Image as Picture

from vabal_core import workspace


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
    assert facts(*command) == {"labelled": 2, "already": 0, "left_out": 0}
    assert facts(*command) == {"labelled": 0, "already": 2, "left_out": 0}
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
    assert report == {"labelled": 15, "already": 0, "left_out": 0}


def test_rows_that_do_not_fit_are_listed_and_the_others_are_written(source: Path, tmp_path: Path) -> None:
    bring(source)
    table = tmp_path / "labels.csv"
    lines = ["path,label", "crazing/0.png,scratches", "nowhere.png,crazing", "crazing/3.png,rust"]
    table.write_text("\n".join([*lines, "crazing/0.png,crazing"]))
    result = run("label", "--project", "Steel", "--from-csv", table, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {"labelled": 1, "already": 0, "left_out": 3}
    assert "nowhere.png: no image was imported under this path" in result.stderr
    assert "no class 'rust'; it has crazing, scratches" in result.stderr
    assert "earlier row gives this image another label" in result.stderr
    assert status()["labels"]["pool"] == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"path,class\na,b\n", "no column 'label'"),
        (b"path,label\n\xff\xfe,b\n", "UTF-8"),
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
