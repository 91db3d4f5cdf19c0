"""Where a learning curve leads: values by hand, and what few or noisy measures may say."""

import numpy as np
import pytest
from scipy.special import expit

from vabal_core.estimate.forecast import SLOPE, forecast
from vabal_core.evidence.intervals import NOTHING, Estimate, proportion


def sharp(value: float) -> Estimate:
    return Estimate(value=value, low=value - 1e-6, high=value + 1e-6, count=1000)


def test_one_measure_is_continued_with_the_usual_slope():
    # Odds of 4 at 100 labels, twice as many labels: odds of 4 * 2^SLOPE.
    (ahead,) = forecast([100], [sharp(0.8)], [100])
    odds = 4 * 2**SLOPE
    assert (ahead.labels, ahead.value) == (200, pytest.approx(odds / (1 + odds)))
    assert ahead.low < ahead.value < ahead.high


def test_many_measures_on_a_line_are_continued_along_it():
    labels = [50, 100, 200, 400, 800, 1600]
    steep = [sharp(float(expit(-2 + np.log(n)))) for n in labels]
    flat = [sharp(0.8)] * 6
    assert forecast(labels, steep, [1600])[0].value == pytest.approx(expit(-2 + np.log(3200)), abs=0.005)
    assert forecast(labels, flat, [1600])[0].value == pytest.approx(0.8, abs=0.015)


def test_what_lies_farther_ahead_is_less_sure_and_what_lies_at_hand_is_what_was_measured():
    near, far = forecast([200], [proportion(160, 200)], [0, 500])
    assert near.value == pytest.approx(0.8)
    assert proportion(160, 200).low < near.low  # 90 % beside 95 %
    assert far.high - far.value > 0 and far.value - far.low > near.value - near.low


def test_a_perfect_measure_may_get_worse_and_stays_a_share():
    (ahead,) = forecast([100], [proportion(50, 50)], [250])
    assert 0.8 < ahead.low < ahead.value <= ahead.high <= 1


@pytest.mark.parametrize("measured", [[], [NOTHING], [sharp(0.5), sharp(0.6)]])
def test_nothing_measured_is_refused(measured):
    with pytest.raises(ValueError, match="as many"):
        forecast([100], measured, [100])
