"""The verbs on a command line: what they print, where, and how they end."""

import codecs
import csv
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import zipfile
from collections.abc import Generator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from command_line import bring, facts, run, status, write_steel
from workspaces import ANN

from vabal_core import workspace
from vabal_core.store.rounds import start_round
from vabal_core.types import Actor, EventKind, LabelEvent, Progress, Round
from vabal_core.ui.signing import read_invitation, secret

VERBS = ("import", "scale", "label", "round", "status", "export", "report", "demo")


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("VABAL_DATABASE_URL", raising=False)
    return tmp_path / "data"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_steel(tmp_path / "steel")


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(verb: str) -> None:
    result = run(verb, "--help")
    assert result.exit_code == 0
    assert "--json" in result.stdout


def test_the_program_starts_without_torch_and_streamlit() -> None:
    code = "import sys, vabal_core.__main__ as m; print({'torch', 'streamlit', 'plotly'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("set()\n", "")


def test_it_runs_as_a_module_facts_on_stdout_and_progress_on_stderr(source: Path) -> None:
    command = [sys.executable, "-W", "error", "-m", "vabal_core", "import", source, "--project", "Steel", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=dict(os.environ))
    assert done.returncode == 0
    assert json.loads(done.stdout)["written"]["labels"] == 12
    assert "read" in done.stderr and "write" in done.stderr
    unknown = [sys.executable, "-W", "error", "-m", "vabal_core", "status", "--project", "Brass"]
    done = subprocess.run(unknown, capture_output=True, text=True, timeout=60, env=dict(os.environ))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "There is no project “Brass”. There are: “Steel”.\n"


def test_a_dry_run_says_what_would_be_and_writes_nothing(source: Path) -> None:
    (source / "broken.png").write_bytes(b"")
    result = run("import", source, "--project", "Steel", "--labels", "use", "--dry-run", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["plan"]["images"] == 12
    assert "left out: broken.png" in result.stderr
    assert workspace.list_projects(workspace.open_workspace()) == []


def test_a_dry_run_of_a_zip_leaves_nothing_unpacked(source: Path, data_dir: Path) -> None:
    archive = shutil.make_archive(str(source), "zip", source)
    assert facts("import", archive, "--project", "Steel", "--dry-run")["plan"]["images"] == 12
    assert [path for path in (data_dir / "projects").rglob("*") if path.is_file()] == []


def test_an_import_without_any_image_has_not_done_what_was_asked(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = run("import", tmp_path / "empty", "--project", "Steel")
    assert result.exit_code == 1
    assert "no image that can be read" in result.stderr


def test_an_import_is_told_in_plain_words_too(source: Path) -> None:
    result = run("import", source, "--project", "Steel")
    assert result.exit_code == 0
    assert "images 12, pool 11, evaluation 1, labels 12" in result.stdout


def test_importing_twice_is_fine_and_says_so(source: Path) -> None:
    assert bring(source)["written"]["images"] == 12
    assert bring(source)["written"] == {
        "images": 0, "pool": 0, "evaluation": 0, "labels": 0, "hidden_labels": 0, "already_present": 12, "from_bin": 0,
        "labels_changed": 0, "splits_changed": 0, "moved": 0, "replaced": 0,
    }  # fmt: skip


def test_status_tells_images_labels_classes_and_rounds(source: Path) -> None:
    bring(source)
    facts("label", "--project", "Steel", "--oracle", 12)
    now = status()
    assert now["images"] == {"pool": 12, "evaluation": 0}
    assert now["labels"] == {"pool": 12, "evaluation": 0}
    assert now["classes"]["scratches"] == {"key": "2", "pool": 8, "evaluation": 0}
    assert (now["labels_since_round"], now["rounds"]) == (12, [])
    assert "rounds: none" in run("status", "--project", "Steel").stdout


def test_status_counts_the_images_that_wait_for_a_review(source: Path) -> None:
    bring(source)
    ws = workspace.open_workspace()
    project_id = workspace.list_projects(ws)[0].id
    kinds: list[EventKind] = ["unsure", "unsure", "flag"]
    items = workspace.next_images(ws, project_id, "ranked", count=3)
    events = [LabelEvent(f"e{i}", items[i].image_id, kind) for i, kind in enumerate(kinds)]
    workspace.record(ws, ANN, project_id, events)
    assert status()["to_review"] == {"unsure": 2, "flagged": 1}
    assert "to review: unsure 2, flagged 1" in run("status", "--project", "Steel").stdout


def test_status_finds_a_round_whose_process_was_killed_interrupted(source: Path) -> None:
    bring(source)
    ws = workspace.open_workspace()
    project_id = workspace.list_projects(ws)[0].id
    facts_: dict[str, Any] = {"strategy": "vabal", "preset": "interactive", "batch": 3, "seed": 0, "config": {}}
    gone = {"process": {"host": socket.gethostname(), "pid": 2**22 + 1, "started": 0.0}}
    start_round(ws.engine, project_id, **facts_, class_ids=[1, 2], labelled=0, metrics=gone)
    assert [round_["state"] for round_ in status()["rounds"]] == ["interrupted"]


def test_the_oracle_labels_as_many_as_asked_or_says_how_many_it_could(source: Path) -> None:
    bring(source)
    assert facts("label", "--project", "Steel", "--oracle", 5)["labelled"] == 5
    result = run("label", "--project", "Steel", "--oracle", 50)
    assert result.exit_code == 1
    assert "Only 7 of 50 labelled" in result.stderr
    assert status()["labels"]["pool"] == 12


def test_random_labels_follow_the_seed(source: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        monkeypatch.setenv("VABAL_DATA_DIR", str(data_dir / name))
        bring(source)
        facts("label", "--project", "Steel", "--oracle", 6, "--random", "--seed", seed)
        ws = workspace.open_workspace()
        drawn.append([row.path for row in workspace.export_rows(ws, workspace.list_projects(ws)[0].id)])
    assert len(drawn[0]) == 6
    assert drawn[0] == drawn[1] != drawn[2]


def test_label_needs_exactly_one_source(source: Path) -> None:
    bring(source)
    assert run("label", "--project", "Steel").exit_code == 2
    assert run("label", "--project", "Steel", "--oracle", 1, "--from-csv", "x.csv").exit_code == 2


def test_an_export_reads_back_and_takes_the_place_of_the_old_file(source: Path, tmp_path: Path) -> None:
    bring(source, labels="use")
    out = tmp_path / "labels.csv"
    out.write_text("old")
    report = facts("export", "--project", "Steel", "--out", out)
    assert report == {"file": str(out), "bytes": out.stat().st_size}
    with out.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["label"] for row in rows] == [Path(row["path"]).parent.name for row in rows]
    assert len(rows) == 12
    result = run("export", "--project", "Steel", "--out", "-")
    assert list(csv.DictReader(io.StringIO(result.stdout, newline=""))) == rows
    assert [file.name for file in tmp_path.iterdir() if file.name.endswith(".part")] == []


def test_an_export_has_the_format_class_split_and_person_asked_for(source: Path, tmp_path: Path) -> None:
    bring(source, labels="use")
    only = ("--class", "CRAZING", "--split", "pool", "--by", "import")
    report = facts("export", "--project", "Steel", "--out", tmp_path / "a.zip", "--format", "imagefolder", *only)
    with zipfile.ZipFile(report["file"]) as archive:
        folders = {Path(name).parent.as_posix() for name in archive.namelist()} - {"."}
    assert folders == {"train/crazing"}
    assert "no class 'x'" in run("export", "--project", "Steel", "--out", "-", "--class", "x").stderr
    report = facts("export", "--project", "Steel", "--out", tmp_path / "a.csv", "--excel", "--manifest")
    assert Path(report["file"]).read_bytes().startswith(codecs.BOM_UTF8) and Path(report["manifest"]).is_file()


def test_an_export_that_lacks_images_says_so(source: Path, tmp_path: Path) -> None:
    bring(source, labels="use")
    next(source.rglob("*.png")).unlink()
    result = run("export", "--project", "Steel", "--out", tmp_path / "a.zip", "--format", "coco")
    assert result.exit_code == 1 and "1 images are not in" in result.stderr and (tmp_path / "a.zip").is_file()


def test_an_export_that_cannot_be_written_is_said_in_words(source: Path, tmp_path: Path) -> None:
    bring(source)
    result = run("export", "--project", "Steel", "--out", tmp_path / "nowhere" / "x.csv")
    assert result.exit_code == 1
    assert "cannot be written" in result.stderr


def ended(state: Any, message: str = "") -> Round:
    now = datetime.now(UTC)
    facts: dict[str, Any] = {"config": {}, "class_ids": (1, 2), "labelled": 5, "metrics": {"balanced_accuracy": 0.5}}
    facts |= {"strategy": "vabal", "preset": "interactive", "batch": 3, "seed": 7, "message": message}
    return Round(id=1, project_id=1, number=1, state=state, started_at=now, finished_at=now, **facts)


def test_a_round_prints_its_progress_and_what_it_measured(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options: dict[str, Any] = {}

    def fake(ws: Any, actor: Actor, project_id: int, **given: Any) -> Generator[Progress, None, Round]:
        options.update(given)
        yield Progress("train", 1, 4, epoch=1, epochs=2, metrics={"loss": 0.25})
        yield Progress("train", 4, 4, epoch=2, epochs=2, metrics={"loss": 0.125})
        return ended("done")

    monkeypatch.setattr(workspace, "run_round", fake)
    bring(source)
    changes = ("--set", "epochs=5", "--set", "stem=3x3")
    result = run("round", "--project", "Steel", "--batch", 3, "--seed", 7, *changes, "--json")
    assert result.exit_code == 0
    assert options.pop("overrides") == {"epochs": 5, "stem": "3x3"}
    assert options == {"strategy": None, "batch": 3, "preset": "interactive", "seed": 7}
    assert json.loads(result.stdout)["metrics"] == {"balanced_accuracy": 0.5}
    assert "train  epoch 2/2  4/4  loss 0.125" in result.stderr


def test_a_round_is_told_in_plain_words_too(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measured = {"balanced_accuracy": 0.5, "losses": [0.5, 0.25], "seconds": {"train": 2.5}, "device": "CPU"}

    def fake(*_: Any, **__: Any) -> Generator[Progress, None, Round]:
        yield Progress("train", 4, 4)
        return replace(ended("done"), metrics=measured)

    monkeypatch.setattr(workspace, "run_round", fake)
    bring(source)
    result = run("round", "--project", "Steel")
    assert (result.exit_code, result.exception) == (0, None)
    for line in ("  balanced accuracy: 0.5", "  losses: 2 values", "  seconds: train 2.5", "  device: CPU"):
        assert line in result.stdout.splitlines()


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_a_round_that_is_not_done_ends_with_its_message(
    source: Path, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    def fake(*_: Any, **__: Any) -> Generator[Progress, None, Round]:
        yield Progress("train", 0, 4)
        return ended(state, "The disk was full.")

    monkeypatch.setattr(workspace, "run_round", fake)
    bring(source)
    result = run("round", "--project", "Steel")
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"Round 1 is {state}: The disk was full." in result.stderr


def test_a_strategy_that_is_unknown_is_said_in_one_line(source: Path) -> None:
    bring(source, labels="use")
    result = run("round", "--project", "Steel", "--strategy", "astrology")
    assert result.exit_code == 1
    assert "astrology" in result.stderr and "Traceback" not in result.stderr


@pytest.mark.parametrize("change", ["epochs", "epochs=many", "colours=1", "score=posterior"])
def test_a_setting_that_will_not_do_is_said_in_one_line(source: Path, change: str) -> None:
    bring(source, labels="use")
    result = run("round", "--project", "Steel", "--set", change)
    assert result.exit_code == 1
    assert change.split("=")[0] in result.stderr and "Traceback" not in result.stderr


def test_the_demo_verb_makes_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    def fake(ws: workspace.Workspace, actor: Actor) -> Generator[Progress, None, Any]:
        yield Progress("draw", 1, 1)
        return workspace.create_project(ws, ANN, "Demo steel (synthetic)", synthetic=True)

    monkeypatch.setattr(workspace, "ensure_demo", fake)
    made = facts("demo")
    assert (made["project"], made["synthetic"]) == ("Demo steel (synthetic)", True)


def test_an_admin_who_forgot_the_password_gets_a_link_on_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VABAL_DATA_DIR", str(tmp_path / "data"))
    ws = workspace.open_workspace()
    ann = workspace.make_account(ws, workspace.STUDIO, "Ann", "labeller")
    workspace.make_account(ws, workspace.STUDIO, "Chief", "admin")
    workspace.disable_account(ws, workspace.STUDIO, ann.id)
    link = run("invite", "ann").stdout.strip().rpartition("link=")[2]
    name, invited_at = read_invitation(secret(ws.data_dir), workspace.database_identity(ws), link)
    made = workspace.accept_invitation(ws, name, invited_at, "correct horse battery")
    assert (made.id, made.role, made.disabled_at) == (ann.id, "admin", None)
