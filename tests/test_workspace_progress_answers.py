"""What the Progress page answers, from numbers that can be followed by hand."""

from pathlib import Path

import pytest
from workspaces import ANN, Filled, filled, label, undo

from vabal_core import workspace
from vabal_core.store.projects import merge_settings
from vabal_core.store.ranked_labels import RankedLabels, ranked_label_counts
from vabal_core.workspace.ranking_benefit import ranking_benefit

RARE = 7


def rows(*counts: tuple[int, int, int], strategy: str = "vabal") -> list[RankedLabels]:
    return [RankedLabels(round=n, strategy=strategy, class_id=c, count=k) for n, c, k in counts]


def benefit(labels: list[RankedLabels], **more):
    facts = {"evaluation_rare": 3, "evaluation_total": 27, "drawn": True, "images": 1000} | more
    return ranking_benefit(labels, {RARE}, **facts)


def test_what_rankings_brought_stands_beside_what_chance_would_have_given():
    brought = benefit(rows((1, RARE, 35), (1, 2, 24)))
    assert (brought.total.chosen, brought.total.rare) == (59, 35)
    assert brought.total.by_chance.value == pytest.approx(59 / 9)
    assert brought.needed.value == pytest.approx(35 * 9)


def test_each_round_is_counted_alone_and_the_newest_together():
    brought = benefit(rows((1, RARE, 10), (1, 2, 30), (2, RARE, 5), (2, 2, 25), (3, 2, 20)))
    assert {number: (row.rare, row.chosen) for number, row in brought.rounds.items()} == {
        1: (10, 40),
        2: (5, 30),
        3: (0, 20),
    }
    assert (brought.recent.rare, brought.recent.chosen) == (5, 50)


def test_a_ranking_that_is_chance_itself_does_not_count_as_one():
    assert benefit(rows((1, RARE, 9), strategy="random")).total.chosen == 0


@pytest.mark.parametrize("facts", [{"drawn": False}, {"evaluation_total": 0, "evaluation_rare": 0}])
def test_without_images_drawn_at_random_nothing_is_said_of_chance(facts: dict):
    brought = benefit(rows((1, RARE, 35)), **facts)
    assert brought.total.by_chance is None and brought.needed is None and brought.total.rare == 35


def test_where_no_rare_image_was_sampled_only_a_lower_end_can_be_told():
    needed = benefit(rows((1, RARE, 35)), evaluation_rare=0).needed
    assert needed.value is None and needed.low > 35 and needed.high is None


@pytest.fixture
def steel(tmp_path: Path) -> Filled:
    return filled(tmp_path / "data", hidden=True, evaluation=30)


def test_labels_count_as_what_they_are_now_under_the_ranking_that_brought_them(steel: Filled):
    first, second, third, fourth = steel.pool[:4]
    steel.record(label(first, steel.class_ids[0]))  # before any ranking
    steel.rank(steel.pool[1:])
    steel.record(label(second, steel.class_ids[2], round=1), label(third, steel.class_ids[0], round=1))
    steel.record(label(third, steel.class_ids[2]))  # corrected later: the ranking of round 1 had brought it
    steel.record(label(fourth, steel.class_ids[1], "gone", round=1), undo(fourth, "gone"))
    counted = ranked_label_counts(steel.ws.engine, steel.project_id)
    assert [(row.round, row.class_id, row.count) for row in counted] == [(1, steel.class_ids[2], 2)]


def test_images_in_the_bin_were_brought_by_nothing(steel: Filled):
    steel.rank(steel.pool)
    steel.record(*(label(image, steel.class_ids[2], round=1) for image in steel.pool[:2]))
    workspace.remove_images(steel.ws, ANN, steel.project_id, steel.pool[:1])
    assert [row.count for row in ranked_label_counts(steel.ws.engine, steel.project_id)] == [1]


def test_classes_stand_by_need_with_what_came_since_the_first_round_began(steel: Filled):
    common, scarce, rare = steel.class_ids
    workspace.update_settings(steel.ws, ANN, steel.project_id, rare_class_ids=[rare])
    steel.record(*(label(image, common) for image in steel.pool[:3]), label(steel.pool[3], rare))
    measured = {"labelled_counts": [3, 0, 1], "predicted_counts": [9, 4, 3]}
    steel.rank(steel.pool[4:], confusion=[[10, 0, 0], [3, 7, 0], [6, 0, 4]], **measured)
    steel.rank(steel.pool[4:], confusion=[[10, 0, 0], [2, 8, 0], [5, 0, 5]], **measured)
    steel.record(label(steel.pool[4], rare, round=2))
    first, second, third = workspace.read_learning_curves(steel.ws, steel.project_id).classes
    assert [row.defect_class.id for row in (first, second, third)] == [rare, scarce, common]
    assert (first.labels, first.share, first.labels_before, first.share_before, first.since) == (2, 0.4, 1, 0.25, 1)
    assert (first.hits.value, first.hits.count, first.hits_before.value) == (0.5, 10, 0.4)
    assert first.climbs and not third.climbs
    assert (first.waiting, third.waiting) == (0, 15), "all 16 were named common, and one of them has a label now"


def test_classes_without_a_round_have_nothing_to_compare_with(steel: Filled):
    steel.record(label(steel.pool[0], steel.class_ids[1]))
    *_, most = workspace.read_learning_curves(steel.ws, steel.project_id).classes
    assert (most.labels, most.since, most.climbs, most.waiting, most.hits.count) == (1, None, None, None, 0)


def test_what_is_missing_to_know_better_is_of_the_rare_class_known_least(steel: Filled):
    workspace.update_settings(steel.ws, ANN, steel.project_id, rare_class_ids=[steel.class_ids[2]])
    merge_settings(steel.ws.engine, steel.project_id, {"evaluation_from": "drawn"})
    steel.rank(steel.pool, confusion=[[25, 5, 0], [0, 2, 0], [5, 0, 5]])
    gap = workspace.read_learning_curves(steel.ws, steel.project_id).gap
    # 42 more halve the interval of 5 of 10 (see test_evidence_chance); 10 of 42 evaluation images are of the class.
    assert (gap.widest, gap.more, gap.labels, gap.waiting) == ("scratches", 42, 177, 0)


def test_a_class_without_evaluation_images_is_named(steel: Filled):
    steel.rank(steel.pool, confusion=[[25, 5, 0], [0, 2, 0], [0, 0, 0]])
    gap = workspace.read_learning_curves(steel.ws, steel.project_id).gap
    assert gap.unmeasured == ("scratches",) and gap.labels is None


def test_a_class_added_just_now_is_not_rare_until_an_image_is_labelled_so(steel: Filled):
    common = steel.class_ids[:2]
    steel.record(*(label(image, common[i % 2]) for i, image in enumerate(steel.evaluation)))
    added = workspace.add_class(steel.ws, ANN, steel.project_id, "dents").id
    assert workspace.read_learning_curves(steel.ws, steel.project_id).rare == ()
    steel.record(label(steel.pool[0], added))
    assert workspace.read_learning_curves(steel.ws, steel.project_id).rare == ("dents",)
