"""One contract for every strategy of the registry."""

from dataclasses import replace

import numpy as np
import pytest

from vabal_core.query.strategies import STRATEGIES, find_strategy
from vabal_core.types import UNLABELLED, Pool

N, C = 40, 4


def make_pool(seed: int = 0, classes: int = C) -> Pool:
    rng = np.random.default_rng(seed)
    labels = np.where(rng.random(N) < 0.3, rng.integers(0, classes, N), UNLABELLED)
    return Pool(
        keys=rng.permutation(1000)[:N].astype(np.int64),
        candidates=labels == UNLABELLED,
        labels=labels,
        class_count=classes,
        probabilities=rng.dirichlet(np.ones(classes), N),
        log_likelihood=-0.7 + 0.05 * rng.normal(size=(N, classes)),
        log_prior=np.log(rng.dirichlet(np.ones(classes))),
        reliability=rng.random(classes),
    )


def rows_of(pool: Pool, order: np.ndarray) -> Pool:
    """The same pool, its rows in another order."""
    fields = ("keys", "candidates", "labels", "probabilities", "log_likelihood")
    return replace(pool, **{name: getattr(pool, name)[order] for name in fields})


def ask(name: str, pool: Pool, k: int, seed: int = 0):
    return STRATEGIES[name].ask(pool, k, np.random.default_rng(seed))


every_strategy = pytest.mark.parametrize("name", STRATEGIES)


@every_strategy
@pytest.mark.parametrize("k", [1, 7, "all"])
def test_it_gives_exactly_k_distinct_candidates_best_first(name, k):
    pool = make_pool()
    k = int(pool.candidates.sum()) if k == "all" else k
    query = ask(name, pool, k)
    assert len(query.rows) == len(query.scores) == len(set(query.rows)) == k
    assert pool.candidates[query.rows].all()
    assert np.isfinite(query.scores).all()
    assert (np.diff(query.scores) <= 0).all()


@every_strategy
def test_asking_for_one_more_than_there_are_is_refused(name):
    pool = make_pool()
    with pytest.raises(ValueError, match="unlabelled images of the pool"):
        ask(name, pool, int(pool.candidates.sum()) + 1)


@every_strategy
def test_the_same_seed_gives_the_same_answer(name):
    assert ask(name, make_pool(), 9, seed=3).rows.tolist() == ask(name, make_pool(), 9, seed=3).rows.tolist()


@every_strategy
def test_the_order_of_rows_does_not_matter(name):
    pool = make_pool()
    shuffled = rows_of(pool, np.random.default_rng(5).permutation(N))
    one, other = ask(name, pool, 12), ask(name, shuffled, 12)
    assert pool.keys[one.rows].tolist() == shuffled.keys[other.rows].tolist()


@every_strategy
def test_images_that_look_the_same_are_told_apart_by_key(name):
    pool = make_pool()
    same = {field: np.repeat(getattr(pool, field)[:1], N, axis=0) for field in ("probabilities", "log_likelihood")}
    pool = replace(pool, **same)
    shuffled = rows_of(pool, np.random.default_rng(6).permutation(N))
    one, other = ask(name, pool, 12), ask(name, shuffled, 12)
    assert pool.keys[one.rows].tolist() == shuffled.keys[other.rows].tolist()


@every_strategy
def test_labels_of_one_class_only_are_enough_to_ask(name):
    pool = make_pool()
    pool = replace(pool, labels=np.where(pool.candidates, UNLABELLED, 0))
    assert len(ask(name, pool, 5).rows) == 5


@every_strategy
def test_a_strategy_reads_only_what_it_says_it_needs(name):
    pool = make_pool()
    optional = ("probabilities", "log_likelihood", "log_prior", "reliability")
    bare = replace(pool, **{field: None for field in optional if field not in STRATEGIES[name].needs})
    assert ask(name, bare, 5).rows.tolist() == ask(name, pool, 5).rows.tolist()


@every_strategy
def test_a_value_that_is_not_a_number_raises_instead_of_ranking(name):
    needs = [field for field in ("probabilities", "log_likelihood") if field in STRATEGIES[name].needs]
    for field in needs:
        pool = make_pool()
        broken = getattr(pool, field).copy()
        broken[np.flatnonzero(pool.candidates)[3], 1] = np.nan
        with pytest.raises(ValueError, match=field):
            ask(name, replace(pool, **{field: broken}), 5)


@every_strategy
def test_rows_that_are_no_candidates_are_not_read(name):
    pool = make_pool()
    hidden = ~pool.candidates[:, np.newaxis]
    fields = ("probabilities", "log_likelihood")
    blind = replace(pool, **{field: np.where(hidden, np.nan, getattr(pool, field)) for field in fields})
    assert ask(name, blind, 9).rows.tolist() == ask(name, pool, 9).rows.tolist()


def test_vabal_ranks_by_the_reading_of_eq_5_that_the_pool_names():
    pool = make_pool()
    joint, posterior = ask("vabal", pool, 20), ask("vabal", replace(pool, score="posterior"), 20)
    assert joint.rows.tolist() != posterior.rows.tolist()


def test_an_unknown_strategy_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match="vabal, random, entropy, margin"):
        find_strategy("best")
