"""What is printed: facts as they are, and never a finished import turned into a failure."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import facts, run
from image_files import write_image

from vabal_core import console, workspace
from vabal_core.types import ImportProblem, Progress, StudioError

NAMES = ("rolled-in_scale", "划痕")


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("VABAL_DATABASE_URL", raising=False)
    for i, name in enumerate(NAMES):
        write_image(tmp_path / "steel" / name / f"{i}.png", seed=i)
    return tmp_path / "steel"


def import_by_process(source: Path, encoding: str, output: int) -> int:
    command = [sys.executable, "-m", "vabal_core", "import", str(source), "--project", "Steel"]
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    return subprocess.run(command, env=environment, stdout=output, stderr=output, check=False).returncode


def imported_classes() -> set[str]:
    ws = workspace.open_workspace()
    return {each.name for each in workspace.classes(ws, workspace.find_project(ws, "Steel").id)}


def test_an_encoding_that_lacks_a_character_does_not_make_a_finished_import_a_failure(
    source: Path, tmp_path: Path
) -> None:
    with (tmp_path / "printed.txt").open("wb") as file:
        assert import_by_process(source, "cp1252", file.fileno()) == 0
    printed = (tmp_path / "printed.txt").read_text(encoding="cp1252")
    assert "rolled-in_scale" in printed and "\\u5212\\u75d5" in printed
    assert imported_classes() == set(NAMES)


def test_a_pipe_that_nobody_reads_any_more_does_not_stop_an_import(source: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    assert import_by_process(source, "utf-8", writer) == 0
    os.close(writer)
    assert imported_classes() == set(NAMES)


def test_facts_name_classes_as_people_wrote_them(source: Path) -> None:
    facts("import", source, "--project", "Steel")
    printed = run("status", "--project", "Steel").stdout
    assert "rolled-in_scale" in printed and "划痕" in printed and "rolled-in scale" not in printed


def test_an_error_is_one_line_with_the_spaces_of_its_names(capsys: pytest.CaptureFixture[str]) -> None:
    console.say_error(StudioError("no class\n   “擦傷\u3000深い  x”"))
    assert capsys.readouterr().err == "no class “擦傷\u3000深い  x”\n"


def test_a_closed_stream_is_left_alone_and_the_other_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stdout", closed)
    console.say("nobody hears it")
    console.say_error(StudioError("this is heard"))
    assert closed.closed and capsys.readouterr().err == "this is heard\n"


def test_of_many_problems_the_first_are_printed_and_the_others_counted(capsys: pytest.CaptureFixture[str]) -> None:
    console.say_problems([ImportProblem(path=f"{i}.png", reason="damaged") for i in range(23)])
    lines = capsys.readouterr().err.splitlines()
    assert (
        lines[0] == "left out: 0.png: damaged" and lines[-1].startswith("left out: 3 more; --json") and len(lines) == 21
    )


def test_progress_is_printed_when_it_has_gone_on_by_a_tenth(capsys: pytest.CaptureFixture[str]) -> None:
    def work():
        for done in range(101):
            yield Progress("read", done, 100)
        return "result"

    assert console.follow(work()) == "result"
    assert len(capsys.readouterr().err.splitlines()) == 11
