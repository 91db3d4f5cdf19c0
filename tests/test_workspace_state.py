"""The one state of a project: what it needs next and what is going on, told in one counted sentence and one action."""

import os
from collections.abc import Generator
from pathlib import Path

import pytest
from workspaces import ANN, Filled, filled, flag, label, skip, unsure

from vabal_core import workspace
from vabal_core.store.database import writing
from vabal_core.store.labels import append_imported
from vabal_core.store.round_events import append_event, append_processor_share
from vabal_core.store.rounds import end_round
from vabal_core.types import Progress
from vabal_core.workspace import Action, ImageReading, ProjectState, round_progress
from vabal_core.workspace.reading_trace import FILE, MAX_SILENT_SECONDS, leaving_a_trace


@pytest.fixture
def project(tmp_path: Path) -> Filled:
    """40 images to learn from, 5 for evaluation; no round starts by itself."""
    project = filled(tmp_path, pool=40)
    workspace.update_settings(project.ws, ANN, project.project_id, auto_every=0, batch=20)
    return project


def state(project: Filled, reading: ImageReading | None = None) -> ProjectState:
    shown = workspace.project_state(project.ws, project.project_id, reading)
    look = workspace.DeskRequest(queue="ranked", count=0, idle=True)
    desk = workspace.at_desk(project.ws, ANN, project.project_id, look)
    at_desk = workspace.state_at_desk(project.ws, desk, reading)
    told = "need", "going_on", "sentence", "goal", "action", "progress", "running", "distrust"
    assert [getattr(at_desk, name) for name in told] == [getattr(shown, name) for name in told]
    return shown


@pytest.fixture(autouse=True)
def followed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(round_progress, "FRESH_SECONDS", -1.0)


def test_desks_ask_once_a_second_how_far_a_round_is(project: Filled, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(round_progress, "FRESH_SECONDS", 3600.0)
    round_ = project.begin_round(Progress("train", 1, 10))
    first = round_progress.follow_lately(project.ws, round_)
    append_event(project.ws.engine, round_.id, Progress("train", 2, 10))
    assert round_progress.follow_lately(project.ws, round_) is first
    monkeypatch.setattr(round_progress, "FRESH_SECONDS", -1.0)
    assert round_progress.follow_lately(project.ws, round_).event.done == 2


def test_a_project_without_images_needs_images_first(tmp_path: Path):
    ws = workspace.open_workspace(tmp_path)
    empty = workspace.create_project(ws, ANN, "Empty")
    shown = workspace.project_state(ws, empty.id)
    add = Action(label="Add images", page="data", right="import")
    assert (shown.need, shown.going_on, shown.action) == ("images", "nothing", add)


def test_where_all_images_are_for_evaluation_there_is_none_to_learn_from(tmp_path: Path):
    only = filled(tmp_path, pool=0, evaluation=5)
    assert state(only).need == "images" and "All 5 images are set aside" in state(only).sentence


def test_a_project_with_one_class_needs_another(project: Filled):
    for class_id in project.class_ids[1:]:
        workspace.remove_class(project.ws, ANN, class_id)
    assert state(project).need == "classes" and "one class" in state(project).sentence
    assert state(project).action.query == {"classes": "open"}, "the menu in which they are made"


def test_labels_are_counted_until_two_classes_have_five_each(project: Filled):
    project.give(7, 2)
    shown = state(project)
    assert shown.need == "labels" and shown.action == Action(label="Label images", page="label")
    assert shown.sentence.startswith("9 labels given: 3 more, 5 of each of two classes")
    project.give(0, 3)
    assert state(project).need == "ranking"


def test_a_first_ranking_can_be_started_and_says_when_it_comes_by_itself(project: Filled):
    project.give(6, 6)
    assert state(project).action == Action(label="Start a round", kind="start_round", right="learn")
    assert state(project).sentence == "12 labels given: a first ranking can be learned now."
    workspace.update_settings(project.ws, ANN, project.project_id, auto_every=25)
    assert "or comes by itself after 13 more" in state(project).sentence


def test_while_images_are_read_that_is_said_and_labelling_goes_on(project: Filled):
    reading = ImageReading(event=Progress("features", 10, 40), seconds_left=30.0)
    shown = state(project, reading)
    assert (shown.need, shown.going_on) == ("labels", "reading features")
    assert (shown.progress, shown.seconds_left) == (0.25, 30.0) and "10 of 40" in shown.sentence
    project.give(6, 6)
    assert state(project, reading).need == "features"


def test_reading_that_failed_is_said_with_a_way_to_try_again(project: Filled):
    shown = state(project, ImageReading(error="the disk is full"))
    assert (shown.going_on, shown.action) == ("failed", Action(label="Try again", kind="read_features", right="import"))


@pytest.mark.parametrize(
    ("phase", "going_on"),
    [("features", "reading features"), ("head", "learning"), ("vae", "learning"), ("score", "ranking")],
)
def test_a_round_under_way_says_what_it_is_at(project: Filled, phase: str, going_on: str):
    project.give(6, 6)
    number = project.begin_round(Progress(phase, 1, 2)).number
    shown = state(project)
    assert (shown.going_on, shown.running) == (going_on, number) and shown.sentence.startswith(f"Round {number} ")
    assert shown.action == Action(label="Label on meanwhile", page="label")


def test_a_round_that_gets_little_of_the_processor_waits(project: Filled):
    project.give(6, 6)
    append_processor_share(project.ws.engine, project.begin_round(Progress("head")).id, 0.1)
    assert state(project).going_on == "waiting"


def test_a_round_that_failed_says_which_ranking_is_in_use_if_any(project: Filled):
    project.give(6, 6)
    end_round(project.ws.engine, project.begin_round().id, "failed", "the machine ran out of memory")
    shown = state(project)
    assert shown.going_on == "failed" and shown.sentence.endswith("There is no ranking yet.")
    project.rank(project.next())
    end_round(project.ws.engine, project.begin_round().id, "interrupted", "the power went")
    assert state(project).sentence.endswith("The ranking of round 2 stays in use.")


def test_a_round_that_a_person_stopped_is_no_failure(project: Filled):
    project.give(6, 6)
    end_round(project.ws.engine, project.begin_round().id, "cancelled", "")
    assert (state(project).going_on, state(project).need) == ("nothing", "ranking")


def test_behind_a_ranking_labels_are_needed_until_the_next_is_due(project: Filled):
    project.give(6, 6)
    project.rank(project.next(count=28))
    assert state(project).need == "labels" and "Ranked from 12 labels" in state(project).sentence
    project.give(10, 10)
    assert state(project).need == "ranking" and "20 labels were given since" in state(project).sentence


def test_at_the_end_evaluation_images_then_doubtful_ones_then_nothing(project: Filled):
    project.give(20, 19)
    (left,) = project.next()
    project.record(unsure(left))
    assert state(project).need == "evaluation"
    assert state(project).action.query == {"queue": "evaluation"}
    project.give(2, 3, queue="evaluation")
    assert state(project).need == "review" and state(project).action.query == {"tab": "unsure"}
    project.record(label(left, project.class_ids[0]))
    assert (state(project).need, state(project).sentence) == ("nothing", "All 40 images to learn from are labelled.")


def test_an_image_that_was_skipped_still_needs_its_label(project: Filled):
    project.give(20, 19)
    project.record(skip(project.next()[0]))
    assert state(project).need != "nothing" and state(project).need != "evaluation"


def test_a_flagged_image_leads_to_the_flagged(project: Filled):
    project.give(20, 19)
    project.record(flag(project.next()[0]))
    project.give(2, 3, queue="evaluation")
    assert state(project).action.query == {"tab": "flagged"}


def test_a_ranking_that_is_not_to_be_trusted_says_why_in_a_sentence(project: Filled):
    project.give(6, 6)
    project.rank(project.next(count=28), predicted_counts=[27, 1, 0], labelled_counts=[6, 6, 0])
    assert state(project).distrust.startswith(
        "Do not trust this ranking yet: of 28 ranked images the model calls 96 % “crazing”"
    )
    project.rank(project.next(count=28), predicted_counts=[14, 14, 0], labelled_counts=[6, 6, 0], agreement=0.55)
    assert "same class for only 55 % of the images" in state(project).distrust
    project.rank(project.next(count=28), predicted_counts=[14, 14, 0], labelled_counts=[6, 6, 0], agreement=0.9)
    assert state(project).distrust == ""


def test_a_project_of_nobody_is_refused(project: Filled):
    with pytest.raises(ValueError, match="no project has the id 99"):
        workspace.project_state(project.ws, 99)


def reading_of(project: Filled) -> Generator[Progress, None, None]:
    """As a command line reads the images of the project."""
    (project.ws.data_dir / "projects" / str(project.project_id)).mkdir(parents=True, exist_ok=True)
    steps = (Progress("features", done, 45) for done in (9, 18, 27))
    return leaving_a_trace(project.ws, project.project_id, steps)


def test_a_reading_in_another_process_is_seen_by_the_note_that_it_leaves(project: Filled):
    assert state(project).going_on == "nothing"
    steps = reading_of(project)
    next(steps)
    seen = state(project)
    assert seen.going_on == "reading features" and "9 of 45 so far" in seen.sentence and seen.progress == 0.2
    steps.close()
    assert state(project).going_on == "nothing"


def test_a_reading_that_was_killed_is_forgotten(project: Filled):
    steps = reading_of(project)
    next(steps)
    file = project.ws.data_dir / "projects" / str(project.project_id) / FILE
    then = file.stat().st_mtime - MAX_SILENT_SECONDS - 1
    os.utime(file, (then, then))
    assert state(project).going_on == "nothing"
    file.write_text("{half")
    assert state(project).going_on == "nothing"
    steps.close()


def test_what_this_server_reads_goes_before_a_note(project: Filled):
    steps = reading_of(project)
    next(steps)
    assert "30 of 45" in state(project, ImageReading(event=Progress("features", 30, 45))).sentence
    steps.close()


def test_images_that_came_with_their_labels_are_told_from_labelled_ones(project: Filled):
    with writing(project.ws.engine) as transaction:
        came = [(image, "pool", f"{image:064x}", project.class_ids[0]) for image in project.pool]
        append_imported(transaction, project.project_id, came)
    assert workspace.came_labelled(project.ws, project.project_id)
    project.record(label(project.pool[0], project.class_ids[1]))
    assert not workspace.came_labelled(project.ws, project.project_id), "a person decided"
