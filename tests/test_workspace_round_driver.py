"""Two servers on one database, each with a data folder of its own: whose round lives is told by its heartbeat."""

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from long_work import finish
from ui_projects import TINY, learnable
from workspaces import ANN, fall_silent, start_row

from vabal_core import workspace
from vabal_core.config import preset, to_json
from vabal_core.store import rounds as rows
from vabal_core.types import Busy, StudioError
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


def ended(ws, round_):
    """The round, once its thread has ended it."""
    for thread in threading.enumerate():
        if thread.name == f"round-{round_.id}":
            thread.join()
    return rows.round_by_id(ws.engine, round_.id)


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


def test_a_round_whose_server_died_is_begun_again_by_another_with_its_settings(steel, elsewhere):
    ws, project = steel
    dead = start_row(elsewhere, project, driver=driver_name(elsewhere), **to_json(preset("paper", **TINY)))
    takeover = workspace.Takeover(ws)
    assert takeover.look(0.0) == takeover.look(60.0) == [], "it may live"
    (begun,) = takeover.look(60.1)
    assert ended(ws, begun).state == "done"
    first, again = workspace.list_rounds(ws, project)
    assert first.state == "interrupted" and "No label is lost; another server begins it again." in first.message
    assert (again.strategy, again.batch, again.seed) == (dead.strategy, dead.batch, dead.seed)
    assert again.config == dead.config and again.metrics["trigger"] == "takeover"


def test_of_two_servers_one_alone_takes_a_dead_servers_round_over(steel, elsewhere, tmp_path):
    ws, project = steel
    third = workspace.open_workspace(tmp_path / "third", ws.engine.url.render_as_string(hide_password=False))
    start_row(elsewhere, project, driver=driver_name(elsewhere), **to_json(preset("paper", **TINY)))
    servers = [workspace.Takeover(ws), workspace.Takeover(third)]
    together = Barrier(2)

    def look(takeover):
        takeover.look(0.0)
        together.wait()
        return takeover.look(100.0)

    with ThreadPoolExecutor(2) as pool:
        (begun,) = [round_ for rounds in pool.map(look, servers) for round_ in rounds]
    assert ended(ws, begun).state == "done" and states(ws, project) == ["interrupted", "done"]


def test_a_round_of_a_server_that_is_heard_of_is_its_own_whatever_the_clocks_say(steel, elsewhere):
    ws, project = steel
    round_ = start_row(elsewhere, project, driver=driver_name(elsewhere))
    takeover = workspace.Takeover(ws)
    takeover.look(0.0)
    fall_silent(ws, round_)  # the database's clock was set an hour ahead just after a heartbeat
    assert takeover.look(59.0) == [] and takeover.look(61.0) == []
    rows.write_heartbeat(elsewhere.engine, round_.id)
    assert takeover.look(121.0) == [] and states(ws, project) == ["running"]


def test_a_round_that_was_taken_over_and_dies_again_is_left_to_a_person(steel, elsewhere):
    ws, project = steel
    round_ = start_row(elsewhere, project, driver=driver_name(elsewhere))
    rows.replace_labels(ws.engine, round_.id, class_ids=round_.class_ids, labelled=6, metrics={"trigger": "takeover"})
    takeover = workspace.Takeover(ws)
    takeover.look(0.0)
    assert takeover.look(61.0) == [] and states(ws, project) == ["interrupted"]
    assert workspace.list_rounds(ws, project)[0].message.endswith("start the round again.")


def test_a_round_of_another_server_on_the_same_folder_is_taken_over_as_soon_as_its_lock_is_free(steel):
    ws, project = steel
    start_row(ws, project, driver=driver_name(ws), **to_json(preset("paper", **TINY)))
    takeover = workspace.Takeover(workspace.open_workspace(ws.data_dir))
    with driver_lock(ws, project):
        assert takeover.look(0.0) == takeover.look(100.0) == []
    fresh = workspace.Takeover(workspace.open_workspace(ws.data_dir))
    assert fresh.look(0.0) == fresh.look(9.0) == [], "it may be about to end"
    assert ended(ws, takeover.look(101.0)[0]).state == "done"


def test_a_driver_that_was_taken_for_dead_writes_nothing_when_it_wakes_up(steel, elsewhere):
    ws, project = steel
    round_ = start_row(elsewhere, project, driver=driver_name(elsewhere))
    read = rows.running_rounds(ws.engine)[0]
    rows.write_heartbeat(ws.engine, round_.id)
    fall_silent(ws, round_)
    assert not rows.interrupt_round(ws.engine, read, "gone"), "it was heard of since"
    assert workspace.recover(ws) == 1
    for write in (
        lambda: rows.finish_round(elsewhere.engine, round_.id, {}, []),
        lambda: rows.replace_labels(elsewhere.engine, round_.id, class_ids=(1,), labelled=1, metrics={}),
        lambda: rows.end_round(elsewhere.engine, round_.id, "failed", "late"),
        lambda: rows.while_running(elsewhere.engine, round_.id).__enter__(),
    ):
        with pytest.raises(StudioError, match="Round 1 is interrupted, not running"):
            write()
    rows.write_heartbeat(elsewhere.engine, round_.id)
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
