"""Whether a method is better than another, from runs paired by seed: interval, p, corrections, and what can be told.

Values are shares in [0, 1]: 0.01 is a point of accuracy.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import stdtr, stdtrit
from scipy.stats import wilcoxon

Verdict = Literal["better", "worse", "alike", "not shown", "not enough seeds to tell"]

SIGNIFICANCE = 0.05
MIN_PAIRS = 3  # with two, the interval reaches six times their difference to either side
MIN_WILCOXON_PAIRS = 6  # with five, the smallest two-sided p is 2 / 2**5 = 0.0625: nothing could be significant
MIN_SIGNS = 6  # likewise of the sign test
MATTERS = 0.01  # a gain or loss of a point is worth knowing of
ROUNDING = 1e-12  # values nearer than that are the same


@dataclass(frozen=True, kw_only=True)
class MeanEstimate:
    """A mean with its 95 % interval and the two-sided p of its being 0; NaN where the values cannot tell.

    `count` values (for a difference: pairs) in `strata` groups stand behind it.
    """

    value: float
    low: float
    high: float
    p: float
    count: int
    strata: int


def stratified_mean(*strata: np.ndarray) -> MeanEstimate:
    """The mean of the means of independent groups (n_j,) of values; for paired runs, of their differences by source.

    Student's t: with v_j = s_j^2 / n_j the variance is sum(v_j) / J^2 on sum(v_j)^2 / sum(v_j^2 / (n_j - 1)) degrees of
    freedom (Welch 1947, Satterthwaite 1946); for J = 1 the t-test of paired differences. The groups themselves are
    taken as given: nothing is claimed of further sources. Groups without values do not count. Interval and p are NaN
    where a group has a single value. Where no group's values vary, as labels saved in whole rounds may not, the
    interval has no width and p is the sign test's, from six values of one sign, 1 where all are 0; with fewer values
    both are NaN: that they are alike may be luck. ValueError for a value that is not finite.
    """
    strata = tuple(values for values in strata if len(values))
    if any(not np.isfinite(values).all() for values in strata):
        raise ValueError("a mean was asked of values that are not all finite: leave out the pairs without a value")
    count, groups = sum(map(len, strata)), len(strata)
    value = float(np.mean([values.mean() for values in strata])) if strata else np.nan
    half, p = _half_width_and_p(value, strata)
    return MeanEstimate(value=value, low=value - half, high=value + half, p=p, count=count, strata=groups)


def _half_width_and_p(value: float, strata: Sequence[np.ndarray]) -> tuple[float, float]:
    sizes = np.array([len(values) for values in strata])
    if not strata or sizes.min() < 2:
        return np.nan, np.nan
    if all(np.ptp(values) <= ROUNDING for values in strata):
        p = _p_of_equal(np.concatenate(strata))
        return (np.nan if np.isnan(p) else 0.0), p
    variances = np.array([values.var(ddof=1) for values in strata]) / sizes
    freedom = variances.sum() ** 2 / (variances**2 / (sizes - 1)).sum()
    deviation = np.sqrt(variances.sum()) / len(strata)
    return float(stdtrit(freedom, 1 - SIGNIFICANCE / 2) * deviation), float(2 * stdtr(freedom, -abs(value) / deviation))


def _p_of_equal(values: np.ndarray) -> float:
    """Two-sided p of the sign test on values (n,) that are equal within their groups; 1 where all are 0, NaN of few."""
    signs = np.sign(np.where(np.abs(values) <= ROUNDING, 0, values))
    if len(signs) < MIN_SIGNS or np.ptp(signs):
        return np.nan
    return 2 * 0.5 ** len(signs) if signs.any() else 1.0


def wilcoxon_p(differences: np.ndarray) -> float:
    """Two-sided p of Wilcoxon's signed-rank test on differences (n,), zeros left out (Wilcoxon 1945); NaN where fewer
    than six are left, of which none could be significant."""
    differences = differences[np.abs(differences) > ROUNDING]
    return float(wilcoxon(differences).pvalue) if len(differences) >= MIN_WILCOXON_PAIRS else np.nan


def holm(p: np.ndarray) -> np.ndarray:
    """p (m,) of m tests made together, corrected by Holm's (1979) step-down: a test below 0.05 then is significant, and
    the chance of even a single false one among the m is 5 % at most. NaN is no test and stays NaN."""
    corrected = np.full(len(p), np.nan)
    order = np.argsort(p)[: np.isfinite(p).sum()]  # NaN last
    steps = (len(order) - np.arange(len(order))) * p[order]
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return corrected


def verdict(difference: MeanEstimate, corrected_p: float, matters: float = MATTERS) -> Verdict:
    """What a paired difference tells.

    "better", "worse": p, corrected for the number of comparisons, is below 0.05. "alike": the interval holds neither a
    gain nor a loss that matters. "not enough seeds to tell": fewer than three pairs, no interval, or an interval that
    holds both a gain and a loss that matter. "not shown": anything else.
    """
    if difference.count < MIN_PAIRS or np.isnan(difference.low):
        return "not enough seeds to tell"
    if corrected_p < SIGNIFICANCE:
        return "better" if difference.value > 0 else "worse"
    loss, gain = difference.low <= -matters, difference.high >= matters
    if loss and gain:
        return "not enough seeds to tell"
    return "not shown" if loss or gain else "alike"


def wins(values: np.ndarray) -> np.ndarray:
    """Which method beats which: (S, S) bool, [i, j] where i is above j by a two-sided paired t-test at 0.05.

    values (n, S): a row a seed, a column a method, NaN where a run is missing. At least three pairs; differences that
    do not vary are no test. No correction: Ash et al. (2020, section 5) count such wins over many settings.
    """
    present = np.isfinite(values)
    both = present[:, :, None] & present[:, None, :]
    filled = np.where(present, values, 0)
    differences = np.where(both, filled[:, :, None] - filled[:, None, :], 0)
    pairs = both.sum(0)
    mean = differences.sum(0) / np.maximum(pairs, 1)
    freedom = np.maximum(pairs - 1, 1)
    deviation = np.sqrt((np.where(both, differences - mean, 0) ** 2).sum(0) / freedom / np.maximum(pairs, 1))
    above = mean > stdtrit(freedom, 1 - SIGNIFICANCE / 2) * deviation
    return above & (pairs >= MIN_PAIRS) & (deviation > ROUNDING)
