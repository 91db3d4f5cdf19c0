"""When the next ranking comes: strip and desk say it in the same words, and only what can come true."""

from pathlib import Path

import pytest
from workspaces import ANN, Filled, filled

from vabal_core import workspace
from vabal_core.store.rounds import end_round
from vabal_core.types import Progress


@pytest.fixture
def project(tmp_path: Path) -> Filled:
    """60 images to learn from; a round starts by itself after 25 labels."""
    project = filled(tmp_path, pool=60)
    workspace.update_settings(project.ws, ANN, project.project_id, auto_every=25, batch=20)
    return project


def goal(project: Filled) -> str:
    """What the desk says; the strip says the same of what comes next."""
    state = workspace.project_state(project.ws, project.project_id)
    counted, _, coming = state.goal.partition(": ")
    assert coming in state.sentence or "waits" in coming, state
    return state.goal


def test_labels_are_counted_to_the_ranking_that_comes_by_itself(project: Filled):
    assert goal(project) == "0 labels so far: 25 more and the first ranking comes by itself"
    project.give(3, 1)
    assert goal(project) == "4 labels so far: 21 more and the first ranking comes by itself"
    project.give(3, 5)
    assert goal(project) == "12 labels so far: a first ranking can be learned now, or comes by itself after 13 more"


def test_with_labels_of_one_class_no_ranking_is_promised(project: Filled):
    project.give(4)
    assert "21 more, some of a second class, and the first ranking comes by itself" in goal(project)
    project.give(26)
    assert goal(project) == "30 labels so far: the first ranking takes labels of two classes"


def test_a_project_with_one_class_promises_none(project: Filled):
    for class_id in project.class_ids[1:]:
        workspace.remove_class(project.ws, ANN, class_id)
    shown = workspace.project_state(project.ws, project.project_id)
    assert shown.goal == "0 labels so far: the first ranking takes labels of two classes"


def test_while_a_round_is_under_way_the_desk_says_the_sentence_of_the_strip(project: Filled):
    project.give(6, 6)
    project.begin_round(Progress("head", 1, 4))
    project.give(3)
    state = workspace.project_state(project.ws, project.project_id)
    assert state.sentence == "Round 1 learns from 12 labels."
    assert state.goal == "15 labels so far. Round 1 learns from 12 labels."


def test_behind_a_round_that_was_stopped_the_next_is_counted_from_its_start(project: Filled):
    project.give(6, 6)
    end_round(project.ws.engine, project.begin_round().id, "cancelled", "")
    project.give(5)
    assert goal(project).endswith("or comes by itself after 20 more")


def test_once_all_is_labelled_no_ranking_is_promised(project: Filled):
    project.give(6, 6)
    project.rank(project.next(count=48))
    assert goal(project).startswith("0 labels since the last ranking: 25 more and the next ranking")
    project.give(24, 24)
    assert goal(project) == "48 labels since the last ranking: no image waits for a label any more"
