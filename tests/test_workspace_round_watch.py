"""Beside a running round: a cancel, people at the desk, and how little of the processor the learner gets."""

import os
import time

import pytest
from ui_projects import learnable
from workspaces import ANN, fall_silent

from vabal_core import workspace
from vabal_core.store import rounds
from vabal_core.types import StudioError
from vabal_core.workspace import presence, round_watch
from vabal_core.workspace.presence import labelling_here


@pytest.fixture
def steel(tmp_path):
    return learnable(tmp_path)


class Watched:
    """A learner that runs for some looks at it, and writes down what it is told."""

    def __init__(self, looks: int, share: float = 1.0):
        self.looks, self.share = looks, share
        self.gave_way: list[bool] = []
        self.killed = False

    def is_running(self):
        self.looks -= 1
        return self.looks >= 0 and not self.killed

    def give_way(self, everything):
        self.gave_way.append(everything)

    def processor_share(self):
        return self.share

    def kill(self):
        self.killed = True


@pytest.fixture
def started(steel, monkeypatch):
    monkeypatch.setattr(round_watch, "SECONDS_BETWEEN_LOOKS", 0)
    monkeypatch.setattr(round_watch, "SECONDS_BETWEEN_SHARES", 0)
    monkeypatch.setattr(round_watch, "SECONDS_BETWEEN_HEARTBEATS", 0)
    ws, project = steel
    about = {"strategy": "vabal", "preset": "interactive", "batch": 5, "seed": 0, "config": {}, "labelled": 6}
    return rounds.start_round(ws.engine, project, **about, class_ids=(1, 2, 3), metrics={})


def test_a_learner_goes_last_only_while_somebody_labels_on_this_machine(steel, started):
    ws, _ = steel
    learner = Watched(looks=1)
    round_watch.watch(ws, started, learner)
    workspace.note_labelling_here(ws)
    learner.looks = 1
    round_watch.watch(ws, started, learner)
    now = time.time()
    os.utime(ws.data_dir / presence.MARK, (now, now - presence.SECONDS - 1))
    learner.looks = 1
    round_watch.watch(ws, started, learner)
    assert learner.gave_way == [False, True, False]


def test_a_data_folder_that_cannot_be_written_costs_no_label(steel, monkeypatch):
    ws, _ = steel
    (ws.data_dir / presence.MARK).symlink_to(ws.data_dir / "gone" / "mark")
    workspace.note_labelling_here(ws)
    assert not labelling_here(ws)


def test_how_little_of_the_processor_a_round_gets_is_seen_by_whoever_follows_it(steel, started):
    ws, project = steel
    assert workspace.follow_round(ws, project).processor_share == 1
    for share in (0.04, 0.95):
        round_watch.watch(ws, started, Watched(looks=1, share=share))
        assert workspace.follow_round(ws, project).processor_share == share


def test_a_learner_whose_round_was_cancelled_is_killed(steel, started):
    ws, project = steel
    workspace.cancel_round(ws, ANN, project)
    learner = Watched(looks=5)
    round_watch.watch(ws, started, learner)
    assert learner.killed


def test_a_round_under_way_has_a_heartbeat_in_the_database(steel, started):
    ws, project = steel
    silent_since = fall_silent(ws, started)
    round_watch.watch(ws, started, Watched(looks=1))
    assert workspace.list_rounds(ws, project)[0].heartbeat_at > silent_since


def test_a_database_that_is_locked_when_the_heartbeat_is_due_ends_no_round(steel, started, monkeypatch):
    ws, project = steel

    def locked(*_args):
        raise StudioError("Another program kept the database locked.")

    monkeypatch.setattr(rounds, "write_heartbeat", locked)
    learner = Watched(looks=3)
    round_watch.watch(ws, started, learner)
    assert len(learner.gave_way) == 3 and not learner.killed
    assert workspace.list_rounds(ws, project)[0].state == "running"
