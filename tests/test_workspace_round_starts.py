"""When a round starts: by itself after so many labels, and what is refused before anything starts."""

import pytest
from long_work import finish
from ui_projects import TINY, learnable
from workspaces import ANN, filled, start_row

from vabal_core import workspace
from vabal_core.store import rounds as rows
from vabal_core.store.projects import merge_settings
from vabal_core.types import Busy, StudioError
from vabal_core.workspace import round_process, rounds


@pytest.fixture
def steel(tmp_path, shared_learner):
    return learnable(tmp_path)


@pytest.mark.parametrize(("preset", "reuse"), [("interactive", True), ("paper", False), ("thorough", False)])
def test_only_for_a_round_of_seconds_a_process_is_kept_waiting(steel, monkeypatch, preset, reuse):
    ws, project = steel
    started = []

    def full(_folder, **options):
        started.append(options["reuse"])
        raise OSError("No space left")

    monkeypatch.setattr(round_process, "Learner", full)
    with pytest.raises(StudioError, match="No space left"):
        workspace.start_round(ws, ANN, project, preset=preset)
    assert started == [reuse]


def test_a_round_that_cannot_start_is_refused_in_words_and_leaves_no_row(tmp_path):
    empty = filled(tmp_path / "data")
    with pytest.raises(StudioError, match="a round needs at least 2. Label some more images"):
        workspace.start_round(empty.ws, ANN, empty.project_id)
    assert "Label some more images" in workspace.why_no_round(empty.ws, empty.project_id)
    assert workspace.list_rounds(empty.ws, empty.project_id) == []


@pytest.mark.parametrize("wrong", [{"strategy": "best"}, {"preset": "fast"}, {"batch": 0}, {"overrides": {"draws": 0}}])
def test_a_wrong_wish_is_refused_before_anything_starts(steel, wrong):
    ws, project = steel
    with pytest.raises(ValueError, match=r"best|fast|batch=0|draws=0"):
        workspace.start_round(ws, ANN, project, **wrong)
    assert workspace.list_rounds(ws, project) == []


def test_a_full_disk_before_a_round_has_begun_is_said_in_words_and_leaves_no_row(steel, monkeypatch):
    ws, project = steel

    def full(_ws):
        raise OSError("No space left on device")

    monkeypatch.setattr(round_process, "driver_name", full)
    with pytest.raises(StudioError, match="could not be prepared: No space left on device. Check the rights"):
        workspace.start_round(ws, ANN, project)
    assert workspace.list_rounds(ws, project) == [] and workspace.recover(ws) == 0
    monkeypatch.setattr(rounds, "driver_lock", lambda *_: full(ws))
    with pytest.raises(StudioError, match="could not be prepared: No space left on device"):
        workspace.start_round(ws, ANN, project)


def test_a_round_starts_by_itself_after_every_n_labels(steel, monkeypatch):
    ws, project = steel
    started = []
    monkeypatch.setattr(rounds, "start_round", lambda ws, actor, project_id, **options: started.append(options))
    assert workspace.start_if_due(ws, project) is None and started == []
    workspace.update_settings(ws, ANN, project, auto_every=7, strategy="margin", batch=3)
    workspace.start_if_due(ws, project)
    assert started == []
    workspace.label_for_me(ws, ANN, project, 1)
    workspace.start_if_due(ws, project)
    assert started == [{"strategy": "margin", "preset": "paper", "trigger": "labels"}]


def test_a_round_starts_by_itself_also_where_another_version_set_a_strategy_unknown_here(steel, monkeypatch):
    ws, project = steel
    started = []
    monkeypatch.setattr(rounds, "start_round", lambda ws, actor, project_id, **settings: started.append(settings))
    merge_settings(ws.engine, project, {"auto_every": 1, "strategy": "of_2031"})
    workspace.start_if_due(ws, project)
    assert started == [{"strategy": "vabal_plus", "preset": "paper", "trigger": "labels"}]


@pytest.mark.parametrize(("state", "follows"), [("done", True), ("failed", False), ("cancelled", False)])
def test_when_a_round_is_done_the_labels_given_meanwhile_start_the_next(steel, monkeypatch, state, follows):
    ws, project = steel
    asked_of = []

    def end(ws, round_):
        rows.finish_round(ws.engine, round_.id, {}, []) if state == "done" else rows.end_round(
            ws.engine, round_.id, state, "It ended."
        )

    monkeypatch.setattr(rounds, "drive_quietly", end)
    monkeypatch.setattr(rounds, "start_if_due", lambda ws, project_id: asked_of.append(project_id))
    rounds._drive_on(ws, start_row(ws, project))
    assert asked_of == [project] * follows


def test_a_round_remembers_whether_it_started_by_itself(steel):
    ws, project = steel
    workspace.update_settings(ws, ANN, project, auto_every=1)
    work = workspace.run_round(ws, ANN, project, overrides=TINY, trigger="labels")
    round_, _ = finish(work)
    assert round_.state == "done" and workspace.starts_by_itself(round_)
    with pytest.raises(Busy, match="has just learned from these labels"):
        finish(workspace.run_round(ws, ANN, project, overrides=TINY, trigger="labels"))
    work = workspace.run_round(ws, ANN, project, overrides=TINY)
    next(work)
    assert [workspace.starts_by_itself(r) for r in workspace.list_rounds(ws, project)] == [True, False]
    work.close()
    assert not workspace.starts_by_itself(start_row(ws, project)), "of a version that did not keep it"


def test_whether_a_round_is_due_is_asked_without_reading_all_rounds(steel, monkeypatch):
    ws, project = steel
    workspace.update_settings(ws, ANN, project, auto_every=7)

    def all_rounds(*_args):
        raise AssertionError("it read all rounds")

    monkeypatch.setattr(rows, "rounds", all_rounds)
    assert workspace.start_if_due(ws, project) is None
