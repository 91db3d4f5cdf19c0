"""How good the model will be after more labels: its errors fall as a power of the number of labels.

JITTER and UNFORESEEN were chosen on the replays of benchmarks/hindcast.py, digits and steel together.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit
from scipy.stats import norm

from vabal_core.evidence.intervals import Z95, Estimate

SLOPE = 0.5  # by which the log-odds of being right rise with the log of the labels, before anything is measured
SLOPE_DEVIATION = 0.35
JITTER = 0.3  # of a measured log-odds beside the line, whatever is common to all of them left out
UNFORESEEN = 0.3  # of the forecast beside the line
EDGE = 0.002  # no measure is nearer to 0 or 1
Z90 = float(norm.ppf(0.95))


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """A measure in [0, 1] after `labels` labels, with a 90 % interval."""

    labels: int
    value: float
    low: float
    high: float


def forecast(labels: Sequence[int], measured: Sequence[Estimate], more: Sequence[int]) -> tuple[Forecast, ...]:
    """The measure after each of `more` further labels, from what was measured (t,) after so many `labels` (t,).

    Log-odds of being right on the log of the labels, a straight line: where few are wrong that is the power law of
    learning curves (Viering and Loog, TPAMI 2023). Its slope is a compromise of what was measured and what slopes
    usually are; its level is that of the last measure, with its interval. ValueError where nothing was measured.
    """
    if not len(measured) or len(labels) != len(measured) or measured[-1].count == 0:
        raise ValueError(f"{len(labels)} numbers of labels, {len(measured)} measures: as many, the last one of images")
    usable = [(n, estimate.value) for n, estimate in zip(labels, measured, strict=True) if estimate.count and n > 0]
    at, odds = np.log([n for n, _ in usable]), logit(np.clip([value for _, value in usable], EDGE, 1 - EDGE))
    slope, variance = _slope(at, odds)
    last = logit(np.clip([measured[-1].low, measured[-1].high], EDGE, 1 - EDGE))
    level_deviation = (last[1] - last[0]) / 2 / Z95
    forecasts = []
    for count in more:
        ahead = np.log((labels[-1] + count) / labels[-1])
        deviation = np.sqrt(level_deviation**2 + variance * ahead**2 + UNFORESEEN**2 * ahead)
        middle = odds[-1] + slope * ahead
        low, value, high = expit(middle + np.array([-Z90, 0, Z90]) * deviation)
        forecasts.append(Forecast(labels=labels[-1] + count, value=float(value), low=float(low), high=float(high)))
    return tuple(forecasts)


def _slope(at: np.ndarray, odds: np.ndarray) -> tuple[float, float]:
    """The slope and its variance: of least squares, pulled to SLOPE by the precision of both."""
    spread = ((at - at.mean()) ** 2).sum() / JITTER**2
    measured = ((at - at.mean()) * odds).sum() / JITTER**2
    precision = spread + 1 / SLOPE_DEVIATION**2
    return float((measured + SLOPE / SLOPE_DEVIATION**2) / precision), 1 / precision
