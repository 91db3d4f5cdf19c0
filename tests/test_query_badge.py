"""BADGE: against the gradients written out and drawing one by one, on copies, and at the edges."""

from collections import Counter
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from scipy.stats import chisquare

from vabal_core.query import badge as module
from vabal_core.query.badge import Gradients, badge, k_means_plus_plus, last_layer_factors, squared_gradient_distances
from vabal_core.query.scores import negative_margin
from vabal_core.types import UNLABELLED, Pool

N, C, D = 80, 4, 5


def scattered(seed: int = 0, labelled: int = 10) -> Pool:
    rng = np.random.default_rng(seed)
    labels = np.full(N, UNLABELLED)
    labels[rng.permutation(N)[:labelled]] = 0
    return Pool(
        keys=rng.permutation(10 * N)[:N],
        candidates=labels == UNLABELLED,
        labels=labels,
        class_count=C,
        probabilities=rng.dirichlet(np.ones(C), N),
        embeddings=rng.normal(size=(N, D)).astype(np.float32),
    )


def written_out(pool: Pool) -> np.ndarray:
    """(N, C D): the gradient of the loss of a last layer without bias, were the predicted class the label."""
    predicted = np.eye(pool.class_count)[pool.probabilities.argmax(1)]
    return np.einsum("nc,nd->ncd", pool.probabilities - predicted, pool.embeddings.astype(float)).reshape(
        len(predicted), -1
    )


def squared_distances(values: np.ndarray) -> np.ndarray:
    return ((values[:, np.newaxis] - values) ** 2).sum(2)


def query(pool: Pool, k: int, seed: int = 0) -> np.ndarray:
    return badge(pool, k, np.random.default_rng(seed)).rows


def test_the_factorised_distances_are_those_of_the_gradients():
    pool = scattered()
    a, h = last_layer_factors(pool.probabilities), pool.embeddings.astype(float)
    between = squared_gradient_distances(a[:30], h[:30], a[30:], h[30:])
    assert between == pytest.approx(squared_distances(written_out(pool))[:30, 30:])


def test_a_distance_by_hand():
    """p = (0.6, 0.4) gives a = (-0.4, 0.4), p = (0.2, 0.8) gives a = (0.2, -0.2); h = (1, 0) and (1, 2).

    The gradients: (-0.4 0; 0.4 0) and (0.2 0.4; -0.2 -0.4), the squares of whose differences add up to 1.04.
    """
    a = last_layer_factors(np.array([[0.6, 0.4], [0.2, 0.8]]))
    assert a == pytest.approx(np.array([[-0.4, 0.4], [0.2, -0.2]]))
    h = np.array([[1.0, 0.0], [1.0, 2.0]])
    assert squared_gradient_distances(a[:1], h[:1], a[1:], h[1:]) == pytest.approx(2 * (0.6**2 + 0.4**2))


@pytest.mark.parametrize("seed", range(5))
def test_drawn_one_at_a_time_it_is_the_plain_loop_over_written_out_gradients(seed, monkeypatch):
    monkeypatch.setattr(module, "DRAWS", 1)
    monkeypatch.setattr("vabal_core.query.distances.blocks.__defaults__", (7,))
    pool = scattered(seed)
    rows = np.flatnonzero(pool.candidates)
    rows = rows[np.argsort(pool.keys[rows])]
    gradients = written_out(pool)[rows]
    between, rng = squared_distances(gradients), np.random.default_rng(seed)
    chosen = [int((gradients**2).sum(1).argmax())]
    while len(chosen) < 40:
        chances = np.cumsum(between[:, chosen].min(1))
        chosen.append(int(np.searchsorted(chances, rng.random(1)[0] * chances[-1], side="right")))
        rng.random(1)  # the level at which a draw is taken: alone, it always is
    assert query(pool, 40, seed).tolist() == rows[chosen].tolist()


def test_drawn_many_at_once_the_chances_are_those_of_drawing_one_by_one():
    """All orders of 4 of 5 images, with the chance of each written out: no centre but the chosen ones, the origin
    neither, whatever the number of draws between two passes."""
    pool = replace(scattered(3, labelled=0), keys=np.arange(N))
    gradients = written_out(pool)[:5]
    between, first = squared_distances(gradients), int((gradients**2).sum(1).argmax())
    chances = {}
    for rest in permutations(sorted({*range(5)} - {first}), 3):
        order, chances[rest] = [first], 1.0
        for place in rest:
            nearest = between[:, order].min(1)
            chances[rest] *= nearest[place] / nearest.sum()
            order.append(place)
    assert sum(chances.values()) == pytest.approx(1)
    factors = Gradients(last_layer_factors(pool.probabilities[:5]), pool.embeddings, np.arange(5))
    rng, runs = np.random.default_rng(0), 1500
    counts = Counter(tuple(k_means_plus_plus(factors, 4, rng)[1:].tolist()) for _ in range(runs))
    assert set(counts) <= set(chances)
    seen, expected = np.array([(counts[order], runs * chance) for order, chance in chances.items()]).T
    assert chisquare(seen, expected).pvalue > 0.01


def test_the_first_is_the_image_of_the_largest_gradient():
    for seed in range(5):
        pool = scattered(seed)
        norms = np.where(pool.candidates, (written_out(pool) ** 2).sum(1), -1)
        assert query(pool, 1, seed).tolist() == [norms.argmax()]


def test_copies_are_not_chosen_while_others_are_left_and_follow_by_margin():
    pool = scattered(labelled=0)
    fields = {name: np.repeat(getattr(pool, name)[:20], 4, axis=0) for name in ("probabilities", "embeddings")}
    copied = replace(pool, **fields)
    rows = query(copied, N)
    assert len(set(rows[:20] // 4)) == 20
    assert sorted(rows) == list(range(N))
    assert (np.diff(negative_margin(copied.probabilities)[rows[20:]]) <= 0).all()


def test_an_image_that_the_model_is_certain_of_has_no_gradient_and_comes_once_with_the_first_such():
    pool = scattered(labelled=0)
    certain = np.arange(N) < 75
    probabilities = np.where(certain[:, np.newaxis], np.eye(C)[np.arange(N) % C], pool.probabilities)
    rows = query(replace(pool, probabilities=probabilities), 7)
    assert set(np.flatnonzero(~certain)) <= set(rows[:6])
    every = query(replace(pool, probabilities=np.eye(C)[np.arange(N) % C]), 3)
    assert pool.keys[every].tolist() == np.sort(pool.keys)[:3].tolist()


def test_a_large_pool_is_sampled_and_never_read_at_once(monkeypatch):
    monkeypatch.setattr(module, "SCREENED_IMAGES", 40)
    monkeypatch.setattr(module, "DRAWS", 8)
    monkeypatch.setattr("vabal_core.query.distances.blocks.__defaults__", (16,))
    read, rows_read = [], set()

    class Counted:
        def __getitem__(self, rows: np.ndarray) -> np.ndarray:
            read.append(len(rows))
            rows_read.update(rows.tolist())
            return pool.embeddings[rows]

    pool = scattered()
    rows = query(replace(pool, embeddings=Counted()), int(pool.candidates.sum()))
    assert sorted(rows) == np.flatnonzero(pool.candidates).tolist()
    assert (max(read), len(rows_read)) == (16, 40)


def test_the_caller_s_arrays_are_left_as_they_were():
    pool = scattered()
    fields = ("keys", "candidates", "labels", "probabilities", "embeddings")
    before = {name: getattr(pool, name).copy() for name in fields}
    query(pool, 30)
    assert all((getattr(pool, name) == values).all() for name, values in before.items())
