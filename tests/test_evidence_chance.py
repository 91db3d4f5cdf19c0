"""What chance would have brought: values worked out by hand, and the limits of what can be said."""

import numpy as np
import pytest

from vabal_core.evidence.chance import draws_for_hits, hits_by_chance, labels_to_halve
from vabal_core.evidence.intervals import proportion


def test_hits_by_chance_are_the_share_of_the_sample():
    # Of 27 sampled images 3 are hits: of 59 others 59 / 9 = 6.6.
    expected = hits_by_chance(59, 3, 27)
    assert expected.value == pytest.approx(59 / 9)
    assert expected.low < expected.value < expected.high


def test_one_draw_from_a_sample_half_of_which_are_hits_may_be_either():
    # Jeffreys: a new image is a hit with probability (1 + 0.5) / (2 + 1) = 1 / 2, so both 0 and 1 lie within 95 %.
    assert (hits_by_chance(1, 1, 2).low, hits_by_chance(1, 1, 2).high) == (0, 1)


def test_the_interval_of_a_new_sample_holds_what_a_new_sample_brings():
    rng = np.random.default_rng(0)
    held = []
    for _ in range(400):
        hits = int(rng.binomial(40, 0.15))
        expected = hits_by_chance(60, hits, 40)
        held.append(expected.low <= rng.binomial(60, 0.15) <= expected.high)
    assert np.mean(held) > 0.92


def test_draws_that_hold_one_hit_by_hand():
    # From no hit in no more than one image: P(hit) = 0.5 / 2 = 1/4 of the first draw, above 2.5 %: one draw may do.
    expected = draws_for_hits(1, 0, 1, 10)
    assert (expected.value, expected.low, expected.high) == (None, 1, None)
    # Where every sampled image was a hit, ten draws for ten hits are to be expected, and no fewer can do.
    assert (draws_for_hits(10, 100, 100, 1000).value, draws_for_hits(10, 100, 100, 1000).low) == (10, 10)


def test_draws_for_hits_are_the_share_turned_over_and_bounded_by_the_images_there_are():
    expected = draws_for_hits(35, 30, 270, 1000)
    assert expected.value == pytest.approx(315)
    assert 190 < expected.low < 315 < expected.high < 520
    assert draws_for_hits(35, 30, 270, 300).high is None


@pytest.mark.parametrize("call", [lambda: hits_by_chance(5, 0, 0), lambda: draws_for_hits(5, 3, 2, 9)])
def test_a_share_of_nothing_is_refused(call):
    with pytest.raises(ValueError, match="sample at least one"):
        call()


def test_labels_that_halve_an_interval_by_hand():
    # At one half Wilson's width is z / sqrt(n + z^2): halved at n' = 4 n + 3 z^2 = 40 + 11.5, that is 52 images.
    assert labels_to_halve(5, 10) == 42


@pytest.mark.parametrize(("successes", "count"), [(0, 1), (1, 1), (4, 4), (30, 120), (90, 120)])
def test_so_many_more_labels_halve_it_and_one_fewer_does_not(successes: int, count: int):
    more = labels_to_halve(successes, count)

    def width(n: int) -> float:
        # at whole numbers of successes on either side of the share
        low, high = int(np.floor(successes / count * n)), int(np.ceil(successes / count * n))
        return float(np.mean([proportion(k, n).high - proportion(k, n).low for k in (low, high)]))

    assert width(count + more) <= width(count) / 2 * 1.03
    assert width(count + max(0, more - 3)) > width(count) / 2 * 0.97


def test_no_image_has_no_interval_to_halve():
    with pytest.raises(ValueError, match="label one first"):
        labels_to_halve(0, 0)
