"""Novelty: against the plain loop over all distances, by hand, on planted repeats, and at the edges."""

from dataclasses import replace

import numpy as np
import pytest
from query_pools import make_pool

from vabal_core.query import novel as module
from vabal_core.query.novel import novel_places, novel_query
from vabal_core.query.scores import negative_margin
from vabal_core.query.select import Scores
from vabal_core.query.strategies import find_strategy
from vabal_core.types import Pool

COUNT, CLASSES = 90, 3


def scattered(seed: int) -> Pool:
    pool = make_pool(seed, COUNT, CLASSES)
    return replace(pool, embeddings=np.random.default_rng(seed).normal(size=(COUNT, 2)).astype(np.float32))


def query(pool: Pool, k: int, name: str = "margin_novel") -> np.ndarray:
    return find_strategy(name).query(pool, k, np.random.default_rng(0)).rows


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("k", [1, 5, 40])
def test_it_is_the_plain_loop_over_all_distances(seed, k):
    pool = scattered(seed)
    rows = np.flatnonzero(pool.candidates)
    points = pool.embeddings[rows].astype(float)
    squared = ((points[:, np.newaxis] - points) ** 2).sum(2)
    lead = 1 + negative_margin(pool.probabilities[rows])
    weights = (lead - lead.min()) / (lead.max() - lead.min())
    chosen = [int(weights.argmax())]
    while len(chosen) < k:
        products = [weights[i] * min(squared[i, j] for j in chosen) for i in range(len(rows))]
        chosen.append(int(np.argmax(products)))
    assert query(pool, k).tolist() == rows[chosen].tolist()


def test_novelty_by_hand():
    """After 0 the products are 0.9 x 1 and 0.6 x 16; after 4 too it is 0.9 x 1. The farthest from the first is 4."""
    places, scores = novel_places(np.array([[0.0], [1.0], [4.0]]), np.array([1.0, 0.9, 0.6]), 3)
    assert places.tolist() == [0, 2, 1]
    assert scores == pytest.approx([1.0, 0.6, 0.9 / 16])


def test_what_weighs_nothing_is_not_novel():
    places, scores = novel_places(np.array([[0.0], [0.0], [9.0]]), np.array([0.5, 0.4, 0.0]), 3)
    assert (places.tolist(), scores.tolist()) == ([0], [0.5])
    assert len(novel_places(np.zeros((2, 1)), np.zeros(2), 2)[0]) == 0


def test_of_planted_near_repeats_none_is_shown_twice_while_others_wait():
    """The most uncertain are 10 defects seen 6 times each: by margin alone the first 10 are two of them."""
    rng = np.random.default_rng(0)
    groups = np.concatenate([np.repeat(np.arange(10), 6), np.arange(10, 310)])
    embeddings = (10 * rng.normal(size=(310, 8)))[groups] + 0.01 * rng.normal(size=(360, 8))
    margins = np.sort(rng.uniform(0, 1, 360))
    pool = Pool(
        keys=np.arange(360), candidates=np.ones(360, bool), labels=np.full(360, -1), class_count=3,
        probabilities=np.stack([(1 + margins) / 2, (1 - margins) / 2, np.zeros(360)], axis=1),
        embeddings=embeddings.astype(np.float32),
    )  # fmt: skip
    assert set(groups[np.argsort(margins)[:10]]) == {0, 1}
    assert len(set(groups[query(pool, 10)])) == 10


def test_copies_come_last_and_the_more_doubtful_first():
    pool = scattered(1)
    rows = np.flatnonzero(pool.candidates)
    pool = replace(pool, embeddings=np.zeros_like(pool.embeddings))
    by_margin = rows[np.lexsort((pool.keys[rows], -negative_margin(pool.probabilities[rows])))]
    chosen = find_strategy("margin_novel").query(pool, 9, np.random.default_rng(0))
    assert chosen.rows.tolist() == by_margin[:9].tolist()
    assert chosen.scores.tolist() == [1.0] + [0.0] * 8


def test_images_that_the_score_wants_least_are_not_looked_at_in_a_large_pool(monkeypatch):
    monkeypatch.setattr(module, "SCREENED_IMAGES", 4)
    monkeypatch.setattr(module, "SCREENED_BATCHES", 2)
    pool = scattered(2)
    rows = np.flatnonzero(pool.candidates)
    by_margin = rows[np.lexsort((pool.keys[rows], -negative_margin(pool.probabilities[rows])))]
    assert set(query(pool, 2)) <= set(by_margin[:4].tolist())
    assert set(query(pool, 3)) <= set(by_margin[:6].tolist())


def test_images_whose_scores_are_not_comparable_wait_until_those_that_come_first_are_used_up():
    pool = scattered(3)
    rows = np.flatnonzero(pool.candidates)
    first = np.arange(len(rows)) % 3 == 0
    values = np.where(first, 0.1, 0.9) + np.linspace(0, 0.05, len(rows))

    def chosen(k: int) -> np.ndarray:
        scores = Scores(values=values, first=first)
        return novel_query(lambda pool, rng: scores, pool, k, np.random.default_rng(0)).rows

    assert set(chosen(5)) <= set(rows[first])
    assert set(chosen(first.sum() + 2)) > set(rows[first])
