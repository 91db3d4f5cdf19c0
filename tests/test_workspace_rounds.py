"""Rounds as a person meets them: started, followed, cancelled, failed, interrupted, started by themselves."""

import threading

import numpy as np
import psutil
import pytest
from long_work import finish
from ui_projects import TINY, learnable
from workspaces import ANN, flag, label, start_row, undo, unsure

from vabal_core import workspace
from vabal_core.loop.resident import IDLE
from vabal_core.store import rounds as rows
from vabal_core.types import StudioError
from vabal_core.workspace import round_process
from vabal_core.workspace.people import ORACLE


@pytest.fixture
def steel(tmp_path, shared_learner):
    return learnable(tmp_path)


def wait_for_threads():
    for thread in threading.enumerate():
        if thread.name.startswith("round-"):
            thread.join(600)  # of a learner that yields to whatever else the machine does


def learners() -> list[psutil.Process]:
    IDLE.end()  # one that another test has left to wait works at nothing
    return [child for child in psutil.Process().children() if "vabal_core.loop" in child.cmdline()]


def test_a_round_ranks_the_unlabelled_images_and_the_queue_follows_it(steel):
    ws, project = steel
    given = workspace.counts(ws, project).pool
    round_, _ = finish(workspace.run_round(ws, ANN, project, overrides=TINY))
    assert (round_.state, round_.number, round_.labelled) == ("done", 1, 6)
    queue = workspace.next_images(ws, project, "ranked", count=10)
    assert [item.rank for item in queue] == [1, 2, 3, 4, 5, 6]
    assert all(item.predicted and item.round == 1 and item.why and item.details for item in queue)
    assert (np.diff([item.score for item in queue]) <= 0).all()
    assert round_.metrics["labelled_counts"] == list(given.values())
    assert np.array(round_.metrics["confusion"]).sum() == 3
    assert round_.metrics["device"] and round_.metrics["versions"]["torch"]


def test_evaluation_images_that_a_round_leaves_out_are_counted(steel):
    ws, project = steel
    first, second, _ = (row.image_id for row in workspace.search_images(ws, project, split="evaluation")[0])
    workspace.record(ws, ANN, project, [flag(first), unsure(second)])
    round_, _ = finish(workspace.run_round(ws, ANN, project, overrides=TINY))
    report = workspace.report_of(round_)
    assert (report.evaluated, report.evaluation_set_aside) == (1, 2)


def test_a_round_learns_from_the_labels_that_stand_when_its_images_have_been_read(steel):
    ws, project = steel
    before = workspace.recent(ws, project, annotator=ORACLE.name)
    work = workspace.run_round(ws, ANN, project, overrides=TINY)
    assert next(work).phase == "decode"
    workspace.record(ws, ANN, project, [undo(given.image_id, given.event_id) for given in before])
    workspace.label_for_me(ws, ANN, project, 4)
    given = workspace.counts(ws, project).pool
    round_, _ = finish(work)
    assert (round_.state, round_.labelled) == ("done", sum(given.values()))
    assert workspace.report_of(round_).labelled_counts == tuple(given.values())
    assert workspace.counts(ws, project).since_round == 0
    queue = workspace.next_images(ws, project, "ranked", count=20)
    assert {decision.image_id for decision in before} & {item.image_id for item in queue if item.rank}


def test_a_round_whose_labels_were_taken_back_while_its_images_were_read_says_what_it_lacks(steel):
    ws, project = steel
    work = workspace.run_round(ws, ANN, project, overrides=TINY)
    next(work)
    labelled, _ = workspace.search_images(ws, project, labelled=True, split="pool")
    workspace.remove_images(ws, ANN, project, [row.image_id for row in labelled])
    round_, _ = finish(work)
    assert round_.state == "failed" and "Labels of 0 different classes so far" in round_.message


def test_labels_given_while_a_round_learns_belong_to_the_next(steel):
    ws, project = steel
    work = workspace.run_round(ws, ANN, project, overrides=TINY)
    while next(work).phase == "decode":
        pass
    workspace.label_for_me(ws, ANN, project, 2)
    round_, _ = finish(work)
    assert round_.labelled == 6
    assert workspace.counts(ws, project).since_round == 2
    assert len(workspace.next_images(ws, project, "ranked", count=10)) == 4


def test_a_round_in_the_background_ends_by_itself(steel):
    ws, project = steel
    started = workspace.start_round(ws, ANN, project, strategy="margin", overrides=TINY)
    assert started.state == "running"
    wait_for_threads()
    assert [r.state for r in workspace.list_rounds(ws, project)] == ["done"]


def test_a_second_round_meanwhile_is_refused(steel):
    ws, project = steel
    work = workspace.run_round(ws, ANN, project, overrides=TINY)
    next(work)
    with pytest.raises(StudioError, match="still running"):
        workspace.start_round(ws, ANN, project)
    work.close()


def test_a_cancelled_round_stops_its_learner_and_keeps_the_ranking_before_it(steel):
    ws, project = steel
    finish(workspace.run_round(ws, ANN, project, overrides=TINY))
    before = workspace.next_images(ws, project, "ranked", count=3)
    workspace.start_round(ws, ANN, project, overrides=TINY | {"epochs": 10_000})
    assert workspace.cancel_round(ws, ANN, project).state == "cancelled"
    wait_for_threads()
    assert learners() == []
    assert [r.state for r in workspace.list_rounds(ws, project)] == ["done", "cancelled"]
    assert workspace.next_images(ws, project, "ranked", count=3) == before
    assert workspace.cancel_round(ws, ANN, project) is None


def test_leaving_a_foreground_round_cancels_it(steel):
    ws, project = steel
    work = workspace.run_round(ws, ANN, project, overrides=TINY | {"epochs": 10_000})
    next(work)
    work.close()
    assert [r.state for r in workspace.list_rounds(ws, project)] == ["cancelled"]
    assert learners() == []


def test_a_failed_round_says_why_and_another_can_be_started(steel, tmp_path):
    ws, project = steel
    failed, _ = finish(workspace.run_round(ws, ANN, project, overrides=TINY | {"weights": str(tmp_path / "absent.pt")}))
    assert failed.state == "failed"
    assert "absent.pt" in failed.message
    assert finish(workspace.run_round(ws, ANN, project, overrides=TINY))[0].state == "done"


def test_an_unexpected_failure_reads_failed_and_not_cancelled(steel, monkeypatch):
    ws, project = steel

    def broken(_folder):
        raise KeyError("rows")

    monkeypatch.setattr(round_process, "read_result", broken)
    workspace.start_round(ws, ANN, project, overrides=TINY)
    wait_for_threads()
    (round_,) = workspace.list_rounds(ws, project)
    assert (round_.state, round_.message) == ("failed", "Unexpected KeyError: 'rows'")


def test_a_round_whose_end_cannot_be_written_does_not_stay_running(steel, monkeypatch):
    ws, project = steel

    def full(*_args, **_more):
        raise StudioError("The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(rows, "finish_round", full)
        patched.setattr(rows, "end_round", full)
        workspace.start_round(ws, ANN, project, overrides=TINY)
        wait_for_threads()
        assert workspace.list_rounds(ws, project)[0].state == "running"
    assert workspace.recover(ws) == 1
    assert workspace.list_rounds(ws, project)[0].state == "interrupted"


def test_a_folder_that_is_gone_fails_the_round_instead_of_ranking_nothing(steel):
    ws, project = steel
    files = [workspace.image_file(ws, row.image_id) for row in workspace.search_images(ws, project, limit=99)[0]]
    for file in files:
        file.unlink()
    round_, _ = finish(workspace.run_round(ws, ANN, project, overrides=TINY))
    assert round_.state == "failed"
    assert "15 of 15 images cannot be read" in round_.message


def test_images_that_are_gone_are_named_and_the_round_goes_on(steel, tmp_path):
    ws, project = steel
    row = workspace.next_images(ws, project, "ranked", count=1)[0]
    gone = workspace.image_file(ws, row.image_id)
    gone.unlink()
    round_, events = finish(workspace.run_round(ws, ANN, project, overrides=TINY))
    assert round_.state == "done"
    assert [str(gone) in event.message for event in events if event.message] == [True]
    assert round_.metrics["unreadable"] == 1
    queue = workspace.next_images(ws, project, "ranked", count=10)
    assert [(item.rank, item.image_id == row.image_id) for item in queue][-1] == (None, True), "unranked, not lost"


def test_a_round_whose_process_is_gone_reads_interrupted_and_a_living_one_is_left_alone(steel):
    ws, project = steel
    start_row(ws, project)  # nobody holds the lock of a process that is gone
    assert workspace.recover(ws) == 1
    assert workspace.list_rounds(ws, project)[-1].state == "interrupted"
    work = workspace.run_round(ws, ANN, project, overrides=TINY)
    next(work)
    assert workspace.recover(ws) == 0
    work.close()


def test_a_new_round_may_start_where_the_one_before_was_interrupted(steel):
    ws, project = steel
    start_row(ws, project)
    assert finish(workspace.run_round(ws, ANN, project, overrides=TINY))[0].state == "done"


def test_a_round_that_starts_while_somebody_labels_here_goes_last_from_its_start(steel, monkeypatch):
    ws, project = steel
    wishes = []

    def full(_folder, **options):
        wishes.append(options["goes_last"])
        raise OSError("No space left")

    monkeypatch.setattr(round_process, "Learner", full)
    for _ in range(2):
        with pytest.raises(StudioError, match="No space left"):
            workspace.start_round(ws, ANN, project)
        workspace.note_labelling_here(ws)
    assert wishes == [False, True]


def test_labels_of_a_class_added_during_a_round_join_the_next(steel):
    ws, project = steel
    work = workspace.run_round(ws, ANN, project, overrides=TINY)
    next(work)
    added = workspace.add_class(ws, ANN, project, "holes")
    item = workspace.next_images(ws, project, "ranked", count=1)[0]
    workspace.record(ws, ANN, project, [label(item.image_id, added.id)])
    assert finish(work)[0].state == "done"
    assert len(finish(workspace.run_round(ws, ANN, project, overrides=TINY))[0].metrics["labelled_counts"]) == 4


def test_a_batch_larger_than_what_is_left_is_refused_and_none_takes_what_is_left(steel):
    ws, project = steel
    with pytest.raises(StudioError, match="batch=7: only 6 images of the pool have no label yet; choose 6 or fewer"):
        workspace.start_round(ws, ANN, project, batch=7, overrides=TINY)
    assert workspace.list_rounds(ws, project) == []
    round_, _ = finish(workspace.run_round(ws, ANN, project, overrides=TINY))
    assert round_.batch == 6
