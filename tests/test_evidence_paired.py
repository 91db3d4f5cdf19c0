"""Paired comparisons: against scipy, by hand, at the edges, and how often their intervals hold the truth."""

import numpy as np
import pytest
from scipy.stats import t, ttest_1samp, ttest_rel, wilcoxon

from vabal_core.evidence.paired import MeanEstimate, holm, stratified_mean, verdict, wilcoxon_p, wins

# Runs a source, and the spread of their differences in points: few, uneven, one source far noisier than the others.
SETTINGS = {
    "one source, three seeds": ((3,), (1.0,)),
    "one source, ten seeds": ((10,), (1.0,)),
    "eight sources, ten seeds": ((10,) * 8, (1.0, 0.5, 2.0, 1.0, 3.0, 0.2, 1.0, 1.5)),
    "five sources, three seeds": ((3,) * 5, (1.0, 0.5, 2.0, 1.0, 3.0)),
    "uneven seeds": ((3, 5, 10), (1.0, 1.0, 1.0)),
    "few seeds where it is noisy": ((3, 10, 10), (5.0, 1.0, 1.0)),
    "many seeds where it is noisy": ((10, 3, 3), (5.0, 1.0, 1.0)),
    "two seeds each": ((2,) * 6, (1.0, 2.0, 1.0, 0.5, 1.0, 1.0)),
}
SAMPLES = 4_000  # the coverage found is within 0.01 of the true one
SOME = np.array([0.012, 0.031, -0.004, 0.022, 0.017, 0.008, 0.027, -0.011])


def coverage(sizes: tuple[int, ...], spreads: tuple[float, ...]) -> float:
    rng = np.random.default_rng(3)
    truths = np.linspace(-2, 3, len(sizes))
    holds = 0
    for _ in range(SAMPLES):
        groups = zip(truths, spreads, sizes, strict=True)
        mean = stratified_mean(*(rng.normal(truth, spread, size) for truth, spread, size in groups))
        holds += mean.low <= truths.mean() <= mean.high
    return holds / SAMPLES


@pytest.mark.parametrize("name", SETTINGS)
def test_the_interval_holds_the_truth_about_as_often_as_it_says(name: str):
    assert 0.935 <= coverage(*SETTINGS[name]) <= 0.985


def test_a_single_source_is_scipys_paired_t_test():
    first, second = SOME + 0.8, np.linspace(0.79, 0.82, len(SOME))
    test = ttest_rel(first, second)
    low, high = test.confidence_interval(0.95)
    mean = stratified_mean(first - second)
    assert (mean.low, mean.high, mean.p) == pytest.approx((low, high, test.pvalue))
    assert (mean.value, mean.count, mean.strata) == (pytest.approx((first - second).mean()), 8, 1)


def test_the_mean_over_two_sources_by_hand():
    # means 2 and 6, variances 1 and 4, n 3 and 3: v = 1/3, 4/3; deviation sqrt(5/3) / 2; freedom (25/9) / (17/18)
    mean = stratified_mean(np.array([1.0, 2.0, 3.0]), np.array([4.0, 6.0, 8.0]))
    half = t.ppf(0.975, 50 / 17) * np.sqrt(5 / 3) / 2
    assert (mean.value, mean.low, mean.high) == pytest.approx((4, 4 - half, 4 + half))
    assert mean.p == pytest.approx(2 * t.sf(4 / (np.sqrt(5 / 3) / 2), 50 / 17))


def test_sources_weigh_the_same_however_many_seeds_they_have():
    assert stratified_mean(np.array([0.0, 0.2]), np.full(10, 0.5) + np.linspace(-0.1, 0.1, 10)).value == 0.3


def test_equal_savings_of_many_seeds_are_told_by_the_sign_test():
    """Eight times 50 labels: two of 2^8 equally likely patterns of signs are as extreme."""
    mean = stratified_mean(np.full(8, 50.0))
    assert (mean.value, mean.low, mean.high, mean.p) == (50, 50, 50, 2 / 2**8)
    assert verdict(mean, mean.p, matters=25) == "better"
    assert np.isnan(stratified_mean(np.full(5, 50.0)).p)
    assert np.isnan(stratified_mean(np.full(4, 50.0), np.full(4, -50.0)).p)


def test_differences_that_do_not_vary_tell_nothing_unless_there_is_none():
    same = stratified_mean(np.zeros(6))
    assert (same.value, same.low, same.high, same.p) == (0, 0, 0, 1)
    few = stratified_mean(np.zeros(5))
    assert few.value == 0 and np.isnan([few.low, few.high, few.p]).all(), "five that are alike may be so by luck"
    constant = stratified_mean(np.array([0.9, 0.8, 0.7]) - np.array([0.8, 0.7, 0.6]))
    assert constant.value == pytest.approx(0.1) and np.isnan([constant.low, constant.high, constant.p]).all()


def test_one_pair_has_a_value_and_no_interval():
    mean = stratified_mean(np.array([0.25]))
    assert mean.value == 0.25 and mean.count == 1 and np.isnan([mean.low, mean.high, mean.p]).all()
    with_more = stratified_mean(SOME, np.array([0.25]))
    assert with_more.count == 9 and np.isnan([with_more.low, with_more.p]).all()


def test_no_pair_has_no_value_and_an_empty_source_does_not_count():
    assert np.isnan(stratified_mean().value) and stratified_mean(np.array([])).count == 0
    assert stratified_mean(SOME, np.array([])) == stratified_mean(SOME)


def test_a_missing_value_is_refused():
    with pytest.raises(ValueError, match="not all finite"):
        stratified_mean(np.array([0.1, np.nan]))


def test_wilcoxon_is_scipys_from_six_pairs():
    assert wilcoxon_p(SOME) == wilcoxon(SOME).pvalue
    assert wilcoxon_p(np.append(SOME, 0.0)) == wilcoxon(SOME).pvalue, "zeros are left out"
    assert wilcoxon_p(np.abs(SOME[:6]) + 0.001 * np.arange(6)) == 2 / 2**6
    assert np.isnan(wilcoxon_p(SOME[:5])) and np.isnan(wilcoxon_p(np.zeros(9)))


def test_ties_do_not_stop_wilcoxon():
    assert wilcoxon_p(np.array([1.0, 1.0, 1.0, 2.0, 2.0, -1.0])) > 0.05


def test_holm_by_hand():
    # sorted 0.01, 0.02, 0.03, 0.04: times 4, 3, 2, 1 = 0.04, 0.06, 0.06, 0.04, which may not fall: 0.06
    assert holm(np.array([0.03, 0.01, 0.04, 0.02])) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm(np.array([0.5, 0.9])) == pytest.approx([1.0, 1.0])


def test_holm_counts_only_what_was_tested():
    corrected = holm(np.array([np.nan, 0.01, 0.04]))
    assert np.isnan(corrected[0]) and corrected[1:] == pytest.approx([0.02, 0.04])
    assert len(holm(np.array([]))) == 0


@pytest.mark.parametrize(
    ("low", "high", "p", "count", "words"),
    [
        (0.002, 0.030, 0.01, 10, "better"),
        (-0.030, -0.002, 0.01, 10, "worse"),
        (0.002, 0.030, 0.08, 10, "not shown"),
        (-0.004, 0.030, 0.2, 10, "not shown"),
        (-0.004, 0.006, 0.7, 10, "alike"),
        (-0.020, 0.030, 0.7, 10, "not enough seeds to tell"),
        (0.002, 0.030, 0.01, 2, "not enough seeds to tell"),
        (np.nan, np.nan, np.nan, 9, "not enough seeds to tell"),
    ],
)
def test_what_an_interval_tells(low: float, high: float, p: float, count: int, words: str):
    difference = MeanEstimate(value=(low + high) / 2, low=low, high=high, p=p, count=count, strata=1)
    assert verdict(difference, p) == words


def test_wins_are_those_of_a_loop_over_scipys_paired_t_test():
    rng = np.random.default_rng(1)
    values = rng.normal(0.8, 0.02, (7, 6)) + np.linspace(0, 0.06, 6)
    values[rng.random(values.shape) < 0.15] = np.nan
    plain = np.zeros((6, 6), bool)
    for i in range(6):
        for j in range(6):
            pairs = values[np.isfinite(values[:, [i, j]]).all(1)][:, [i, j]]
            if len(pairs) >= 3 and i != j:
                test = ttest_1samp(pairs[:, 0] - pairs[:, 1], 0)
                plain[i, j] = test.pvalue < 0.05 and test.statistic > 0
    assert plain.any() and not plain.all()
    assert (wins(values) == plain).all()


def test_nobody_wins_over_two_pairs_or_by_differences_that_do_not_vary():
    assert not wins(np.array([[0.9, 0.1], [0.8, 0.0001], [np.nan, 0.2]])).any()
    assert not wins(np.array([[0.9, 0.8], [0.8, 0.7], [0.7, 0.6]])).any()
