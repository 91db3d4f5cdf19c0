"""DIRECT in its batch-safe form: thresholds by hand and against all others, turns against a plain loop."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from query_pools import C, make_pool

from vabal_core.query.direct import Leads, class_thresholds, direct, separation
from vabal_core.types import UNLABELLED, Pool


def rows_chosen(pool: Pool, k: int) -> list[int]:
    return direct(pool, k, np.random.default_rng(0)).rows.tolist()


def test_leads_by_hand():
    leads = Leads(np.array([[0.5, 0.3, 0.2], [0.1, 0.7, 0.2]]))
    np.testing.assert_allclose([leads.of(n) for n in range(3)], [[0.2, -0.6], [-0.2, 0.5], [-0.3, -0.5]], atol=1e-15)


@pytest.mark.parametrize(
    ("leads", "members", "threshold"),
    [
        ([-0.9, -0.5, -0.3, 0.5], [0, 0, 1, 1], -0.4),  # a rare class: its border lies below the classifier's
        ([-0.9, 0.2, 0.6, 0.8], [0, 0, 0, 1], 0.7),  # a common one: above it
        ([-0.5, 0.1, 0.3, 0.7], [0, 1, 0, 1], 0.5 - 0.7),  # -0.2 and 0.5 misplace one each: -0.2 is nearer to 0
        ([-0.5, -0.5, 0.5], [0, 1, 1], 0.0),  # below both at -0.5, or between: again one each
        ([0.2, 0.6], [0, 0], 0.8),  # nobody belongs to it: above all
        ([0.2, 0.6], [1, 1], -0.4),  # everybody does: below all
    ],
)
def test_the_threshold_by_hand(leads, members, threshold):
    assert separation(np.array(leads), np.array(members, bool)) == pytest.approx(threshold)


@pytest.mark.parametrize("seed", range(10))
def test_no_threshold_separates_more_images(seed):
    rng = np.random.default_rng(seed)
    leads, members = np.round(rng.uniform(-1, 1, 30), 1), rng.random(30) < 0.4

    def right(threshold: float) -> int:
        return int((members == (leads >= threshold)).sum())

    best = max(right(threshold) for threshold in np.linspace(-1.0, 1.1, 211))
    assert right(separation(leads, members)) == best


def test_a_class_has_its_threshold_from_labelled_images_out_of_fold_alone():
    pool = make_pool()
    rows = np.flatnonzero(pool.labels != UNLABELLED)
    by_hand = [separation(Leads(pool.out_of_fold[rows]).of(n), pool.labels[rows] == n) for n in range(C)]
    assert class_thresholds(pool).tolist() == by_hand
    some = pool.out_of_fold.copy()
    some[rows[:4]] = np.nan  # these have none
    fewer = [separation(Leads(some[rows[4:]]).of(n), pool.labels[rows[4:]] == n) for n in range(C)]
    assert class_thresholds(replace(pool, out_of_fold=some)).tolist() == fewer


def test_without_predictions_out_of_fold_the_border_is_the_classifiers():
    pool = make_pool()
    assert class_thresholds(replace(pool, out_of_fold=np.full_like(pool.out_of_fold, np.nan))).tolist() == [0] * C


def by_loop(pool: Pool, k: int) -> list[int]:
    """One image after the other, from scratch each time."""
    thresholds, leads = class_thresholds(pool), Leads(pool.probabilities)
    counts = [int((pool.labels == n).sum()) for n in range(C)]
    order, above_next, left = (
        sorted(range(C), key=lambda n: counts[n]),
        [True] * C,
        set(np.flatnonzero(pool.candidates)),
    )
    chosen = []
    for turn in range(k):
        n = order[turn % C]
        distance = leads.of(n) - thresholds[n]
        side = [row for row in left if (distance[row] >= 0) == above_next[n]] or left
        chosen.append(int(min(side, key=lambda row: abs(distance[row]))))
        left.remove(chosen[-1])
        above_next[n] = not above_next[n]
    return chosen


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("k", [1, 5, 16, "all"])
def test_it_is_the_plain_loop(seed, k):
    pool = make_pool(seed)
    k = int(pool.candidates.sum()) if k == "all" else k
    assert rows_chosen(pool, k) == by_loop(pool, k)


def test_every_class_has_the_same_number_on_either_side_of_its_own_border():
    """1,000 images between two classes, 40 labelled: the labels say that class 1 begins where p is 0.2."""
    p = np.linspace(0.0005, 0.9995, 1000)
    probabilities = np.stack([1 - p, p], axis=1)
    labels = np.where(np.arange(1000) % 25 == 12, (p > 0.2).astype(int), UNLABELLED)
    out_of_fold = np.where(labels[:, np.newaxis] == UNLABELLED, np.nan, probabilities)
    pool = Pool(
        keys=np.arange(1000), candidates=labels == UNLABELLED, labels=labels, class_count=2,
        probabilities=probabilities, out_of_fold=out_of_fold,
    )  # fmt: skip
    chosen = p[rows_chosen(pool, 40)]
    assert (abs(chosen - 0.2) < 0.04).all()
    assert abs((chosen > 0.2).sum() - 20) <= 4


def test_its_memory_is_a_small_number_of_arrays_like_the_probabilities():
    n, classes = 20_000, 20
    probabilities = np.random.default_rng(0).dirichlet(np.ones(classes), n)
    labels = np.where(np.arange(n) < 100, np.arange(n) % classes, UNLABELLED)
    pool = Pool(
        keys=np.arange(n), candidates=labels == UNLABELLED, labels=labels, class_count=classes,
        probabilities=probabilities, out_of_fold=np.where(labels[:, np.newaxis] == UNLABELLED, np.nan, probabilities),
    )  # fmt: skip
    tracemalloc.start()
    try:
        rows_chosen(pool, 100)
        assert tracemalloc.get_traced_memory()[1] < 4 * probabilities.nbytes
    finally:
        tracemalloc.stop()
