"""Experiments of a project: real processes that are killed, stopped and resumed, and what is refused in words."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pandas as pd
import pytest
from filelock import FileLock
from project_experiments import SIZE, play_at_once, project_of, read_all, replayable, start
from workspaces import ANN, Filled, label

from vabal_core import workspace
from vabal_core.experiment import background
from vabal_core.experiment.results import read_rows
from vabal_core.store import projects
from vabal_core.types import Busy, NotFound, StudioError
from vabal_core.workspace import experiment_folder, experiments, new_experiment
from vabal_core.workspace.experiment_folder import experiments_folder

SLOW = {"vae_least_steps": 400, "vae_warm_steps": 400, "draws": 4, "coarse_draws": 0}
PATIENCE = 120.0  # seconds; a process starts in a few on an idle machine


@pytest.fixture
def project(tmp_path: Path) -> Filled:
    project = replayable(tmp_path)
    read_all(project)
    return project


def folder(project: Filled, number: int = 1) -> Path:
    return experiments_folder(project.ws, project.project_id) / str(number)


def progress(project: Filled, number: int = 1) -> workspace.ExperimentProgress:
    return workspace.experiment_progress(project.ws, project.project_id, number)


def wait(project: Filled, *states: str, rounds: int = 0) -> workspace.ExperimentProgress:
    deadline = time.monotonic() + PATIENCE
    while (now := progress(project)).state not in states or now.rounds_done < rounds:
        assert time.monotonic() < deadline, now
        assert now.state in ("running", "stopping"), now
        time.sleep(0.05)
    return now


def logged(project: Filled) -> list[str]:
    """What the log has of experiments, the newest first."""
    rows = workspace.read_trail(project.ws, ANN, project.project_id, "project", workspace.LogFilter())
    return [row.action.removeprefix("experiment ") for row in rows if row.action.startswith("experiment")]


def test_killed_stopped_and_resumed_it_comes_to_its_end_and_plays_no_round_twice(project, monkeypatch):
    monkeypatch.setattr(experiments, "GIVE_WAY", False)  # beside other tests it would never have its turn
    start(project, ("random", "vabal_plus"), overrides=SLOW)
    wait(project, "running", rounds=4)
    os.kill(json.loads((folder(project) / background.DRIVER).read_text())["pid"], signal.SIGKILL)
    killed = wait(project, "stopped")
    assert "Its process ended before its time" in killed.message and 4 <= killed.rounds_done < 12
    before = read_rows(folder(project))

    workspace.resume_experiment(project.ws, ANN, project.project_id, 1)
    wait(project, "running", rounds=len(before) + 1)
    workspace.stop_experiment(project.ws, ANN, project.project_id, 1)
    assert progress(project).state in ("stopping", "stopped")
    stopped = wait(project, "stopped")
    assert stopped.message == "Stopped by ann." and stopped.seconds_left is None
    assert "`random`" in (folder(project) / "report.md").read_text(encoding="utf-8")

    workspace.resume_experiment(project.ws, ANN, project.project_id, 1)
    with pytest.raises(Busy, match="Experiment 1 of Steel is under way"):
        start(project)
    assert wait(project, "done").runs_done == 4
    table = pd.read_parquet(workspace.results_file(project.ws, ANN, project.project_id, 1))
    key = ["strategy", "seed", "round"]
    played = table.merge(before, on=key, suffixes=("", "_before"))
    assert len(table) == 12 and (played["seconds_fit"] == played["seconds_fit_before"]).all()
    assert logged(project) == ["started", "stopped", "started", "started"], "the newest first"


def test_a_process_that_has_got_the_number_of_one_long_gone_is_not_stopped(tmp_path: Path):
    with (
        subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other,
        FileLock(tmp_path / background.LOCK),
    ):
        (tmp_path / background.DRIVER).write_text(json.dumps({"pid": other.pid}))
        assert background.is_running(tmp_path)
        background.stop(tmp_path)
        other.communicate(b"go on")
    assert other.returncode == 0


def test_a_source_that_is_gone_is_said_and_can_be_put_back(project, monkeypatch):
    monkeypatch.setattr(experiments, "GIVE_WAY", False)
    source = workspace.ExperimentSource(
        kind="path", name="away", spec="/nowhere/away", class_counts={"a": 40, "b": 40}, test=None
    )
    workspace.start_experiment(project.ws, ANN, project.project_id, source, strategies=("random",), size=SIZE)
    assert "There is no source '/nowhere/away'" in wait(project, "failed").message


def test_an_experiment_that_was_played_to_its_end_is_told_of(project, monkeypatch):
    play_at_once(monkeypatch)
    assert [start(project), start(project, ("random",))] == [1, 2]
    newest, oldest = workspace.list_experiments(project.ws, project.project_id)
    assert (newest.number, newest.state, newest.runs_done, newest.runs) == (2, "done", 2, 2)
    assert oldest.request.person == "ann" and oldest.request.class_counts == {
        "crazing": 36, "inclusion": 18, "scratches": 6,
    }  # fmt: skip
    assert oldest.request.pool == 80 and oldest.request.test is None
    assert progress(project).rounds_done == progress(project).rounds == 12


def test_no_image_is_read_that_the_project_has_read_at_whatever_side(tmp_path, monkeypatch):
    project = replayable(tmp_path)
    workspace.update_settings(project.ws, ANN, project.project_id, side=96)
    read_all(project)
    play_at_once(monkeypatch)
    start(project)
    assert progress(project).state == "done", "the image files do not exist: they were not opened"


def test_a_removed_experiment_is_gone_and_its_number_shows_nothing_of_it(project, monkeypatch):
    play_at_once(monkeypatch)
    start(project)
    assert len(workspace.read_findings(project.ws, project.project_id, 1).summary.strategies) == 2
    workspace.remove_experiment(project.ws, ANN, project.project_id, 1)
    assert workspace.list_experiments(project.ws, project.project_id) == []
    for verb in (workspace.remove_experiment, workspace.resume_experiment, workspace.stop_experiment):
        with pytest.raises(NotFound, match="no experiment 1 in this project any more"):
            verb(project.ws, ANN, project.project_id, 1)
    assert start(project, ("random",)) == 1
    assert workspace.read_findings(project.ws, project.project_id, 1).summary.strategies == ("random",)
    assert logged(project) == ["started", "removed", "started"]


def test_one_that_runs_is_not_removed(project, monkeypatch):
    play_at_once(monkeypatch)
    start(project)
    monkeypatch.setattr(background, "is_running", lambda out: True)
    with pytest.raises(Busy, match="stop it first"):
        workspace.remove_experiment(project.ws, ANN, project.project_id, 1)
    assert folder(project).exists()


def test_none_is_removed_while_somebody_starts_or_resumes_one(project, monkeypatch):
    play_at_once(monkeypatch)
    start(project)
    monkeypatch.setattr(experiment_folder, "SECONDS_FOR_START", 0.05)
    with FileLock(project.ws.data_dir / "experiments.lock"), pytest.raises(Busy, match="starting or removing"):
        workspace.remove_experiment(project.ws, ANN, project.project_id, 1)
    assert folder(project).exists()


def test_of_two_people_who_start_at_once_one_is_told_to_wait(project, monkeypatch):
    started: list[Path] = []
    monkeypatch.setattr(background, "start", lambda out, *_places, **_how: started.append(out))
    monkeypatch.setattr(background, "is_running", lambda out: out in started)
    barrier, answers = threading.Barrier(2), []

    def press() -> None:
        barrier.wait()
        try:
            answers.append(start(project))
        except Busy as error:
            answers.append(str(error))

    people = [threading.Thread(target=press) for _ in range(2)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    number, refusal = sorted(answers, key=str)
    assert number == 1 and refusal.startswith("Experiment 1 of Steel is under way. Wait until it is done or stop it")
    assert len(workspace.list_experiments(project.ws, project.project_id)) == 1


def test_a_full_disk_is_said_before_anything_is_written(project, monkeypatch):
    usage = shutil.disk_usage(project.ws.data_dir)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=30 * 2**20))
    with pytest.raises(StudioError, match="needs 200 MB on the disk .* and 30 MB are free"):
        start(project)
    assert not folder(project).exists()


def test_a_disk_that_fills_up_meanwhile_leaves_no_half_experiment(project, monkeypatch):
    def full(*_what: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(new_experiment, "write_plan", full)
    with pytest.raises(StudioError, match="cannot be written in .*: No space left on device"):
        start(project)
    assert not folder(project).exists() and workspace.list_experiments(project.ws, project.project_id) == []


def test_one_that_died_on_a_full_disk_says_so(project, monkeypatch):
    monkeypatch.setattr(background, "start", lambda *_places, **_how: None)
    start(project)
    usage = shutil.disk_usage(project.ws.data_dir)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=0))
    assert "no room left on the disk" in progress(project).message


def test_a_process_that_ends_at_once_leaves_no_experiment_and_its_last_word(project, monkeypatch):
    monkeypatch.setattr(background.sys, "executable", shutil.which("false"))
    with pytest.raises(StudioError, match="process ended at once: it left no word"):
        start(project)
    assert not folder(project).exists()
    assert logged(project) == ["removed", "started"]


def test_what_the_log_cannot_tell_is_not_done(project, monkeypatch):
    monkeypatch.setattr(background, "start", lambda *_places, **_how: None)
    start(project)

    def full(*_what: object, **_more: object) -> None:
        raise StudioError("the disk is full")

    monkeypatch.setattr(experiments, "log_change", full)
    monkeypatch.setattr(background, "start", lambda *_places, **_how: pytest.fail("it was started"))
    for verb in (workspace.remove_experiment, workspace.resume_experiment):
        with pytest.raises(StudioError, match="the disk is full"):
            verb(project.ws, ANN, project.project_id, 1)
    with pytest.raises(StudioError, match="the disk is full"):
        start(project)
    assert [listed.number for listed in workspace.list_experiments(project.ws, project.project_id)] == [1]


def test_a_project_that_is_gone_is_said(project):
    source = workspace.label_source(project.ws, project_of(project))
    with pytest.raises(NotFound, match="This project is gone"):
        workspace.start_experiment(project.ws, ANN, 99, source, strategies=("random",), size=SIZE)


def test_an_experiment_whose_project_is_gone_still_keeps_others_from_starting(project, monkeypatch):
    play_at_once(monkeypatch)
    start(project)
    monkeypatch.setattr(background, "is_running", lambda out: True)
    monkeypatch.setattr(experiments, "list_projects", lambda ws: [])
    assert workspace.running_experiment(project.ws) == ("a project that was deleted", 1)
    assert projects.all_projects(project.ws.engine), "the test only says so"


def test_runs_that_have_failed_are_told_with_their_reason(project, monkeypatch):
    play_at_once(monkeypatch)
    start(project, size=workspace.ExperimentSize(initial=48, batch=1, rounds=0, repetitions=1))
    now = progress(project)
    assert now.state == "failed" and now.message.startswith("2 of 2 runs have failed. The first: The experiment starts")
    assert set(now.failures) == {("random", 0), ("margin", 0)}


def test_more_labels_than_there_are_images_are_refused(project):
    with pytest.raises(StudioError, match="6 labels and 9 rounds of 5 more are 51, and Steel has 48 images"):
        start(project, size=workspace.ExperimentSize(initial=6, batch=5, rounds=9))
    assert not folder(project).exists()


def test_a_label_given_while_it_runs_does_not_change_it(project, monkeypatch):
    play_at_once(monkeypatch)
    start(project)
    project.record(label(project.pool[70], project.class_ids[0]))
    assert sum(workspace.list_experiments(project.ws, project.project_id)[0].request.class_counts.values()) == 60
