"""What is not read says what to do instead."""

from pathlib import Path

import pytest
from annotated import write_images
from command_line import facts

from vabal_core.images.ingest.layout_words import layout_words
from vabal_core.images.ingest.sources import scan
from vabal_core.images.unreadable import refusal
from vabal_core.types import Layout, StudioError


@pytest.mark.parametrize(
    "name, words",
    [("x.7z", "unpack it"), ("x.rar", "unpack it"), ("x.xls", "save it as .xlsx"), ("x.ods", "save it as .xlsx")],
)
def test_a_source_that_is_not_read_says_what_to_give_instead(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / name).write_bytes(b"x" * 100)
    with pytest.raises(StudioError, match=f"cannot import {name}: {words}.*a ZIP, a TAR"):
        list(scan(tmp_path / name))


@pytest.mark.parametrize(
    "start, words",
    [
        (b"7z\xbc\xaf", "unpack it and import the folder"),
        (b"Rar!\x1a\x07", "unpack it and import the folder"),
        (b"PK\x03\x04" + bytes(26) + b"pictures/a.png", "ZIP and TAR are read"),
        (b"PK\x03\x04" + bytes(26) + b"xl/workbook.xml", "a table of labels: import it by itself"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "save it as .xlsx"),
    ],
)
def test_a_file_in_a_folder_that_is_no_image_says_what_to_do(start: bytes, words: str) -> None:
    assert words in refusal(start + bytes(100))


def test_lock_files_are_strays_and_numbers_are_called_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    write_images(tmp_path / "set", *(f"{grade}/{number}.png" for grade in range(4) for number in range(3)))
    (tmp_path / "set/~$labels.xlsx").write_bytes(b"x" * 165)
    report = facts("import", tmp_path / "set", "--project", "Steel")
    assert [problem["reason"].split(":")[0] for problem in report["left_out"]][:1] == ["stray file"]
    assert "('0', '1', '2', ...) are called by numbers" in report["doubts"][0]


def test_labels_of_annotations_are_told_as_such() -> None:
    bare = Layout(class_from="none")
    assert layout_words(bare)["labels"] == "none from folders or names"
    assert layout_words(bare, "YOLO")["labels"] == "of YOLO; none from folders or names"
