"""The command `report`: what it writes, where, and how it ends."""

from pathlib import Path

import pytest
from command_line import bring, facts, run, write_steel


@pytest.fixture(autouse=True)
def steel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    bring(write_steel(tmp_path / "steel"), labels="use")


def test_it_writes_the_file_and_says_how_large_it_is(tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    assert facts("report", "--project", "Steel", "--out", out) == {"file": str(out), "bytes": out.stat().st_size}
    text = out.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>") and "crazing" in text and "command line" in text


def test_it_names_who_makes_it_unless_names_are_left_out() -> None:
    assert "Åsa" in run("report", "--project", "Steel", "--out", "-", "--by", "Åsa").stdout
    assert "Åsa" not in run("report", "--project", "Steel", "--out", "-", "--by", "Åsa", "--no-names").stdout


def test_an_unknown_project_and_a_folder_that_is_not_there_are_one_line_each(tmp_path: Path) -> None:
    for words in (("Brass", tmp_path / "a.html"), ("Steel", tmp_path / "nowhere" / "a.html")):
        result = run("report", "--project", words[0], "--out", words[1])
        assert result.exit_code == 1 and len(result.stderr.splitlines()) == 1
