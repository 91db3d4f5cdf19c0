"""Tables and annotations that somebody made to do harm are refused in words."""

import io
import random
from pathlib import Path

import openpyxl
import pytest

from vabal_core.images.ingest.formats.recognise import load_json
from vabal_core.images.ingest.json_lines import json_lines
from vabal_core.images.ingest.workbook import read_sheets
from vabal_core.types import StudioError

DIGITS = "9" * 5_000  # more than Python reads as a number


@pytest.mark.parametrize(
    ("content", "words"),
    [(f'{{"images": {DIGITS}}}', "a number of more digits"), ('{"a":' * 20_000, "nested too deep"), ("{", "line 1")],
)
def test_annotations_that_python_cannot_hold_are_refused(tmp_path: Path, content: str, words: str) -> None:
    file = tmp_path / "set.json"
    file.write_text(content)
    with pytest.raises(StudioError, match=words):
        load_json(file, "set.json")


@pytest.mark.parametrize(
    ("line", "words"), [(DIGITS, "line 2 has a number of too many digits"), ("[" * 50_000, "line 2 is nested too deep")]
)
def test_a_line_that_python_cannot_hold_is_refused_by_its_number(tmp_path: Path, line: str, words: str) -> None:
    file = tmp_path / "set.jsonl"
    file.write_text(f"{{}}\n{line}\n")
    with pytest.raises(StudioError, match=words):
        list(json_lines(file, "set.jsonl"))


def test_a_workbook_with_any_bytes_changed_is_read_or_refused_in_words() -> None:
    book = openpyxl.Workbook()
    book.active.append(["image", "label"])
    book.active.append(["1.png", "crazing"])
    stream = io.BytesIO()
    book.save(stream)
    refused, rng = 0, random.Random(0)
    for _ in range(60):
        content = bytearray(stream.getvalue())
        for _ in range(5):
            content[rng.randrange(len(content))] = rng.randrange(256)
        try:
            read_sheets(bytes(content), "table.xlsx")
        except StudioError as error:
            assert "is no Excel workbook, or a damaged one" in str(error)
            refused += 1
    assert refused > 20
