"""Margin without near repeats: against the definition, on planted repeats, and at the edges."""

from dataclasses import replace

import numpy as np
import pytest

from vabal_core.query import distinct as module
from vabal_core.query.distinct import distinct_places, neighbour_radius
from vabal_core.query.scores import negative_margin
from vabal_core.query.strategies import find_strategy
from vabal_core.types import UNLABELLED, Pool

N, C = 90, 3


def pool_of(embeddings: np.ndarray, probabilities: np.ndarray) -> Pool:
    count = len(embeddings)
    return Pool(
        keys=np.arange(count),
        candidates=np.ones(count, bool),
        labels=np.full(count, UNLABELLED),
        class_count=C,
        probabilities=probabilities,
        embeddings=embeddings.astype(np.float32),
    )


def scattered(seed: int = 0) -> Pool:
    rng = np.random.default_rng(seed)
    return pool_of(rng.normal(size=(N, 2)), rng.dirichlet(np.ones(C), N))


def query(pool: Pool, k: int, seed: int = 0) -> np.ndarray:
    return find_strategy("margin_distinct").query(pool, k, np.random.default_rng(seed)).rows


def distances(values: np.ndarray) -> np.ndarray:
    return np.sqrt(((values[:, np.newaxis].astype(float) - values) ** 2).sum(2))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("k", [1, 5, 20, N])
def test_it_is_the_plain_loop_over_all_distances(seed, k):
    pool = scattered(seed)
    between = distances(pool.embeddings)
    radius = np.quantile((between + np.diag(np.full(N, np.inf))).min(1), 0.75)
    by_margin = np.argsort(-negative_margin(pool.probabilities), kind="stable").tolist()
    chosen, repeats = [], []
    for row in by_margin:
        (repeats if any(between[row, other] <= radius for other in chosen) else chosen).append(row)
    assert 0 < len(repeats) < N
    assert query(pool, k, seed).tolist() == [*chosen, *repeats][:k]


def test_distinct_by_hand():
    values = np.array([[0.0], [0.4], [1.0], [1.5], [1.6], [3.0]])
    assert distinct_places(values, 0.5, 6).tolist() == [0, 2, 4, 5]  # 1.5 lies at the radius of 1.0, 1.6 beyond it
    assert distinct_places(values, 0.5, 2).tolist() == [0, 2]


def test_the_radius_by_hand():
    # To the nearest: 1, 1, 2, 6 and 0, 0 for the two copies; the quantile 0.75 of 0 0 1 1 2 6 lies at 1 + 0.75.
    embeddings = np.array([[0.0], [1.0], [3.0], [9.0], [20.0], [20.0]], np.float32)
    assert neighbour_radius(embeddings, np.arange(6), np.random.default_rng(0)) == pytest.approx(1.75)


def test_of_planted_near_repeats_none_is_shown_twice_while_others_wait():
    """The most uncertain are 10 defects seen 6 times each: by margin alone the first 10 are two of them."""
    rng = np.random.default_rng(0)
    groups = np.concatenate([np.repeat(np.arange(10), 6), np.arange(10, 310)])
    embeddings = (10 * rng.normal(size=(310, 8)))[groups] + 0.01 * rng.normal(size=(360, 8))
    margins = np.sort(rng.uniform(0, 1, 360))
    pool = pool_of(embeddings, np.stack([(1 + margins) / 2, (1 - margins) / 2, np.zeros(360)], axis=1))
    assert set(groups[np.argsort(margins)[:10]]) == {0, 1}
    assert len(set(groups[query(pool, 10)])) == 10


def test_identical_images_are_not_chosen_twice_while_others_are_left():
    pool = scattered()
    copied = replace(pool, embeddings=np.repeat(pool.embeddings[:30], 3, axis=0))
    rows = query(copied, 30)
    assert len(set(rows // 3)) == 30
    same = replace(pool, embeddings=np.zeros_like(pool.embeddings))
    assert query(same, 5).tolist() == np.argsort(-negative_margin(pool.probabilities), kind="stable")[:5].tolist()


def test_only_the_most_uncertain_of_a_large_pool_are_screened_and_a_sample_measured(monkeypatch):
    monkeypatch.setattr(module, "SCREENED_IMAGES", 40)
    monkeypatch.setattr(module, "NEIGHBOURS_AMONG", 30)
    monkeypatch.setattr(module, "MEASURED_IMAGES", 20)
    read = []

    class Counted:
        def __getitem__(self, rows: np.ndarray) -> np.ndarray:
            read.append(len(rows))
            return pool.embeddings[rows]

    pool = scattered()
    rows = query(replace(pool, embeddings=Counted()), N)
    assert read == [30, 40]
    by_margin = np.argsort(-negative_margin(pool.probabilities), kind="stable")
    assert set(rows[:5]) <= set(by_margin[:40])
    assert sorted(rows) == list(range(N))
    assert [row for row in rows if row not in by_margin[:40]] == by_margin[40:].tolist()


def test_one_candidate_is_the_answer():
    pool = replace(scattered(), candidates=np.arange(N) == 7)
    assert query(pool, 1).tolist() == [7]
