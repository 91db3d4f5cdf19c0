"""The queue, the counts and the oracle, as a person meets them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from workspaces import ANN, Filled, filled, flag, label, skip, undo, unsure

from vabal_core import workspace
from vabal_core.types import Counts, OutOfSample, Reasons, StudioError


@pytest.fixture
def steel(tmp_path: Path) -> Filled:
    return filled(tmp_path)


def counts(steel: Filled) -> Counts:
    return workspace.counts(steel.ws, steel.project_id)


def test_before_the_first_round_images_come_in_a_fixed_random_order(steel: Filled) -> None:
    order = steel.next(count=20)
    assert sorted(order) == sorted(steel.pool)
    assert order != sorted(order)
    assert steel.next(count=20) == order
    item = workspace.next_images(steel.ws, steel.project_id, "ranked", count=1)[0]
    assert (item.round, item.rank, item.score, item.predicted, item.probability) == (0, None, None, None, None)
    assert "random" in item.why
    assert (item.width, item.height) == (64, 48)


def test_the_random_order_does_not_follow_the_order_of_import(tmp_path: Path) -> None:
    steel, copper = filled(tmp_path, name="One"), filled(tmp_path, name="Two")
    assert [steel.pool.index(i) for i in steel.next(count=20)] != [copper.pool.index(i) for i in copper.next(count=20)]


def test_a_labelled_image_leaves_the_queue_and_undo_brings_it_back(steel: Filled) -> None:
    first, second = steel.next(count=2)
    steel.record(label(first, steel.class_ids[0], "e1"))
    assert steel.next(count=1) == [second]
    steel.record(undo(first, "e1"))
    assert steel.next(count=1) == [first]


def test_ranked_images_come_first_best_first_then_the_others(steel: Filled) -> None:
    order = steel.next(count=20)
    ranked = [order[7], order[3], order[12]]
    steel.rank(ranked)
    assert steel.next(count=20) == ranked + [image_id for image_id in order if image_id not in ranked]


def test_a_ranked_item_says_where_it_stands_and_why(steel: Filled) -> None:
    confusion = [[7, 1, 0], [2, 9, 0], [3, 0, 9]]
    reasons = Reasons(next_likely=((1, 0.2), (2, 0.05)), log_likelihood=(-1.5, -2.5, -3.5))
    measured = {"labelled_counts": [7, 50, 43], "reliability": [0.3, 0.5, 0.9], "confusion": confusion}
    steel.rank(steel.pool[:3], reasons=reasons, **measured)
    item = workspace.next_images(steel.ws, steel.project_id, "ranked", count=2)[1]
    assert (item.round, item.rank, item.score, item.predicted, item.probability) == (1, 2, 0.5, "crazing", 0.75)
    assert item.predicted_class_id == steel.class_ids[0]
    assert item.likely == tuple(zip(steel.class_ids, (0.75, 0.2, 0.05), strict=True))
    assert "crazing" in item.why and "30 %" in item.why
    assert item.details.startswith("Only 7 of the 100 labels learned from are crazing.")
    assert item.terms[-1].words == "Of 12 evaluation images that the model called crazing, 7 were."


def test_only_the_newest_finished_round_ranks(steel: Filled) -> None:
    steel.rank(steel.pool[:5])
    steel.rank(steel.pool[5:8])
    assert steel.next(count=3) == list(steel.pool[5:8])


def test_skipped_images_come_after_all_others_and_undo_brings_them_back(steel: Filled) -> None:
    steel.rank(steel.pool[:6])
    first, second = steel.pool[:2]
    steel.record(skip(first, "s1"), skip(second))
    order = steel.next(count=20)
    assert len(order) == 20
    assert order[0] == steel.pool[2]
    assert order[-2:] == [first, second]
    steel.record(undo(first, "s1"))
    assert steel.next(count=1) == [first]


def test_a_skipped_image_can_be_labelled(steel: Filled) -> None:
    first = steel.next(count=1)[0]
    steel.record(skip(first), label(first, steel.class_ids[0]))
    assert first not in steel.next(count=30)
    assert counts(steel).pool_total == 1


@pytest.mark.parametrize("doubt", [unsure, flag])
def test_an_image_in_doubt_leaves_the_queue_and_undo_brings_it_back(steel: Filled, doubt: Callable) -> None:
    steel.rank(steel.pool[:6])
    steel.record(doubt(steel.pool[0], "d1"))
    assert steel.pool[0] not in steel.next(count=50)
    now = counts(steel)
    assert (now.pool_total, now.unsure + now.flagged) == (0, 1)
    steel.record(undo(steel.pool[0], "d1"))
    assert steel.next(count=1) == [steel.pool[0]]


def test_doubts_about_evaluation_images_are_counted_too(steel: Filled) -> None:
    steel.record(unsure(steel.evaluation[0]), unsure(steel.pool[0]), flag(steel.evaluation[1]))
    assert (counts(steel).unsure, counts(steel).flagged) == (2, 1)
    assert len(steel.next("evaluation", count=50)) == 3


def test_the_oracle_leaves_images_in_doubt_alone(tmp_path: Path) -> None:
    steel = filled(tmp_path, hidden=True)
    steel.record(unsure(steel.pool[0]), flag(steel.pool[1]), skip(steel.pool[2]))
    assert workspace.label_at_random(steel.ws, ANN, steel.project_id, 50, seed=0) == 18
    assert workspace.label_for_me(steel.ws, ANN, steel.project_id, 50) == 0
    assert (counts(steel).unsure, counts(steel).flagged) == (1, 1)


def test_excluded_images_are_left_out(steel: Filled) -> None:
    order = steel.next(count=20)
    assert steel.next(count=3, exclude=order[:5]) == order[5:8]


def test_an_empty_queue_is_an_empty_list(steel: Filled) -> None:
    steel.record(*(label(image_id, steel.class_ids[0]) for image_id in steel.pool))
    assert steel.next() == []


def test_the_evaluation_queue_tells_what_a_round_takes_its_images_for_and_no_rank(steel: Filled) -> None:
    first, *others = steel.evaluation
    steel.rank(steel.pool, out_of_sample=[OutOfSample(first, steel.class_ids[1], 0.75)])
    items = workspace.next_images(steel.ws, steel.project_id, "evaluation", count=10)
    predicted = {item.image_id: (item.predicted, item.predicted_class_id, item.probability) for item in items}
    name = workspace.classes(steel.ws, steel.project_id)[1].name
    assert predicted == {first: (name, steel.class_ids[1], 0.75)} | dict.fromkeys(others, (None, None, None))
    assert {(item.rank, item.score, item.terms) for item in items} == {(None, None, ())}
    assert all("measure accuracy" in item.why for item in items)


def test_counts_name_every_class_and_follow_labels_and_undo(steel: Filled) -> None:
    first, second, third = steel.class_ids
    steel.record(label(steel.pool[0], first, "e1"), label(steel.pool[1], first), label(steel.evaluation[0], third))
    assert counts(steel) == Counts(
        pool={first: 2, second: 0, third: 0},
        evaluation={first: 0, second: 0, third: 1},
        pool_total=2,
        evaluation_total=1,
        since_round=2,
    )
    steel.record(undo(steel.pool[0], "e1"))
    assert counts(steel).pool == {first: 1, second: 0, third: 0}


def test_labels_since_the_round_are_counted_from_its_start(steel: Filled) -> None:
    steel.record(*(label(image_id, steel.class_ids[0]) for image_id in steel.pool[:4]))
    steel.rank(steel.pool[4:])
    assert counts(steel).since_round == 0
    steel.record(*(label(image_id, steel.class_ids[0], round=1) for image_id in steel.pool[4:7]))
    assert (counts(steel).pool_total, counts(steel).since_round) == (7, 3)


def test_the_oracle_labels_the_next_images_with_their_hidden_truth(tmp_path: Path) -> None:
    steel = filled(tmp_path, hidden=True)
    workspace.update_settings(steel.ws, ANN, steel.project_id, audit_share=0)
    steel.rank(steel.pool[:6])
    assert workspace.label_for_me(steel.ws, ANN, steel.project_id, 4) == 4
    rows = list(workspace.export_rows(steel.ws, steel.project_id))
    by_oracle = [row for row in rows if row.annotator == "demo oracle"]
    assert [(row.path, row.label, row.round) for row in by_oracle] == [
        ("p/0.png", "crazing", 1),
        ("p/1.png", "inclusion", 1),
        ("p/2.png", "scratches", 1),
        ("p/3.png", "crazing", 1),
    ]


def test_the_oracle_stops_when_the_queue_is_empty(tmp_path: Path) -> None:
    steel = filled(tmp_path, hidden=True)
    assert workspace.label_for_me(steel.ws, ANN, steel.project_id, 500) == 20
    assert workspace.label_for_me(steel.ws, ANN, steel.project_id, 500) == 0


def test_the_oracle_may_label_again_what_was_taken_back(tmp_path: Path) -> None:
    steel = filled(tmp_path, pool=1, hidden=True)
    workspace.label_for_me(steel.ws, ANN, steel.project_id, 1)
    last = workspace.recent(steel.ws, steel.project_id, annotator="demo oracle", limit=1)[0]
    steel.record(undo(last.image_id, last.event_id))
    assert workspace.label_for_me(steel.ws, ANN, steel.project_id, 1) == 1
    assert counts(steel).pool_total == 1


def test_what_the_oracle_gave_last_is_taken_back_and_nothing_else(tmp_path: Path) -> None:
    steel = filled(tmp_path, hidden=True)
    steel.record(label(steel.pool[19], steel.class_ids[0]))
    workspace.label_for_me(steel.ws, ANN, steel.project_id, 3)
    workspace.label_for_me(steel.ws, ANN, steel.project_id, 4)
    assert workspace.take_back_for_me(steel.ws, ANN, steel.project_id, 4) == 4
    assert counts(steel).pool_total == 4
    assert workspace.take_back_for_me(steel.ws, ANN, steel.project_id, 10) == 3
    assert workspace.take_back_for_me(steel.ws, ANN, steel.project_id, 10) == 0


def test_a_project_without_hidden_truth_has_no_oracle(steel: Filled) -> None:
    with pytest.raises(StudioError, match="no hidden labels"):
        workspace.label_for_me(steel.ws, ANN, steel.project_id, 4)


def test_a_project_knows_whether_it_has_answers(steel: Filled) -> None:
    assert not workspace.knows_answers(steel.ws, steel.project_id)
    hidden = filled(steel.ws.data_dir, hidden=True, name="Hidden")
    assert workspace.knows_answers(steel.ws, hidden.project_id)


def test_recent_decisions_are_ones_own_newest_first_without_those_taken_back(steel: Filled) -> None:
    a, b, c = steel.pool[:3]
    steel.record(label(a, steel.class_ids[0], "e1"), skip(b, "e2"), label(c, steel.class_ids[1], "e3"))
    steel.record(label(a, steel.class_ids[2], "bob"), annotator="bob")
    steel.record(undo(c, "e3"))
    decisions = workspace.recent(steel.ws, steel.project_id, annotator="ann", limit=10)
    steel.record(flag(c, "e4", "a hair"), unsure(c, "e5"), undo(c, "e5"))
    last = workspace.recent(steel.ws, steel.project_id, annotator="ann", limit=1)
    assert [(row.event_id, row.kind, row.class_id, row.comment) for row in last] == [("e4", "flag", None, "a hair")]
    assert [(row.event_id, row.image_id, row.kind, row.class_id, row.path) for row in decisions] == [
        ("e2", b, "skip", None, "p/1.png"),
        ("e1", a, "label", steel.class_ids[0], "p/0.png"),
    ]
    assert len(workspace.recent(steel.ws, steel.project_id, annotator="ann", limit=1)) == 1


def test_a_wrong_queue_or_count_is_refused(steel: Filled) -> None:
    with pytest.raises(ValueError, match="queue 'all'"):
        steel.next("all")
    with pytest.raises(ValueError, match="0 images"):
        steel.next(count=0)
