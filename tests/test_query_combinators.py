"""Strategies made of others: against plain loops, by hand, and by their odds."""

from dataclasses import replace

import numpy as np
import pytest

from vabal_core.query.mixture import turns
from vabal_core.query.power import power_weights
from vabal_core.query.quota import even_order
from vabal_core.query.scores import negative_margin
from vabal_core.query.strategies import STRATEGIES, find_strategy
from vabal_core.types import UNLABELLED, Pool, Query

N, C = 60, 4
STAGED = 20  # candidates that are read from all draws, the others from few


def make_pool(seed: int = 0, labelled: float = 0.3) -> Pool:
    rng = np.random.default_rng(seed)
    labels = np.where(rng.random(N) < labelled, rng.choice(C, N, p=[0.7, 0.2, 0.1, 0.0]), UNLABELLED)
    return Pool(
        keys=rng.permutation(1000)[:N].astype(np.int64),
        candidates=labels == UNLABELLED,
        labels=labels,
        class_count=C,
        probabilities=rng.dirichlet([1.0, 0.8, 0.3, 0.2], N),
        embeddings=rng.normal(size=(N, 3)).astype(np.float32),
    )


def query(name: str, pool: Pool, k: int, seed: int = 0) -> Query:
    return find_strategy(name).query(pool, k, np.random.default_rng(seed))


def quota_by_loop(pool: Pool, k: int) -> list[int]:
    """One after the other: the class with the fewest so far, and of it the image of the least margin."""
    scores, predicted = negative_margin(pool.probabilities), pool.probabilities.argmax(1)
    counts = [int((pool.labels == n).sum()) for n in range(C)]
    left, chosen = set(np.flatnonzero(pool.candidates).tolist()), []
    for _ in range(k):
        fewest = min(counts[predicted[row]] for row in left)
        row = max((row for row in left if counts[predicted[row]] == fewest), key=lambda row: scores[row])
        left.remove(row)
        chosen.append(row)
        counts[predicted[row]] += 1
    return chosen


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("k", [1, 7, 20, "all"])
def test_balanced_is_the_plain_loop_over_the_class_with_the_fewest(seed, k):
    pool = make_pool(seed)
    k = int(pool.candidates.sum()) if k == "all" else k
    assert query("balanced(margin)", pool, k).rows.tolist() == quota_by_loop(pool, k)


@pytest.mark.parametrize("seed", range(8))
def test_with_quotas_the_counts_are_as_even_as_the_predicted_numbers_allow(seed):
    """Of a class with two more than another, no image was chosen unless the other had none left."""
    pool, k = make_pool(seed), 15
    chosen = query("balanced(margin)", pool, k).rows
    predicted = pool.probabilities.argmax(1)
    counts = np.bincount(pool.labels[~pool.candidates], minlength=C) + np.bincount(predicted[chosen], minlength=C)
    left = np.bincount(predicted[np.setdiff1d(np.flatnonzero(pool.candidates), chosen)], minlength=C)
    for n in set(predicted[chosen]):
        assert all(counts[n] <= counts[other] + 1 for other in range(C) if left[other])


def test_even_order_by_hand():
    # Best first: classes 0 0 1 0 1 2. Class 0 has 1 label, class 1 none, class 2 three.
    # Counts before each: 1 2 0 3 1 3, and equal ones best first.
    assert even_order(np.array([0, 0, 1, 0, 1, 2]), np.array([1, 0, 3])).tolist() == [2, 0, 4, 1, 3, 5]


@pytest.mark.parametrize("share", [0.1, 0.25, 1 / 3, 0.5, 0.77, 0.999])
def test_the_turns_of_the_second_are_the_nearest_whole_number_at_every_length(share):
    of_second = np.cumsum(turns(200, share))
    assert (abs(of_second - np.arange(1, 201) * share) <= 0.5 + 1e-9).all()


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
@pytest.mark.parametrize("k", [1, 10, 33, "all"])
def test_a_mixture_takes_turns_and_no_image_twice(share, k):
    pool = make_pool()
    k = int(pool.candidates.sum()) if k == "all" else k
    first, second = (query(name, pool, k).rows.tolist() for name in ("margin", "entropy"))
    chosen = []
    for n in range(1, k + 1):
        by_second = int(n * share + 0.5) > int((n - 1) * share + 0.5)
        chosen.append(next(row for row in (second if by_second else first) if row not in chosen))
    assert query(f"mix(margin, entropy, {share})", pool, k).rows.tolist() == chosen


def test_what_both_want_most_is_chosen_once():
    pool = make_pool()
    assert query("mix(margin, margin, 0.5)", pool, 12).rows.tolist() == query("margin", pool, 12).rows.tolist()


def test_what_follows_a_mixture_goes_on_as_its_first_would():
    pool = make_pool()
    mixed = find_strategy("mix(random, margin, 0.000001)")
    fallback = mixed.fallback(pool, np.random.default_rng(4)).values
    chosen = mixed.query(pool, 10, np.random.default_rng(4)).rows
    candidates = np.flatnonzero(pool.candidates)
    assert candidates[np.argsort(-fallback)][:10].tolist() == chosen.tolist()


@pytest.mark.parametrize("name", ["entropy", "random", "coverage"])
def test_distinct_leaves_out_of_any_strategy_what_lies_near_one_before(name, monkeypatch):
    monkeypatch.setattr("vabal_core.query.distinct.neighbour_radius", lambda *_: 1.2)
    pool, k = make_pool(), 12
    order = query(name, pool, int(pool.candidates.sum()) if STRATEGIES[name].score else 2 * k).rows
    chosen, repeats = [], []
    for row in order:
        near = [other for other in chosen if np.linalg.norm(pool.embeddings[row] - pool.embeddings[other]) <= 1.2]
        (repeats if near else chosen).append(row)
    assert set(repeats) & set(order[:k])
    assert query(f"distinct({name})", pool, k).rows.tolist() == [*chosen, *repeats][:k]


def test_margin_distinct_is_distinct_of_margin():
    pool = make_pool()
    stored, described = query("margin_distinct", pool, 30, seed=2), query("distinct(margin)", pool, 30, seed=2)
    assert stored.rows.tolist() == described.rows.tolist() and stored.scores.tolist() == described.scores.tolist()
    assert find_strategy("margin_distinct").description == find_strategy("distinct(margin)").description


def test_the_weights_of_a_draw_by_hand():
    np.testing.assert_allclose(power_weights(np.array([-1.0, -0.5, 0.0, -0.75]), 2.0), [0, 0.25, 1, 0.0625], atol=1e-15)
    assert power_weights(np.full(3, -0.2), 2.0).tolist() == [1, 1, 1]


@pytest.mark.parametrize("beta", [0.5, 1.0, 3.0])
def test_images_are_drawn_as_often_as_their_weights_say(beta):
    """The first image and the second of 4,000 draws without replacement, within five standard errors."""
    margins = np.array([0.0, 0.2, 0.5, 0.7, 0.8])
    pool = replace(
        make_pool(),
        keys=np.arange(5),
        candidates=np.ones(5, bool),
        labels=np.full(5, UNLABELLED),
        class_count=2,
        probabilities=np.stack([(1 + margins) / 2, (1 - margins) / 2], axis=1),
    )
    weights = (1 - margins / 0.8) ** beta
    first = weights / weights.sum()
    second = sum(first[i] * np.where(np.arange(5) == i, 0, weights) / (weights.sum() - weights[i]) for i in range(4))
    draws = np.array([query(f"power(margin, {beta})", pool, 2, seed).rows for seed in range(4000)])
    for place, expected in ((0, first), (1, second)):
        shares = np.bincount(draws[:, place], minlength=5) / len(draws)
        assert (abs(shares - expected) <= 5 * np.sqrt(expected * (1 - expected) / len(draws)) + 1e-12).all()


def test_with_a_large_power_the_highest_scores_come_first_and_with_a_small_one_the_draw_is_random():
    pool = make_pool()
    assert query("power(margin, 1e6)", pool, 9).rows.tolist() == query("margin", pool, 9).rows.tolist()
    first = [int(query("power(margin, 1e-9)", pool, 1, seed).rows[0]) for seed in range(300)]
    assert len(set(first)) > 0.9 * pool.candidates.sum()


def staged_pool(seed: int = 0) -> Pool:
    """Few draws put every likelihood so much lower that each of those images would seem to be wanted most."""
    pool = make_pool(seed)
    rng = np.random.default_rng(seed + 1)
    whole = np.where(pool.candidates[:, np.newaxis], -2 + rng.normal(size=(N, C)), np.nan)
    refined = np.isin(np.arange(N), np.flatnonzero(pool.candidates)[:STAGED])
    terms = {"reliability": np.full(C, 0.5), "log_prior": np.full(C, -np.log(C)), "log_likelihood": whole}
    staged = np.where(refined[:, np.newaxis], whole, whole - 3)
    return replace(pool, **terms, staged_log_likelihood=staged, refined=refined)


@pytest.mark.parametrize("name", ["power({})", "power({}, 3)", "balanced({})", "balanced(power({}))"])
def test_where_any_image_may_be_compared_with_any_other_all_are_read_from_as_many_draws(name):
    pool = staged_pool()
    read_alike = replace(pool, staged_log_likelihood=pool.log_likelihood, refined=pool.candidates)
    for k in (3, STAGED + 5):
        of_staged, alike = (query(name.format("vabal"), which, k) for which in (pool, read_alike))
        assert of_staged.rows.tolist() == alike.rows.tolist() and of_staged.scores.tolist() == alike.scores.tolist()


@pytest.mark.parametrize("name", ["novel(vabal)", "distinct(vabal)", "mix(vabal, vabal, 0.5)"])
def test_where_the_most_wanted_alone_are_chosen_they_are_among_those_read_from_all_draws(name, monkeypatch):
    monkeypatch.setattr("vabal_core.query.distinct.neighbour_radius", lambda *_: 0.1)
    pool = staged_pool()
    assert pool.refined[query(name, pool, STAGED).rows].all()
    beyond = query(name, pool, STAGED + 4).rows
    assert pool.refined[beyond[:STAGED]].all() and not pool.refined[beyond[STAGED:]].any()


def test_what_few_draws_say_of_images_that_cannot_be_chosen_moves_no_weight():
    pool = staged_pool()
    others = pool.candidates & ~pool.refined
    lower = np.where(others[:, np.newaxis], pool.staged_log_likelihood + 2, pool.staged_log_likelihood)
    first, again = (
        query("novel(vabal)", which, 9).scores for which in (pool, replace(pool, staged_log_likelihood=lower))
    )
    assert first.tolist() == again.tolist()


@pytest.mark.parametrize("name", ["power(vabal, 1e6)", "novel(vabal)"])
def test_scores_that_cannot_be_told_from_1_are_weighed_by_their_logarithms(name):
    """A likelihood summed over 512 dimensions vanishes against 1, and only its logarithm ranks."""
    pool = staged_pool()
    summed = 10 * pool.log_likelihood - 300
    pool = replace(pool, log_likelihood=summed, staged_log_likelihood=summed, refined=pool.candidates)
    most_wanted = query("vabal", pool, 3)
    assert most_wanted.scores.tolist() == [1, 1, 1]
    assert query(name, pool, 1).rows.tolist() == most_wanted.rows[:1].tolist()
    assert len({float(score) for score in query(name, pool, 5).scores}) > 1
