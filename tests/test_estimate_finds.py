"""What the next images hold: shifts learned from what came of earlier choices, and draws at random by hand."""

import numpy as np
import pytest
from designs import design_of

from vabal_core.estimate.finds import finds_at_random, finds_ranked
from vabal_core.estimate.quality import class_rests
from vabal_core.estimate.shift import SHIFTS, Picks, shift_weights


def picks_of(probability: float, hits: int, others: int, age: int = 0) -> Picks:
    """Two classes; of all images the probability `said` was told for class 1."""
    count = hits + others
    return Picks(
        probabilities=np.tile([1 - probability, probability], (count, 1)),
        labels=np.repeat([1, 0], [hits, others]),
        ages=np.full(count, age),
    )


def next_finds(probability: float, picks: Picks, count: int = 100):
    return finds_ranked(np.tile([1 - probability, probability], (count, 1)), picks, [count])[0][1]


NO_PICKS = Picks(probabilities=np.empty((0, 2)), labels=np.empty(0, np.int64), ages=np.empty(0, np.int64))


def test_without_earlier_choices_a_half_is_a_half_with_a_wide_interval():
    finds = next_finds(0.5, NO_PICKS)
    assert finds.value == pytest.approx(50, abs=2)
    assert finds.low < 25
    assert finds.high > 75


def test_choices_of_which_half_as_many_were_hits_as_was_said_correct_the_next():
    finds = next_finds(0.4, picks_of(0.4, hits=40, others=160))
    assert finds.value == pytest.approx(20, abs=3)
    assert finds.low <= 20 <= finds.high
    assert finds.high - finds.low < next_finds(0.4, NO_PICKS).high - next_finds(0.4, NO_PICKS).low


def test_an_old_choice_weighs_less_than_a_new_one():
    new, old = (next_finds(0.4, picks_of(0.4, 10, 90, age)).value for age in (0, 8))
    assert new < old < 40


def test_the_shift_of_what_was_said_rightly_is_none():
    weights = shift_weights(picks_of(0.3, hits=300, others=700), 1)
    assert weights.sum() == pytest.approx(1)
    assert (weights * SHIFTS).sum() == pytest.approx(0, abs=0.05)


def test_more_images_hold_more_and_none_hold_none():
    rows = finds_ranked(np.tile([0.8, 0.2], (50, 1)), NO_PICKS, [0, 10, 50])
    none, few, many = (row[1] for row in rows)
    assert (none.images, none.value, none.low, none.high) == (0, 0, 0, 0)
    assert few.value < many.value
    assert (few.low <= few.high <= 10) and many.high <= 50


def test_more_images_than_are_given_are_refused():
    with pytest.raises(ValueError, match="next 3 images were asked for, 2"):
        finds_ranked(np.full((2, 2), 0.5), NO_PICKS, [3])
    with pytest.raises(ValueError, match="5 images were asked for, 4"):
        finds_at_random(class_rests(design_of(evaluation=(1, 1), unlabelled=4), np.zeros(6, int)), [5])


def test_picks_without_a_label_are_refused():
    with pytest.raises(ValueError, match="without a label"):
        Picks(probabilities=np.full((1, 2), 0.5), labels=np.array([-1]), ages=np.zeros(1, int))


def test_finds_at_random_are_the_share_of_the_random_labels():
    # 20 of 200 random ones: 10 of the next 100; the labels out of the ranking took 50 of 200 hits from 1,800 images.
    design = design_of(evaluation=(20, 180), unlabelled=1800)
    without = finds_at_random(class_rests(design, np.zeros(2000, int)), [100])[0][1]
    assert without.value == pytest.approx(10, abs=1)
    assert 2 <= without.low <= 6 and 14 <= without.high <= 20
    design = design_of(evaluation=(20, 180), chosen="R" * 50 + "r" * 50, unlabelled=1700)
    after = finds_at_random(class_rests(design, np.zeros(2000, int)), [100])[0][1]
    assert after.value == pytest.approx(130 / 17, abs=1)


def test_without_a_random_label_nobody_can_tell():
    design = design_of(chosen="Rr", unlabelled=98)
    assert finds_at_random(class_rests(design, np.zeros(100, int)), [10]) == ((None, None),)
