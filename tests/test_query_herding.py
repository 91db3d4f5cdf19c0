"""Uncertainty herding: against the plain greedy loop, by hand, on planted repeats, and at the edges."""

from dataclasses import replace

import numpy as np
import pytest

from vabal_core.query import herding as module
from vabal_core.query.distinct import neighbour_radius
from vabal_core.query.herding import Kernel, herd, kernel_radius, lazy_greedy, uherding
from vabal_core.query.sample import sample_by_weight
from vabal_core.types import UNLABELLED, Pool

N, C = 120, 3


def scattered(seed: int = 0, count: int = N, labelled: int = 15) -> Pool:
    rng = np.random.default_rng(seed)
    labels = np.full(count, UNLABELLED)
    labels[rng.permutation(count)[:labelled]] = 0
    return Pool(
        keys=rng.permutation(10 * count)[:count],
        candidates=labels == UNLABELLED,
        labels=labels,
        class_count=C,
        probabilities=rng.dirichlet(np.ones(C), count),
        embeddings=rng.normal(size=(count, 3)).astype(np.float32),
    )


def kernel_matrix(values: np.ndarray, radius: float) -> np.ndarray:
    values = values.astype(np.float64)
    return np.exp(-((values[:, np.newaxis] - values) ** 2).sum(2) / radius**2)


def plain_greedy(pool: Pool, weights: np.ndarray, k: int, radius: float, covered: np.ndarray) -> tuple[list, list]:
    """Every gain of every candidate computed anew at every step."""
    kernel, candidates = kernel_matrix(pool.embeddings, radius), np.flatnonzero(pool.candidates)
    cover = kernel[covered][:, candidates].max(0) if len(covered) else np.zeros(len(candidates))
    chosen, gains = [], []
    for _ in range(k):
        gain = {
            row: weights @ np.maximum(kernel[row, candidates] - cover, 0) for row in candidates if row not in chosen
        }
        chosen.append(max(gain, key=gain.get))
        gains.append(gain[chosen[-1]] / weights.sum())
        cover = np.maximum(cover, kernel[chosen[-1], candidates])
    return chosen, gains


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("radius", [0.3, 1.0, 3.0])
def test_it_is_the_plain_greedy_choice(seed, radius):
    pool = scattered(seed)
    weights = np.random.default_rng(seed).random(int(pool.candidates.sum()))
    query = herd(pool, weights, 25, np.random.default_rng(0), radius=radius)
    rows, gains = plain_greedy(pool, weights, 25, radius, np.flatnonzero(~pool.candidates))
    assert query.rows.tolist() == rows
    assert query.scores == pytest.approx(gains, rel=1e-4)


def test_the_blocks_and_the_kept_rows_change_nothing(monkeypatch):
    pool = scattered(1)
    weights = np.random.default_rng(1).random(int(pool.candidates.sum()))
    whole = herd(pool, weights, 30, np.random.default_rng(0), radius=1.0).rows.tolist()
    monkeypatch.setattr(module, "KEPT_ROWS", 7)
    monkeypatch.setattr(module, "BATCH", 2)
    monkeypatch.setattr("vabal_core.query.distances.blocks.__defaults__", (4,))
    assert herd(pool, weights, 30, np.random.default_rng(0), radius=1.0).rows.tolist() == whole


def test_a_choice_by_hand():
    """On a line at 0, 1, 10, 11, 20 with radius 1; k(1) = e^-1 = 0.368 at distance 1, and nothing farther away."""
    pool = replace(
        scattered(count=6, labelled=0),
        keys=np.arange(6),
        embeddings=np.array([[0], [1], [10], [11], [20], [30]], np.float32),
    )
    pool = replace(pool, candidates=np.arange(6) < 5, labels=np.array([-1, -1, -1, -1, -1, 0]))
    weights = np.array([1.0, 2.0, 2.1, 2.0, 2.5])
    query = herd(pool, weights, 5, np.random.default_rng(0), radius=1.0)
    # Gains: 0 -> 1.74, 1 -> 2.37, 10 -> 2.84, 11 -> 2.77, 20 -> 2.5. Then 11 adds but 2 (1 - 0.368) = 1.26, 0 0.63.
    assert query.rows.tolist() == [2, 4, 1, 3, 0]
    part = 1 - np.exp(-1)
    expected = np.array([2.1 + 2 * np.exp(-1), 2.5, 2 + np.exp(-1), 2 * part, part]) / 9.6
    assert query.scores == pytest.approx(expected, rel=1e-5)


def test_what_covers_already_is_the_caller_s_to_say():
    pool = scattered(2)
    weights = np.ones(int(pool.candidates.sum()))
    none = np.zeros(0, np.int64)
    query = herd(pool, weights, 10, np.random.default_rng(0), covered=none, radius=1.0)
    assert query.rows.tolist() == plain_greedy(pool, weights, 10, 1.0, none)[0]
    assert query.rows.tolist() != herd(pool, weights, 10, np.random.default_rng(0), radius=1.0).rows.tolist()


def test_the_weight_of_uherding_is_one_minus_the_lead_of_the_first_class():
    pool = scattered(3)
    falling = np.sort(pool.probabilities[pool.candidates], axis=1)
    weights = 1 - (falling[:, -1] - falling[:, -2])
    expected = herd(pool, weights, 20, np.random.default_rng(0))
    query = uherding(pool, 20, np.random.default_rng(0))
    assert query.rows.tolist() == expected.rows.tolist()


def test_the_radius_is_the_least_distance_of_two_labelled_images_that_are_no_copies():
    pool = scattered(5, labelled=20)
    labelled = np.flatnonzero(~pool.candidates)
    embeddings = pool.embeddings.copy()
    embeddings[labelled[:3]] = embeddings[labelled[3]]
    pool = replace(pool, embeddings=embeddings)
    between = np.linalg.norm(embeddings[labelled][:, np.newaxis] - embeddings[labelled], axis=2)
    rows = np.flatnonzero(pool.candidates)
    radius = kernel_radius(pool, rows, np.random.default_rng(0))
    assert radius == pytest.approx(between[between > 0].min(), rel=1e-4)
    weights = np.ones(len(rows))
    by_radius = herd(pool, weights, 9, np.random.default_rng(0), radius=radius).rows
    assert herd(pool, weights, 9, np.random.default_rng(0)).rows.tolist() == by_radius.tolist()


def test_before_two_labels_differ_the_radius_is_that_of_the_candidates():
    for labelled in (0, 1):
        pool = scattered(5, labelled=labelled)
        rows = np.flatnonzero(pool.candidates)
        expected = neighbour_radius(pool.embeddings, rows, np.random.default_rng(0))
        assert kernel_radius(pool, rows, np.random.default_rng(0)) == expected


def test_copies_of_an_image_are_not_chosen_while_others_are_left():
    pool = scattered(labelled=0)
    copied = replace(pool, embeddings=np.repeat(pool.embeddings[:40], 3, axis=0))
    rows = herd(copied, np.ones(N), 40, np.random.default_rng(0), radius=0.1).rows
    assert len(set(rows // 3)) == 40


def test_what_a_label_covers_is_passed_over():
    pool = scattered(labelled=1)
    near = pool.embeddings.copy()
    labelled = int(np.flatnonzero(~pool.candidates)[0])
    copies = [row for row in range(5) if row != labelled]
    near[copies] = near[labelled]
    rows = herd(replace(pool, embeddings=near), np.ones(N - 1), N - 1, np.random.default_rng(0), radius=0.5).rows
    assert set(rows[-len(copies) :]) == set(copies)


def test_images_that_add_nothing_follow_by_weight():
    pool = replace(scattered(labelled=0), embeddings=np.ones((N, 3), np.float32))
    weights = np.random.default_rng(0).permutation(N).astype(float)
    query = herd(pool, weights, 6, np.random.default_rng(0))
    assert query.rows[1:].tolist() == [row for row in np.argsort(-weights) if row != query.rows[0]][:5]
    assert query.scores.tolist() == [1, 0, 0, 0, 0, 0]


def test_weights_of_zero_leave_the_order_to_the_keys():
    pool = scattered()
    query = herd(pool, np.zeros(int(pool.candidates.sum())), 4, np.random.default_rng(0))
    assert pool.keys[query.rows].tolist() == np.sort(pool.keys[pool.candidates])[:4].tolist()


def test_weights_that_cannot_be_are_refused():
    pool = scattered()
    good = np.ones(int(pool.candidates.sum()))
    for bad in (good[1:], -good):
        with pytest.raises(ValueError, match="one a candidate, at least 0"):
            herd(pool, bad, 3, np.random.default_rng(0))
    with pytest.raises(ValueError, match="weights holds nan"):
        herd(pool, np.where(np.arange(len(good)) == 2, np.nan, good), 3, np.random.default_rng(0))


def test_the_caller_s_arrays_are_left_as_they_were():
    pool = scattered()
    weights = np.random.default_rng(0).random(int(pool.candidates.sum()))
    fields = ("keys", "candidates", "labels", "probabilities", "embeddings")
    before = {name: getattr(pool, name).copy() for name in fields}
    kept = weights.copy()
    herd(pool, weights, 20, np.random.default_rng(0))
    assert (weights == kept).all()
    assert all((getattr(pool, name) == before[name]).all() for name in fields)


def test_a_large_pool_is_sampled_and_never_read_at_once(monkeypatch):
    monkeypatch.setattr(module, "ANCHORS", 30)
    monkeypatch.setattr(module, "SCREENED_IMAGES", 60)
    monkeypatch.setattr("vabal_core.query.distances.blocks.__defaults__", (16,))
    read = []

    class Counted:
        def __getitem__(self, rows: np.ndarray) -> np.ndarray:
            read.append(len(rows))
            return pool.embeddings[rows]

    pool = scattered(labelled=20)
    weights = np.random.default_rng(0).random(100)
    query = herd(replace(pool, embeddings=Counted()), weights, 100, np.random.default_rng(0), radius=1.0)
    assert sorted(query.rows) == np.flatnonzero(pool.candidates).tolist()
    assert max(read) == 30  # the anchors: all else comes in blocks


def test_a_sample_by_weight_takes_the_heavy_and_estimates_without_bias():
    rng = np.random.default_rng(0)
    weights = np.concatenate([[100.0, 50.0], rng.random(200), np.zeros(50)])
    values = rng.random(252)
    estimates = []
    for _ in range(400):
        places, mass = sample_by_weight(weights, 40, rng)
        assert len(set(places)) == 40
        assert {0, 1} <= set(places)
        assert mass.sum() == pytest.approx(weights.sum())
        estimates.append(mass @ values[places])
    spread = np.std(estimates) / np.sqrt(400)
    assert abs(np.mean(estimates) - weights @ values) < 4 * spread


def test_a_sample_of_few_that_weigh_anything_is_all_of_these():
    weights = np.zeros(30)
    weights[[4, 9]] = 2.0, 3.0
    places, mass = sample_by_weight(weights, 5, np.random.default_rng(0))
    assert (places.tolist(), mass.tolist()) == ([4, 9], [2.0, 3.0])
    places, mass = sample_by_weight(np.zeros(30), 5, np.random.default_rng(0))
    assert (len(places), mass.tolist()) == (5, [0.0] * 5)


def test_gains_never_rise_along_the_greedy_choice():
    pool = scattered(4, labelled=0)
    kernel = Kernel(pool.embeddings, np.arange(N), pool.embeddings, 1.0)
    _, gains = lazy_greedy(kernel, np.ones(N), np.zeros(N, np.float32), N)
    assert (np.diff(gains) <= 1e-6).all()


def test_one_image_is_the_answer():
    pool = replace(scattered(), candidates=np.arange(N) == 7, labels=np.full(N, UNLABELLED))
    assert uherding(pool, 1, np.random.default_rng(0)).rows.tolist() == [7]
