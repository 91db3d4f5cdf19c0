"""Shares and their intervals: by hand, at the edges, and how often they hold the truth."""

from functools import lru_cache
from itertools import product

import numpy as np
import pytest

from vabal_core.evidence.intervals import Estimate, mean_proportion, proportion

UNEVEN = (2, 3, 5, 10, 20, 50)
# Sizes of the classes and the true recall of each: few images, many, uneven, nearly perfect, poor where rare.
SETTINGS = {
    "rare classes are hard": (UNEVEN, (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)),
    "rare classes are lost": (UNEVEN, (0.2, 0.3, 0.5, 0.8, 0.9, 0.95)),
    "a coin toss": (UNEVEN, (0.5,) * 6),
    "good": (UNEVEN, (0.9,) * 6),
    "two classes": ((5, 50), (0.8, 0.9)),
    "two images each": ((2,) * 6, (0.8,) * 6),
    "ten classes of five": ((5,) * 10, (0.7,) * 10),
    "twenty classes of five": ((5,) * 20, (0.9,) * 20),
    "ten images each, nearly perfect": ((10,) * 6, (0.97,) * 6),
    "fifty images each": ((50,) * 6, (0.6, 0.7, 0.8, 0.9, 0.95, 0.98)),
}
SAMPLES = 5_000  # the coverage found is within 0.01 of the true one


@lru_cache
def coverage(name: str) -> float:
    """How often the interval of the mean recall holds the true mean, over samples of the setting."""
    sizes, recalls = (np.array(values) for values in SETTINGS[name])
    rng = np.random.default_rng(7)
    samples, repeats = np.unique(rng.binomial(sizes, recalls, (SAMPLES, len(sizes))), axis=0, return_counts=True)
    estimates = [mean_proportion(sample, sizes) for sample in samples]
    holds = [estimate.low <= recalls.mean() <= estimate.high for estimate in estimates]
    return float(np.average(holds, weights=repeats))


@pytest.mark.parametrize("name", SETTINGS)
def test_the_interval_of_a_mean_holds_the_truth_about_as_often_as_it_says(name: str):
    assert 0.9 <= coverage(name) <= 0.99


def test_over_all_settings_the_interval_of_a_mean_holds_the_truth_nineteen_times_in_twenty():
    assert np.mean([coverage(name) for name in SETTINGS]) == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize("sizes", [(1,), (2, 50), (1, 3, 7), (4, 4)])
def test_the_mean_itself_lies_in_its_interval_and_the_interval_in_zero_to_one(sizes: tuple[int, ...]):
    for successes in product(*(sorted({0, 1, size // 2, size}) for size in sizes)):
        estimate = mean_proportion(np.array(successes), np.array(sizes))
        assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
        assert estimate.low < estimate.high, "so few images make nothing certain"


def test_groups_without_images_take_no_part_in_a_mean():
    assert mean_proportion(np.array([8, 0, 1]), np.array([10, 0, 2])) == mean_proportion(
        np.array([8, 1]), np.array([10, 2])
    )
    assert mean_proportion(np.array([8, 0, 1]), np.array([10, 0, 2])).value == pytest.approx(0.65)


def test_wilson_interval_by_hand():
    # 8 of 10: centre (0.8 + z2/20) / (1 + z2/10), half sqrt(0.8*0.2*z2/10 + z2^2/400) / (1 + z2/10), z2 = 3.8415
    low, high = pytest.approx(0.4901625), pytest.approx(0.9433178)
    assert proportion(8, 10) == Estimate(value=0.8, low=low, high=high, count=10)


def test_an_interval_never_leaves_zero_to_one_and_is_never_certain():
    assert proportion(5, 5).high == 1.0
    assert proportion(5, 5).low < 0.6
    assert proportion(0, 5).low == 0.0
    assert proportion(0, 5).high > 0.4


def test_no_images_give_no_number():
    for estimate in (proportion(0, 0), mean_proportion(np.zeros(2, int), np.zeros(2, int))):
        assert np.isnan([estimate.value, estimate.low, estimate.high]).all() and estimate.count == 0
