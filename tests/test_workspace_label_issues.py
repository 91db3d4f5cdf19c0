"""Labels that look wrong, as they stand now: confirmed, mended, put aside, and what a merge or the bin does to them."""

from pathlib import Path

import pytest
from workspaces import ANN, Filled, filled, label, skip, undo, unsure

from vabal_core import workspace
from vabal_core.store.label_issues import LabelIssue
from vabal_core.types import LabelEvent
from vabal_core.workspace import DeskRequest
from vabal_core.workspace.label_standings import label_issues
from vabal_core.workspace.second_looks import issue_words


@pytest.fixture
def steel(tmp_path: Path) -> Filled:
    """Pool images 0 to 3 and evaluation image 0 are labelled inclusion; the round calls 0, 1 and the last crazing."""
    project = filled(tmp_path)
    crazing, inclusion, _ = project.class_ids
    images = *project.pool[:4], project.evaluation[0]
    project.record(*(label(image, inclusion, f"first-{image}") for image in images))
    project.rank(project.pool[4:], judged_labels=5, label_issues=[issue(project, image) for image in suspects(project)])
    return project


def suspects(project: Filled) -> tuple[int, ...]:
    return project.pool[0], project.pool[1], project.evaluation[0]


def issue(project: Filled, image_id: int) -> LabelIssue:
    crazing, inclusion, _ = project.class_ids
    return LabelIssue(
        image_id=image_id,
        class_id=inclusion,
        label_probability=0.02,
        predicted_class_id=crazing,
        probability=0.94,
    )


def waiting(project: Filled) -> list[int]:
    return [issue.issue.image_id for issue in label_issues(project.ws, project.project_id).open]


def desk(project: Filled, *events: LabelEvent, annotator: str = "ann", **more) -> workspace.DeskState:
    request = DeskRequest(queue="label_issues", events=events, **{"count": 10} | more)
    return workspace.at_desk(project.ws, workspace.person(annotator), project.project_id, request)


def test_labels_that_look_wrong_wait_the_likeliest_error_first(steel: Filled):
    issues = label_issues(steel.ws, steel.project_id)
    assert [open_.issue.image_id for open_ in issues.open] == list(suspects(steel))
    assert (issues.round, issues.judged, issues.confirmed, issues.changed) == (1, 5, 0, 0)
    assert issue_words(issues) == "3 of 5 labels look wrong."


def test_a_label_given_once_more_is_confirmed_and_never_asked_about_again(steel: Filled):
    first, second, last = suspects(steel)
    _, inclusion, scratches = steel.class_ids
    steel.record(label(first, inclusion, "again"))
    assert waiting(steel) == [second, last]
    steel.rank(steel.pool[4:], judged_labels=5, label_issues=[issue(steel, image) for image in suspects(steel)])
    assert waiting(steel) == [second, last]
    steel.record(undo(first, "again"))
    assert waiting(steel) == [first, second, last]
    steel.record(label(first, inclusion), label(first, scratches), label(first, inclusion))
    assert waiting(steel) == [first, second, last], "it changed since it was confirmed"


def test_a_label_that_changed_or_went_is_asked_about_no_more(steel: Filled):
    first, second, last = suspects(steel)
    crazing, *_ = steel.class_ids
    steel.record(label(first, crazing), unsure(second))
    assert waiting(steel) == [last]
    issues = label_issues(steel.ws, steel.project_id)
    assert (issues.confirmed, issues.changed) == (0, 2)
    assert issue_words(issues) == "1 of 5 labels looks wrong. Of 2 looked at, 2 were changed."


def test_what_is_put_aside_comes_last(steel: Filled):
    first, second, last = suspects(steel)
    steel.record(skip(first))
    assert waiting(steel) == [second, last, first]
    assert workspace.counts(steel.ws, steel.project_id).pool_total == 4, "a label that is put aside stays"


def test_merged_and_removed_classes_and_images_in_the_bin_are_not_asked_about(steel: Filled):
    first, second, last = suspects(steel)
    crazing, inclusion, scratches = steel.class_ids
    workspace.remove_images(steel.ws, ANN, steel.project_id, [first])
    assert waiting(steel) == [second, last]
    workspace.restore_images(steel.ws, ANN, steel.project_id, [first])
    workspace.merge_classes(steel.ws, ANN, inclusion, scratches)
    (open_, *_) = label_issues(steel.ws, steel.project_id).open
    assert open_.issue.class_id == scratches
    steel.record(label(second, scratches))
    assert waiting(steel) == [first, last], "confirmed under the name that it has now"
    workspace.merge_classes(steel.ws, ANN, scratches, crazing)
    assert waiting(steel) == []


def test_the_desk_says_what_the_model_says_and_who_gave_the_label(steel: Filled):
    items = desk(steel).items
    assert [item.image_id for item in items] == list(suspects(steel))
    assert items[0].why == "The model says crazing (94 %), your label says inclusion."
    assert (items[0].label, items[0].predicted_class_id, items[0].round) == (*steel.class_ids[1::-1], 0)
    assert "measured by this label" in items[2].why


def test_two_people_do_not_look_at_the_same_label(steel: Filled):
    first, second, last = suspects(steel)
    assert [item.image_id for item in desk(steel, count=1).items] == [first]
    items = desk(steel, annotator="bob").items
    assert [item.image_id for item in items] == [second, last]
    assert items[0].why == "The model says crazing (94 %), the label by ann says inclusion."


def test_the_desk_confirms_mends_and_takes_back(steel: Filled):
    first, second, last = suspects(steel)
    crazing, inclusion, _ = steel.class_ids
    state = desk(steel, label(first, inclusion, "right"), label(second, crazing, "mended"), history=True)
    assert [item.image_id for item in state.items] == [last]
    assert [decision.event_id for decision, _ in state.history] == ["right", "mended"]
    state = desk(steel, undo(second, "mended"), have=[last], shown=[first])
    assert [item.image_id for item in state.items] == [second]
    assert first in state.taken
    assert last not in state.taken


def test_a_label_that_is_mended_keeps_how_its_image_was_chosen(tmp_path: Path):
    project = filled(tmp_path)
    crazing, inclusion, _ = project.class_ids
    project.rank(project.pool)
    image, *rest = project.pool
    project.record(label(image, inclusion, round=1))
    project.rank(rest, judged_labels=1, label_issues=[issue(project, image)])
    desk(project, label(image, crazing))
    (row,) = workspace.export_rows(project.ws, project.project_id)
    assert (row.label, row.round, row.rank, row.strategy) == ("crazing", 1, 1, "vabal")
