"""A planted rare class: strategies that know of classes, or of what is covered, find it sooner than chance does.

Three classes of points in eight dimensions: two common ones of 300 that overlap, a rare one of 15. A classifier by the
distance to the mean of each class's labels learns anew after every ten labels. Paired by seed; a difference counts
where it is four standard errors or more (p < .001 with 20 seeds).
"""

from functools import cache

import numpy as np
import pytest
from scipy.special import log_softmax, softmax

from vabal_core.query.strategies import find_strategy
from vabal_core.types import UNLABELLED, Pool

COMMON, RARE, D, C = 300, 15, 8, 3
BATCH, ROUNDS, SEEDS = 10, 3, range(20)
TRUTH = np.repeat([0, 1, 2], [COMMON, COMMON, RARE])
# The rare class lies beside the common ones, as far from either as they are from each other.
CENTRES = 2.5 * np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 0.87]]) @ np.eye(2, D)


def points(seed: int) -> np.ndarray:
    return (CENTRES[TRUTH] + np.random.default_rng(seed).normal(size=(len(TRUTH), D)) * 0.8).astype(np.float32)


def first_labels(seed: int, rare: int) -> np.ndarray:
    """Ten of each common class and `rare` of the rare one, at random."""
    rng = np.random.default_rng(1000 + seed)
    labels = np.full(len(TRUTH), UNLABELLED)
    for n, count in ((0, 10), (1, 10), (2, rare)):
        labels[rng.permutation(np.flatnonzero(n == TRUTH))[:count]] = n
    return labels


def densities(values: np.ndarray, means: np.ndarray) -> np.ndarray:
    """Log-density (N, C) up to a constant, averaged over dimensions; a class without labels is the least likely."""
    squared = ((values[:, np.newaxis] - means) ** 2).sum(2) / 2
    return -np.where(np.isnan(squared), np.nanmax(squared), squared)


def learned(values: np.ndarray, labels: np.ndarray) -> Pool:
    counts = np.array([(labels == n).sum() for n in range(C)])
    sums = np.array([values[labels == n].sum(0) for n in range(C)])
    means = np.where(counts[:, np.newaxis] > 0, sums / np.maximum(counts, 1)[:, np.newaxis], np.nan)
    log_density, out_of_fold = densities(values, means), np.full((len(values), C), np.nan)
    for row in np.flatnonzero(labels != UNLABELLED):
        n, without = labels[row], means.copy()
        without[n] = (sums[n] - values[row]) / (counts[n] - 1) if counts[n] > 1 else np.nan
        out_of_fold[row] = softmax(densities(values[row : row + 1], without)[0])
    candidates = labels == UNLABELLED
    return Pool(
        keys=np.arange(len(values)), candidates=candidates, labels=labels, class_count=C,
        probabilities=softmax(log_density, axis=1), embeddings=values, out_of_fold=out_of_fold,
        staged_log_likelihood=log_density / D, refined=candidates, reliability=np.full(C, 0.8),
        log_prior=log_softmax(np.log(counts + 1 / C)),
    )  # fmt: skip


@cache
def rare_labelled(strategy: str, rare: int) -> np.ndarray:
    """How many of the rare class were labelled in three rounds, for every seed."""
    numbers = []
    for seed in SEEDS:
        values, labels = points(seed), first_labels(seed, rare)
        for round_ in range(ROUNDS):
            rng = np.random.default_rng([seed, round_])
            rows = find_strategy(strategy).query(learned(values, labels), BATCH, rng).rows
            labels[rows] = TRUTH[rows]
        numbers.append((labels == 2).sum() - rare)
    return np.array(numbers)


def standard_errors(differences: np.ndarray) -> float:
    return float(differences.mean() / (differences.std(ddof=1) / np.sqrt(len(differences))))


@pytest.mark.parametrize("strategy", ["balanced(margin)", "mix(balanced(margin), random, 0.2)", "direct", "vabal"])
def test_a_rare_class_with_two_labels_is_found_sooner_than_by_chance(strategy):
    assert standard_errors(rare_labelled(strategy, 2) - rare_labelled("random", 2)) > 4


@pytest.mark.parametrize("strategy", ["vabal", "coreset", "badge"])
def test_a_rare_class_without_a_label_is_found_sooner_than_by_chance(strategy):
    assert standard_errors(rare_labelled(strategy, 0) - rare_labelled("random", 0)) > 4


def test_quotas_find_more_of_the_rare_class_than_the_score_alone():
    assert standard_errors(rare_labelled("balanced(margin)", 2) - rare_labelled("margin", 2)) > 4


def test_chance_finds_what_its_share_promises():
    """The control: among what is left, and no more than four standard errors from it."""
    left = len(TRUTH) - 22
    expected = BATCH * ROUNDS * (RARE - 2) / left
    assert abs(standard_errors(rare_labelled("random", 2) - expected)) < 4
