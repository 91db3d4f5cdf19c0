"""How a round gets on, and how long it is expected to take: told by phase, and in words."""

import pytest
from long_work import finish
from ui_projects import TINY, learnable
from workspaces import ANN, start_row

from vabal_core import workspace
from vabal_core.store import rounds as rows
from vabal_core.store.round_events import append_event
from vabal_core.types import Progress
from vabal_core.workspace import round_progress


@pytest.fixture
def steel(tmp_path, shared_learner):
    return learnable(tmp_path)


def test_progress_tells_phase_epoch_share_and_losses(steel):
    ws, project = steel
    assert workspace.follow_round(ws, project) is None
    round_ = start_row(ws, project)
    append_event(ws.engine, round_.id, Progress("train", 5, 10, epoch=1, epochs=2, metrics={"loss": 1.5}))
    append_event(ws.engine, round_.id, Progress("train", 10, 10, epoch=2, epochs=2, metrics={"loss": 0.5}))
    progress = workspace.follow_round(ws, project)
    assert (progress.phase, progress.event.epoch, progress.losses) == ("train", 2, (1.5, 0.5))
    assert progress.fraction == pytest.approx(round_progress.PHASES["decode"] + round_progress.PHASES["train"])
    assert progress.seconds_left >= 0


def test_a_round_that_waits_until_the_images_are_read_promises_no_end(steel):
    ws, project = steel
    round_ = start_row(ws, project, learning="frozen", weights="imagenet")
    append_event(ws.engine, round_.id, Progress("features", message="The images are being read just now."))
    progress = workspace.follow_round(ws, project)
    assert (progress.fraction, progress.seconds_left) == (0, None)
    append_event(ws.engine, round_.id, Progress("features", 5, 10))
    progress = workspace.follow_round(ws, project)
    assert progress.fraction == pytest.approx(round_progress.FROZEN_PHASES["features"] / 2)
    assert progress.seconds_left >= 0


def test_the_expected_duration_is_told_in_words(steel, monkeypatch):
    ws, project = steel
    monkeypatch.setattr(round_progress, "devices_so_far", lambda: "CPU (2 threads)")
    assert (
        workspace.expected_duration(ws, project, "paper") == "about 2 minutes on this computer"
    )  # 6 * 200 / 11 + 25 s
    monkeypatch.setattr(round_progress, "devices_so_far", lambda: "NVIDIA H200")
    assert workspace.expected_duration(ws, project, "paper") == "not measured on this machine yet"
    finish(workspace.run_round(ws, ANN, project, overrides=TINY))
    assert "judging by the last one" in workspace.expected_duration(ws, project, "interactive")


def test_a_refresh_with_the_auto_encoder_is_expected_to_take_longer(steel, monkeypatch):
    ws, project = steel
    monkeypatch.setattr(round_progress, "devices_so_far", lambda: "CPU (2 threads)")
    monkeypatch.setattr(round_progress, "_seconds_left", lambda *_: 0.0)
    for strategy, words in (("margin_novel", "about 5 seconds"), ("vabal_plus", "about 15 seconds")):
        workspace.update_settings(ws, ANN, project, strategy=strategy)
        assert workspace.expected_duration(ws, project, "interactive") == f"{words} on this computer"


def test_the_time_that_images_were_read_in_is_not_expected_again(steel, monkeypatch):
    ws, project = steel
    round_ = start_row(ws, project, learning="frozen", weights="imagenet")
    rows.finish_round(ws.engine, round_.id, {"seconds": {"features": 600.0, "head": 8.0, "score": 2.0}}, [])
    monkeypatch.setattr(round_progress, "_seconds_left", lambda *_: 0.0)
    assert workspace.expected_duration(ws, project, "interactive") == "about 10 seconds, judging by the last one"
    monkeypatch.setattr(round_progress, "_seconds_left", lambda *_: 50.0)
    assert workspace.expected_duration(ws, project, "interactive") == "about 60 seconds, judging by the last one"
