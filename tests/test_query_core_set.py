"""Core-set: against the plain loop and the best choice there is, on copies, and at the edges."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from vabal_core.query import core_set as module
from vabal_core.query.core_set import Certificate, certificate, certified_ratio, core_set
from vabal_core.types import UNLABELLED, Pool

N = 90


def scattered(seed: int = 0, count: int = N, labelled: int = 12, columns: int = 3) -> Pool:
    rng = np.random.default_rng(seed)
    labels = np.full(count, UNLABELLED)
    labels[rng.permutation(count)[:labelled]] = 0
    return Pool(
        keys=rng.permutation(10 * count)[:count],
        candidates=labels == UNLABELLED,
        labels=labels,
        class_count=2,
        embeddings=rng.normal(size=(count, columns)).astype(np.float32),
    )


def distances(values: np.ndarray) -> np.ndarray:
    return np.sqrt(((values[:, np.newaxis].astype(np.float64) - values) ** 2).sum(2))


def plain_greedy(pool: Pool, k: int) -> tuple[list[int], list[float]]:
    """All distances to all centres, anew at every step."""
    between, candidates = distances(pool.embeddings), np.flatnonzero(pool.candidates)
    centres, chosen, radii = np.flatnonzero(pool.labels != UNLABELLED).tolist(), [], []
    if not centres:
        from_mean = np.linalg.norm(pool.embeddings - pool.embeddings[candidates].mean(0), axis=1)
        chosen.append(min(candidates, key=lambda row: from_mean[row]))
        radii.append(between[candidates, chosen[0]].max())
    while len(chosen) < k:
        nearest = {row: min(between[row, [*centres, *chosen]]) for row in candidates if row not in chosen}
        chosen.append(max(nearest, key=nearest.get))
        radii.append(nearest[chosen[-1]])
    return chosen, radii


def query(pool: Pool, k: int, seed: int = 0) -> np.ndarray:
    return core_set(pool, k, np.random.default_rng(seed)).rows


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("labelled", [0, 1, 12])
@pytest.mark.parametrize("columns", [1, 3, 40])
def test_it_is_the_plain_greedy_choice(seed, labelled, columns, monkeypatch):
    monkeypatch.setattr(module, "BATCH", 4)
    monkeypatch.setattr("vabal_core.query.distances.blocks.__defaults__", (7,))
    pool = scattered(seed, labelled=labelled, columns=columns)
    k = int(pool.candidates.sum())
    chosen = core_set(pool, k, np.random.default_rng(0))
    rows, radii = plain_greedy(pool, k)
    assert chosen.rows.tolist() == rows
    assert chosen.scores == pytest.approx(radii, abs=1e-5)


def test_rows_are_rows_of_the_pool_and_not_places_among_the_unlabelled():
    """The labelled stand first, so that a place taken for a row, or a row for a place, is another image."""
    embeddings = np.array([[0.0], [1.0], [2.0], [0.5], [9.0], [5.0], [1.5]], np.float32)
    labels = np.array([0, 0, 0, -1, -1, -1, -1])
    pool = Pool(keys=np.arange(7), candidates=labels < 0, labels=labels, class_count=1, embeddings=embeddings)
    chosen = core_set(pool, 4, np.random.default_rng(0))
    assert chosen.rows.tolist() == [4, 5, 3, 6]
    assert chosen.scores.tolist() == [7.0, 3.0, 0.5, 0.5]


def test_without_labels_the_first_is_the_most_central():
    pool = replace(scattered(labelled=0, count=4), embeddings=np.array([[0.0], [4.0], [5.0], [12.0]], np.float32))
    chosen = core_set(pool, 4, np.random.default_rng(0))
    assert chosen.rows.tolist() == [2, 3, 0, 1]  # the mean is 5.25
    assert chosen.scores.tolist() == [7.0, 7.0, 5.0, 1.0]
    assert core_set(pool, 1, np.random.default_rng(0)).scores.tolist() == [7.0]


def test_copies_come_last():
    pool = scattered(labelled=3, columns=50)
    rng = np.random.default_rng(0)
    embeddings = 100 + pool.embeddings  # far from the origin, where distances round most
    candidates = rng.permutation(np.flatnonzero(pool.candidates))
    of_labelled, of_others, originals = candidates[:5], candidates[5:20], candidates[20:35]
    embeddings[of_labelled] = embeddings[np.flatnonzero(~pool.candidates)[0]]
    embeddings[of_others] = embeddings[originals]
    chosen = core_set(replace(pool, embeddings=embeddings), len(candidates), np.random.default_rng(0))
    last = set(chosen.rows[-20:])
    assert set(of_labelled) <= last
    assert all(len({copy, original} & last) == 1 for copy, original in zip(of_others, originals, strict=True))
    assert chosen.scores[-20:].tolist() == [0.0] * 20
    assert (chosen.scores[:-20] > 0).all()


def best_radius(pool: Pool, k: int) -> float:
    between, candidates = distances(pool.embeddings), np.flatnonzero(pool.candidates)
    labelled = np.flatnonzero(~pool.candidates).tolist()
    choices = combinations(candidates.tolist(), k)
    return min(between[np.ix_(candidates, [*labelled, *choice])].min(1).max() for choice in choices)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(("k", "labelled"), [(1, 0), (2, 0), (3, 1), (4, 3)])
def test_the_bound_lies_below_the_best_radius_and_half_the_greedy_one_at_least(seed, k, labelled):
    pool = scattered(seed, count=14, labelled=labelled, columns=1 + seed % 3)
    of_greedy = certificate(pool, query(pool, k))
    best = best_radius(pool, k)
    assert of_greedy.lower_bound <= best + 1e-9 <= of_greedy.radius + 2e-9
    assert 1 <= of_greedy.ratio <= 2 + 1e-9


@pytest.mark.parametrize("seed", range(6))
def test_the_bound_holds_for_any_choice_of_images(seed):
    pool = scattered(seed, count=14, labelled=2)
    arbitrary = np.random.default_rng(seed).permutation(np.flatnonzero(pool.candidates))[:3]
    of_these = certificate(pool, arbitrary)
    assert of_these.lower_bound <= best_radius(pool, 3) + 1e-9 <= of_these.radius + 2e-9


def test_a_certificate_by_hand():
    """Labelled at 0, candidates at 3, 4, 9, 10 on a line. Two choices: 10, then 4; 3 and 9 lie 1 away.

    With 10, 4 and 3 (the first of the worst covered): the second nearest of them is 1 away from 3 and from 4.
    """
    embeddings = np.array([[0.0], [3.0], [4.0], [9.0], [10.0]], np.float32)
    labels = np.array([0, -1, -1, -1, -1])
    pool = Pool(keys=np.arange(5), candidates=labels < 0, labels=labels, class_count=1, embeddings=embeddings)
    rows = query(pool, 2)
    assert rows.tolist() == [4, 2]
    assert certificate(pool, rows) == Certificate(radius=1.0, lower_bound=1.0)
    assert certificate(pool, rows[:1]).radius == 4.0
    assert certificate(pool, np.flatnonzero(pool.candidates)).ratio == 1.0


def test_in_many_dimensions_nearly_the_whole_radius_is_certified():
    """No image lies midway between two others there; the triangle inequality alone gives half."""
    pool = scattered(count=200, labelled=10, columns=200)
    assert certificate(pool, query(pool, 20)).ratio < 1.2


def test_of_a_large_pool_a_sample_is_chosen_from_and_nothing_is_read_at_once(monkeypatch):
    monkeypatch.setattr(module, "SCREENED_IMAGES", 40)
    monkeypatch.setattr("vabal_core.query.distances.blocks.__defaults__", (16,))
    monkeypatch.setattr(module, "BATCH", 8)
    read, rows_read = [], set()

    class Counted:
        def __getitem__(self, rows: np.ndarray) -> np.ndarray:
            read.append(len(rows))
            rows_read.update(rows.tolist())
            return pool.embeddings[rows]

    pool = scattered()
    counted = replace(pool, embeddings=Counted())
    assert len(set(query(counted, 30))) == 30
    assert max(read) == 16
    assert len(rows_read) == 40 + 12
    assert sorted(query(counted, 70)) == sorted(set(query(counted, 70)))


def test_the_caller_s_arrays_are_left_as_they_were():
    pool = scattered()
    before = {name: getattr(pool, name).copy() for name in ("keys", "candidates", "labels", "embeddings")}
    query(pool, 30)
    assert all((getattr(pool, name) == values).all() for name, values in before.items())


def test_the_ratio_is_told_where_that_is_quickly_done(monkeypatch):
    pool = scattered(0)
    chosen = query(pool, 5)
    assert certified_ratio(pool, chosen) == certificate(pool, chosen).ratio
    compared = int((pool.labels != UNLABELLED).sum()) + 2 * 5
    monkeypatch.setattr(module, "MAX_DISTANCES", int(pool.candidates.sum()) * compared - 1)
    assert certified_ratio(pool, chosen) is None and certified_ratio(pool, chosen[:0]) is None
