"""What is left, how many labels a target takes, and what random would have needed: by hand and by drawing."""

import numpy as np
import pytest
from designs import design_of

from vabal_core.estimate.left import labels_to_target, left_of_class, left_unmet, random_would_need
from vabal_core.estimate.quality import ClassRests, class_rests


def rests_of(**design) -> ClassRests:
    made = design_of(**design)
    return class_rests(made, np.zeros(len(made.labels), int))[1]


def test_what_is_left_and_the_share_that_is_found():
    left = left_of_class(rests_of(evaluation=(10, 90), chosen="R" * 50 + "r" * 50, unlabelled=800))
    assert (left.labelled, left.value) == (60, 40)
    assert left.low < 40 < left.high
    assert left.share_found == pytest.approx(60 / (60 + left.high))


def test_a_class_of_which_nothing_is_left_is_found():
    left = left_of_class(rests_of(evaluation=(1, 1), chosen="Rr"))
    assert (left.labelled, left.value, left.low, left.high, left.share_found) == (2, 0, 0, 0, 1)


def test_nobody_can_tell_what_is_left_without_a_random_label():
    left = left_of_class(rests_of(chosen="RRr", unlabelled=50))
    assert (left.labelled, left.value, left.low, left.high) == (2, None, 0, 50)


def test_a_class_nobody_has_met_is_bounded_by_the_rule_of_three():
    assert left_unmet(design_of(evaluation=(5, 295), unlabelled=30_000)) == pytest.approx(3 / 300 * 30_000, rel=0.05)


def test_at_random_a_target_takes_its_share_of_what_is_there():
    # 10 found, 90 left among 900: half of 100 is 40 more, about 40 / 90 of 900.
    needed = labels_to_target(rests_of(evaluation=(10, 90), unlabelled=900), 0.5)
    assert needed.value == pytest.approx(400, rel=0.1)
    assert needed.low < 350 and needed.high > 430


def test_a_ranking_that_has_them_in_front_takes_as_many_labels_as_there_are_to_find():
    probabilities = np.r_[np.full(90, 0.999), np.full(810, 0.0001)]
    rests = rests_of(evaluation=(10, 90), unlabelled=900)
    ranked = labels_to_target(rests, 0.5, probabilities)
    assert ranked.value == pytest.approx(40, abs=5)
    assert labels_to_target(rests, 0.5, probabilities[::-1]).value > 800


def test_a_target_that_is_reached_takes_no_label():
    needed = labels_to_target(rests_of(evaluation=(50, 50), chosen="R" * 400, unlabelled=10), 0.8)
    assert (needed.value, needed.low, needed.high) == (0, 0, 0)


def test_the_last_of_them_may_be_the_last_image():
    needed = labels_to_target(rests_of(evaluation=(10, 90), unlabelled=900), 1.0)
    assert 850 < needed.value <= 900 and needed.high == 900


@pytest.mark.parametrize(("share", "count", "words"), [(0, 900, "target of 0"), (0.5, 3, "3 probabilities of 900")])
def test_a_target_that_is_none_and_probabilities_of_other_images_are_refused(share, count, words):
    with pytest.raises(ValueError, match=words):
        labels_to_target(rests_of(evaluation=(10, 90), unlabelled=900), share, np.full(count, 0.5))


def test_random_needs_the_share_turned_over():
    # 10 of 100: 50 finds take about 500 images of 10,000.
    needed = random_would_need(rests_of(evaluation=(10, 90), unlabelled=9900), 50, 10_000)
    assert needed.value == pytest.approx(500, rel=0.1)
    assert needed.low < 350 and needed.high > 750


def test_nothing_found_or_nothing_random_has_no_comparison():
    assert random_would_need(rests_of(evaluation=(10, 90), unlabelled=900), 0, 1000) is None
    assert random_would_need(rests_of(chosen="RRr", unlabelled=900), 2, 903) is None
    assert labels_to_target(rests_of(chosen="RRr", unlabelled=900), 0.9) is None


def test_more_finds_than_the_class_has_are_refused():
    with pytest.raises(ValueError, match="12 finds of 10"):
        random_would_need(rests_of(evaluation=(10, 10)), 12, 20)


def test_the_interval_of_what_random_would_need_holds_what_it_needs():
    rng, held = np.random.default_rng(0), []
    for _ in range(200):
        truth = rng.permutation(np.repeat([1, 0], [100, 900]))
        hits = int(truth[:200].sum())  # the evaluation images
        rests = rests_of(evaluation=(hits, 200 - hits), unlabelled=800)
        needed = random_would_need(rests, 15, 1000)
        reached = int(np.flatnonzero(rng.permutation(truth).cumsum() == 15)[0]) + 1
        held.append(needed.low <= reached <= needed.high)
    assert 0.9 <= np.mean(held) <= 1
