"""Two servers on one database, each with a data folder of its own: whose round lives is told by its heartbeat."""

import socket
from datetime import UTC, datetime

import pytest
from long_work import finish
from ui_projects import TINY, learnable
from workspaces import ANN, fall_silent, start_row

from vabal_core import workspace
from vabal_core.store import rounds as rows
from vabal_core.types import Busy
from vabal_core.workspace import round_process
from vabal_core.workspace.round_driver import driver_name
from vabal_core.workspace.round_process import driver_lock


@pytest.fixture
def steel(tmp_path, shared_learner):
    return learnable(tmp_path)


@pytest.fixture
def elsewhere(steel, tmp_path):
    """The same database, opened by a server with another data folder."""
    ws, _ = steel
    return workspace.open_workspace(tmp_path / "elsewhere", ws.engine.url.render_as_string(hide_password=False))


def states(ws, project):
    return [round_.state for round_ in workspace.list_rounds(ws, project)]


def test_a_living_round_of_another_server_is_left_alone_and_no_second_one_starts(steel, elsewhere):
    ws, project = steel
    start_row(elsewhere, project, driver=driver_name(elsewhere))
    assert workspace.recover(ws) == 0
    with pytest.raises(Busy, match="Round 1 is still running"):
        workspace.start_round(ws, ANN, project, overrides=TINY)
    assert workspace.follow_round(ws, project).round.number == 1
    assert states(ws, project) == ["running"]


def test_a_silent_round_of_another_server_is_interrupted_and_the_next_one_starts(steel, elsewhere):
    ws, project = steel
    fall_silent(ws, start_row(elsewhere, project, driver=driver_name(elsewhere)))
    assert workspace.recover(ws) == 1
    (interrupted,) = workspace.list_rounds(ws, project)
    assert interrupted.state == "interrupted"
    assert f"{socket.gethostname()}, has not been heard of for 60 s" in interrupted.message
    assert finish(workspace.run_round(ws, ANN, project, overrides=TINY))[0].state == "done"


def test_whoever_follows_a_round_of_another_server_sees_that_it_fell_silent(steel, elsewhere):
    ws, project = steel
    fall_silent(ws, start_row(elsewhere, project, driver=driver_name(elsewhere)))
    assert workspace.follow_round(ws, project) is None
    assert states(ws, project) == ["interrupted"]


def test_a_round_of_the_same_folder_is_judged_by_its_lock_however_old_its_heartbeat(steel):
    ws, project = steel
    round_ = start_row(ws, project, driver=driver_name(ws))
    with driver_lock(ws, project):
        fall_silent(ws, round_)
        assert workspace.recover(ws) == 0
        assert workspace.follow_round(ws, project) is not None
    rows.write_heartbeat(ws.engine, round_.id)
    assert workspace.recover(ws) == 1, "nobody holds the lock: its process is gone, a moment after its heartbeat"
    assert states(ws, project) == ["interrupted"]


def test_a_round_made_before_drivers_were_kept_is_judged_by_the_lock(steel):
    ws, project = steel
    start_row(ws, project, driver=None)
    with driver_lock(ws, project):
        assert workspace.recover(ws) == 0
    assert workspace.recover(ws) == 1


def test_a_round_is_started_with_its_driver_and_a_heartbeat(steel):
    ws, project = steel
    round_, _ = finish(workspace.run_round(ws, ANN, project, overrides=TINY))
    assert round_.driver == driver_name(ws)
    assert round_.heartbeat_at.tzinfo is UTC and round_.heartbeat_at <= datetime.now(UTC)


def test_a_round_that_another_server_ended_is_not_finished_by_its_old_driver(steel, elsewhere, monkeypatch):
    ws, project = steel
    read_result = round_process.read_result

    def taken_over(folder):
        fall_silent(ws, workspace.list_rounds(ws, project)[0])
        assert workspace.recover(elsewhere) == 1
        return read_result(folder)

    monkeypatch.setattr(round_process, "read_result", taken_over)
    round_, _ = finish(workspace.run_round(ws, ANN, project, overrides=TINY))
    assert round_.state == "interrupted" and "has not been heard of" in round_.message
    assert rows.last_done(ws.engine, project) is None


def test_a_driver_is_told_by_its_host_and_its_data_folder(steel, elsewhere, monkeypatch):
    ws, _ = steel
    name = driver_name(ws)
    assert name == driver_name(workspace.open_workspace(ws.data_dir)), "also after a restart"
    assert driver_name(elsewhere) != name
    monkeypatch.setattr(socket, "gethostname", lambda: "copy-of-the-plant-pc")
    assert driver_name(ws) != name
