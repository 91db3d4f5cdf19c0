"""What a project's labels say of all its images, read from the store: by hand, and as pages ask for it."""

from dataclasses import replace
from pathlib import Path
from threading import Event

import numpy as np
import psutil
import pytest
from designs import design_of
from workspaces import Filled, filled, label, undo

from vabal_core import workspace
from vabal_core.estimate.quality import class_rests, prevalences, wrong_about
from vabal_core.evidence.intervals import NOTHING, Estimate
from vabal_core.loop.priority import MODEST
from vabal_core.store.projects import merge_settings
from vabal_core.types import UNLABELLED, LabelEvent, NotFound, OutOfSample
from vabal_core.workspace import estimate_keeper, estimate_process
from vabal_core.workspace.estimates import project_estimates
from vabal_core.workspace.labelled_design import read_design
from vabal_core.workspace.projects import EVALUATION_FROM


@pytest.fixture
def steel(tmp_path: Path) -> Filled:
    return filled(tmp_path / "data", pool=30, evaluation=6, hidden=True)


def drawn(image_id: int, class_id: int, round: int = 0) -> LabelEvent:
    """A label of an image that was drawn at random."""
    return replace(label(image_id, class_id, round=round), audit=True)


def drawn_evaluation(project: Filled, source: str = "drawn") -> None:
    for n, image in enumerate(project.evaluation):
        project.record(label(image, project.class_ids[n % 3]))
    merge_settings(project.ws.engine, project.project_id, {EVALUATION_FROM: source})


def read(project: Filled, round_=None):
    return read_design(project.ws, workspace.require_project(project.ws, project.project_id), round_)


def of_class(project: Filled, place: int):
    return project_estimates(project.ws, project.project_id).classes[place]


def test_the_population_is_the_pool_and_the_evaluation_images_that_were_drawn_and_labelled(steel: Filled):
    drawn_evaluation(steel)
    steel.record(undo_of := label(steel.evaluation[5], steel.class_ids[0], "again"), undo(steel.evaluation[5], "again"))
    assert undo_of.event_id == "again"  # taken back: the label of before counts
    design = read(steel)
    assert len(design.keys) == 36 and design.design.evaluation.sum() == 6
    merge_settings(steel.ws.engine, steel.project_id, {EVALUATION_FROM: "stated"})
    assert len(read(steel).keys) == 30, "whoever brought them may have chosen them"


def test_an_evaluation_image_that_a_person_picked_counts_once_those_before_it_are_labelled(tmp_path: Path):
    steel = filled(tmp_path, pool=10, evaluation=6)
    merge_settings(steel.ws.engine, steel.project_id, {EVALUATION_FROM: "drawn"})
    queue = steel.next("evaluation", count=6)

    def evaluated() -> set[int]:
        design = read(steel)
        return {*design.keys[design.design.evaluation].tolist()}

    steel.record(replace(label(queue[3], steel.class_ids[0]), chosen_by="filter"), label(queue[0], steel.class_ids[1]))
    assert evaluated() == {queue[0]}
    steel.record(label(queue[1], steel.class_ids[1]), label(queue[2], steel.class_ids[1]))
    assert evaluated() == {*queue[:4]}
    steel.record(replace(label(queue[5], steel.class_ids[0]), chosen_by="similar"))
    assert evaluated() == {*queue[:4]}
    steel.record(label(queue[4], steel.class_ids[0]))
    assert evaluated() == {*queue}, "all of them are as they were drawn, however each was come by"


def test_only_what_was_drawn_at_random_counts_as_drawn(steel: Filled):
    ids, (crazing, *_) = steel.pool, steel.class_ids
    steel.record(drawn(ids[0], crazing), label(ids[1], crazing))
    steel.rank(ids[1:])
    steel.record(label(ids[2], crazing, round=1), drawn(ids[3], crazing, round=1))
    steel.record(label(ids[3], steel.class_ids[1]))  # corrected: it was drawn at random all the same
    steel.record(
        replace(drawn(ids[4], crazing), chosen_by="filter"), replace(label(ids[5], crazing), chosen_by="table")
    )
    design = read(steel).design
    assert np.flatnonzero(design.audit).tolist() == [0, 3]
    assert design.pool_order.tolist() == [0, 1, 2, 3, 4, 5]
    assert design.labels[:7].tolist() == [0, 0, 0, 1, 0, 0, UNLABELLED]


def test_predictions_are_those_of_models_that_had_not_learned_from_the_image(steel: Filled):
    ids, (crazing, inclusion, scratches) = steel.pool, steel.class_ids
    steel.record(label(ids[0], crazing), label(ids[1], crazing))
    unseen = [OutOfSample(ids[0], inclusion, 0.9), OutOfSample(steel.evaluation[0], scratches, 0.8)]
    round_ = steel.rank(ids[2:20], out_of_sample=unseen)  # names each crazing
    drawn_evaluation(steel)
    design = read(steel, round_)
    assert design.predicted[:4].tolist() == [1, UNLABELLED, 0, 0]
    assert design.predicted[30] == 2 and design.predicted[25] == UNLABELLED
    assert design.keys[design.ranking].tolist() == list(ids[2:20])
    steel.record(label(ids[2], crazing, round=1))
    assert design.keys[read(steel, round_).ranking].tolist() == list(ids[3:20])


def test_estimates_are_those_of_the_design(steel: Filled):
    drawn_evaluation(steel)
    now = project_estimates(steel.ws, steel.project_id)
    assert (now.images, now.unlabelled, now.evaluation, now.audit, now.chosen) == (36, 30, 6, 0, 0)
    assert [row.prevalence for row in now.classes] == list(prevalences(read(steel).design))
    assert now.round_ is None and now.accuracy == NOTHING and now.classes[0].recall == NOTHING
    assert now.classes[0].left.value == 10 and now.classes[0].left.labelled == 2
    assert now.classes[0].needed is None and now.classes[0].needed_random.value > 20


def test_without_anything_drawn_at_random_nothing_is_told_of_the_rest(steel: Filled):
    steel.rank(steel.pool)
    steel.record(*(label(image, steel.class_ids[2], round=1) for image in steel.pool[:5]))
    scratches = of_class(steel, 2)
    assert scratches.labels == 5 and scratches.brought == 5 and scratches.would_need is None
    assert scratches.left.value is None and (scratches.left.low, scratches.left.high) == (0, 25)
    assert scratches.ahead_random == () and scratches.needed_random is None
    assert scratches.prevalence == scratches.precision == NOTHING


def test_what_rankings_brought_stands_beside_what_random_picking_would_have_needed(steel: Filled):
    drawn_evaluation(steel)
    steel.rank(steel.pool)
    steel.record(*(label(image, steel.class_ids[2], round=1) for image in steel.pool[:5]))
    scratches = of_class(steel, 2)
    assert scratches.brought == 5
    assert scratches.would_need.low < 15 < scratches.would_need.high <= 36, "12 of 36 images are scratches"


def test_people_who_said_the_same_of_an_image_agree(steel: Filled):
    ids, (crazing, inclusion, _) = steel.pool, steel.class_ids
    steel.record(label(ids[0], crazing), label(ids[1], crazing), label(ids[2], crazing), annotator="ann")
    steel.record(label(ids[0], crazing), label(ids[1], inclusion), annotator="bob")
    steel.record(label(ids[1], crazing), annotator="cas")  # two against one: it is crazing, and they do not agree
    crazings = of_class(steel, 0)
    assert (crazings.agreement.value, crazings.agreement.count) == (0.5, 2)
    assert crazings.last_found is not None and of_class(steel, 2).last_found is None


def test_an_opinion_that_was_taken_back_is_none_and_the_one_before_it_stands(steel: Filled):
    image, (crazing, inclusion, _) = steel.pool[0], steel.class_ids
    steel.record(label(image, crazing), annotator="ann")
    steel.record(label(image, crazing), label(image, inclusion, "slip"), undo(image, "slip"), annotator="bob")
    assert (of_class(steel, 0).agreement.value, of_class(steel, 0).agreement.count) == (1.0, 1)


def test_a_model_is_not_judged_by_images_that_it_learned_from(steel: Filled):
    """Where no others had been asked about these, it is not known how many it is right with, and not none of them."""
    ids, (crazing, *_) = steel.pool, steel.class_ids
    drawn_evaluation(steel)
    steel.record(*(label(image, crazing) for image in ids[:10]))
    unseen = [OutOfSample(image, crazing, 0.9) for image in steel.evaluation]
    steel.rank(ids[10:], out_of_sample=unseen)
    now = project_estimates(steel.ws, steel.project_id)
    assert now.accuracy == now.classes[0].recall == now.classes[0].wrong == NOTHING and now.judged == 0
    assert now.classes[0].prevalence.count == 16, "how common a class is can be told all the same"
    steel.rank(ids[10:], out_of_sample=[*unseen, *(OutOfSample(image, crazing, 0.9) for image in ids[:10])])
    now = project_estimates(steel.ws, steel.project_id)
    assert now.judged == 36 and now.accuracy.count == 16 and now.accuracy.low >= 12 / 36


def test_images_that_came_after_the_round_do_not_count_against_its_model(steel: Filled):
    drawn_evaluation(steel)
    unseen = [OutOfSample(image, steel.class_ids[n % 3], 0.9) for n, image in enumerate(steel.evaluation)]
    steel.rank(steel.pool[:15], out_of_sample=unseen)
    now = project_estimates(steel.ws, steel.project_id)
    assert (now.judged, now.accuracy.value, now.images) == (21, 1.0, 36)


def test_a_merged_class_counts_as_the_class_that_it_is_now(steel: Filled):
    ids, (crazing, inclusion, _) = steel.pool, steel.class_ids
    steel.record(drawn(ids[0], crazing), drawn(ids[1], inclusion))
    workspace.merge_classes(steel.ws, workspace.person("ann"), inclusion, crazing)
    now = project_estimates(steel.ws, steel.project_id)
    assert [row.defect_class.id for row in now.classes] == [crazing, steel.class_ids[2]]
    assert now.classes[0].labels == 2


def test_what_the_model_is_wrong_about_is_what_it_missed_and_what_it_called_so_wrongly():
    design = design_of(evaluation=(10, 90), chosen="R")  # all labelled: nothing to estimate
    named = np.concatenate([np.repeat([1, 0], [7, 3]), np.repeat([1, 0], [4, 86]), [1]]).astype(int)
    wrong = wrong_about(class_rests(design, named)[1])
    assert wrong == Estimate(value=7 / 101, low=7 / 101, high=7 / 101, count=101)
    of_others = wrong_about(
        class_rests(design_of(evaluation=(10, 90), unlabelled=100), np.repeat([1, 0], [10, 190]))[1]
    )
    assert (of_others.value, of_others.low) == (0, 0) and of_others.high == pytest.approx(3 / 90 * 0.5, rel=0.3)


def test_pages_get_estimates_of_now_and_none_are_made_twice(steel: Filled, monkeypatch: pytest.MonkeyPatch):
    made = []
    monkeypatch.setattr(estimate_keeper, "project_estimates", lambda ws, i: made.append(i) or project_estimates(ws, i))
    assert workspace.kept_estimates(steel.ws, steel.project_id)[0].classes[0].labels == 0
    workspace.kept_estimates(steel.ws, steel.project_id)
    assert len(made) == 1
    steel.record(label(steel.pool[0], steel.class_ids[0]))
    monkeypatch.setattr(estimate_keeper, "WAIT", 30.0)
    now, is_current = workspace.kept_estimates(steel.ws, steel.project_id)
    assert now.classes[0].labels == 1 and is_current and len(made) == 2


def test_nobody_waits_for_estimates_of_many_images_and_whoever_looks_is_told_that_they_are_of_before(
    steel: Filled, monkeypatch: pytest.MonkeyPatch
):
    before, _ = workspace.kept_estimates(steel.ws, steel.project_id)
    may_go_on = Event()

    def slow(ws: workspace.Workspace, project_id: int):
        may_go_on.wait(30)
        return project_estimates(ws, project_id)

    monkeypatch.setattr(estimate_keeper, "estimates_of_process", slow)
    monkeypatch.setattr(estimate_keeper, "MANY_IMAGES", 0)
    monkeypatch.setattr(estimate_keeper, "LOOK_REST", 0.0)
    steel.record(label(steel.pool[0], steel.class_ids[0]))
    assert workspace.kept_estimates(steel.ws, steel.project_id) == (before, False)
    may_go_on.set()
    assert estimates_waited_for(steel, monkeypatch)[1]


def test_a_class_added_after_the_round_is_not_said_to_be_absent_from_what_comes(steel: Filled):
    drawn_evaluation(steel)
    steel.rank_saying(dict.fromkeys(steel.pool, (1 / 3, 1 / 3, 1 / 3)))
    assert [row.is_known for row in project_estimates(steel.ws, steel.project_id).classes] == [True] * 3
    workspace.add_class(steel.ws, workspace.person("ann"), steel.project_id, "holes")
    *learned, holes = project_estimates(steel.ws, steel.project_id).classes
    assert not holes.is_known and holes.ahead == () and holes.needed is None
    assert holes.ahead_random[0].high >= 0 and holes.left.value == 0
    assert [row.ahead[0].images for row in learned] == [25] * 3 and learned[0].needed is not None


def test_no_more_of_a_class_come_than_may_be_left_of_it(steel: Filled):
    drawn_evaluation(steel)
    steel.rank_saying(dict.fromkeys(steel.pool, (1, 0, 0)))
    for row in project_estimates(steel.ws, steel.project_id).classes:
        assert all(finds.high <= row.left.high for finds in row.ahead)


def test_what_rankings_brought_is_counted_to_the_last_of_the_class(steel: Filled):
    drawn_evaluation(steel)
    steel.rank(steel.pool)
    crazing, _, scratches = steel.class_ids
    classes = [scratches, crazing, scratches, crazing, crazing, crazing]
    steel.record(*(label(image, c, round=1) for image, c in zip(steel.pool, classes, strict=False)))
    assert (of_class(steel, 2).brought, of_class(steel, 2).brought_in) == (2, 3)
    assert project_estimates(steel.ws, steel.project_id).chosen == 6


def test_estimates_of_many_images_are_made_in_a_process_of_their_own(steel: Filled, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(estimate_keeper, "MANY_IMAGES", 0)
    monkeypatch.setattr(estimate_keeper, "project_estimates", None)  # none of this process's own, not even the first
    assert workspace.kept_estimates(steel.ws, steel.project_id) == (None, False)
    now, is_current = estimates_waited_for(steel, monkeypatch)
    assert is_current and repr(now) == repr(project_estimates(steel.ws, steel.project_id))
    estimate_process.end_process()


def estimates_waited_for(project: Filled, monkeypatch: pytest.MonkeyPatch):
    """Those under way, as where images are few."""
    monkeypatch.setattr(estimate_keeper, "MANY_IMAGES", 1_000_000)
    monkeypatch.setattr(estimate_keeper, "FIRST_WAIT", 60.0)
    monkeypatch.setattr(estimate_keeper, "WAIT", 60.0)
    return workspace.kept_estimates(project.ws, project.project_id)


def test_the_process_gives_way_is_started_anew_where_it_was_killed_and_what_it_raises_is_raised(steel: Filled):
    assert estimate_process.estimates_of_process(steel.ws, steel.project_id).images == 30
    assert psutil.Process(estimate_process._process.pid).nice() == MODEST
    estimate_process._process.kill()
    estimate_process._process.wait()
    assert estimate_process.estimates_of_process(steel.ws, steel.project_id).images == 30
    with pytest.raises(NotFound):
        estimate_process.estimates_of_process(steel.ws, 99)
    estimate_process.end_process()
