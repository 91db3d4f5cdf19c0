"""One contract for every strategy of the registry."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import entr

from vabal_core.query.select import Scores, complete, top_k
from vabal_core.query.strategies import STRATEGIES, find_strategy
from vabal_core.types import UNLABELLED, Committee, Pool, Query

# The registry, an example of every combinator, and of combinators in one another.
COMBINED = (
    "balanced(margin)",
    "mix(entropy, random, 0.3)",
    "distinct(least_confidence)",
    "distinct(coverage)",
    "power(vabal)",
    "mix(distinct(balanced(margin)), balanced(power(entropy, 2)), 0.5)",
)
NAMES = (*STRATEGIES, *COMBINED)
N, C = 40, 4
COMMITTEES = ("dropout", "heavy_dropout")
# The fields that hold a row an image.
BY_IMAGE = ("probabilities", "embeddings", "staged_log_likelihood", "refined", "posterior", *COMMITTEES)
OPTIONAL = (*BY_IMAGE, "log_prior", "reliability")


def make_committee(rng: np.random.Generator, classes: int, members: int = 7) -> Committee:
    said = rng.dirichlet(np.ones(classes), (members, N))
    votes = np.eye(classes)[said.argmax(2)].mean(0)
    return Committee(probabilities=said.mean(0), entropy=entr(said).sum(2).mean(0), votes=votes)


def make_pool(seed: int = 0, classes: int = C) -> Pool:
    rng = np.random.default_rng(seed)
    labels = np.where(rng.random(N) < 0.3, rng.integers(0, classes, N), UNLABELLED)
    return Pool(
        keys=rng.permutation(1000)[:N].astype(np.int64),
        candidates=labels == UNLABELLED,
        labels=labels,
        class_count=classes,
        probabilities=rng.dirichlet(np.ones(classes), N),
        embeddings=rng.normal(size=(N, 6)).astype(np.float32),
        staged_log_likelihood=-0.7 + 0.05 * rng.normal(size=(N, classes)),
        refined=np.ones(N, bool),
        posterior=rng.dirichlet(np.ones(classes), N),
        log_prior=np.log(rng.dirichlet(np.ones(classes))),
        reliability=rng.random(classes),
        **{name: make_committee(rng, classes) for name in COMMITTEES},
    )


def not_a_number(values: np.ndarray | Committee, rows: int | np.ndarray) -> np.ndarray | Committee:
    """A copy with NaN in these rows, in all that a committee says of them."""
    if isinstance(values, Committee):
        return Committee(**{name: not_a_number(part, rows) for name, part in vars(values).items()})
    broken = values.copy()
    broken[rows] = np.nan
    return broken


def rows_of(pool: Pool, order: np.ndarray) -> Pool:
    """The same pool, its rows in another order."""
    fields = ("keys", "candidates", "labels", *BY_IMAGE)
    return replace(pool, **{name: getattr(pool, name)[order] for name in fields})


def query(name: str, pool: Pool, k: int, seed: int = 0) -> Query:
    return find_strategy(name).query(pool, k, np.random.default_rng(seed))


def fallback(name: str, pool: Pool, seed: int = 0) -> Scores:
    return find_strategy(name).fallback(pool, np.random.default_rng(seed))


every_strategy = pytest.mark.parametrize("name", NAMES)


@every_strategy
@pytest.mark.parametrize("k", [1, 7, "all"])
def test_it_gives_exactly_k_distinct_candidates_best_first(name, k):
    pool = make_pool()
    k = int(pool.candidates.sum()) if k == "all" else k
    chosen = query(name, pool, k)
    assert len(chosen.rows) == len(chosen.scores) == len(set(chosen.rows)) == k
    assert pool.candidates[chosen.rows].all()
    assert np.isfinite(chosen.scores).all()
    assert (np.diff(chosen.scores) <= 0).all()


@every_strategy
@pytest.mark.parametrize("k", [0, "one more"])
def test_a_number_of_images_that_there_are_not_is_refused(name, k):
    pool = make_pool()
    with pytest.raises(ValueError, match="unlabelled images of the pool"):
        query(name, pool, int(pool.candidates.sum()) + 1 if k == "one more" else k)


@every_strategy
def test_fewer_are_the_first_of_the_whole_ranking(name):
    """What people label first is what the strategy chose, however far the queue behind it goes."""
    pool = make_pool()
    whole = query(name, pool, int(pool.candidates.sum()))
    completed = complete(query(name, pool, 7), pool, fallback(name, pool))
    assert query(name, pool, 7).rows.tolist() == whole.rows[:7].tolist() == completed.rows[:7].tolist()
    assert sorted(completed.rows) == np.flatnonzero(pool.candidates).tolist()
    assert np.isfinite(completed.scores).all()


@every_strategy
def test_the_same_seed_gives_the_same_answer(name):
    assert query(name, make_pool(), 9, seed=3).rows.tolist() == query(name, make_pool(), 9, seed=3).rows.tolist()


@every_strategy
def test_the_order_of_rows_does_not_matter(name):
    pool = make_pool()
    shuffled = rows_of(pool, np.random.default_rng(5).permutation(N))
    straight, mixed = query(name, pool, 12), query(name, shuffled, 12)
    assert pool.keys[straight.rows].tolist() == shuffled.keys[mixed.rows].tolist()


@every_strategy
def test_images_that_look_the_same_are_told_apart_by_key(name):
    pool = make_pool()
    pool = replace(pool, **{field: getattr(pool, field)[np.zeros(N, int)] for field in BY_IMAGE})
    shuffled = rows_of(pool, np.random.default_rng(6).permutation(N))
    straight, mixed = query(name, pool, 12), query(name, shuffled, 12)
    assert pool.keys[straight.rows].tolist() == shuffled.keys[mixed.rows].tolist()


@every_strategy
def test_labels_of_one_class_only_are_enough_to_query(name):
    pool = make_pool()
    pool = replace(pool, labels=np.where(pool.candidates, UNLABELLED, 0))
    assert len(query(name, pool, 5).rows) == 5


@every_strategy
def test_a_strategy_reads_only_what_it_says_it_requires(name):
    pool = make_pool()
    bare = replace(pool, **{field: None for field in OPTIONAL if field not in find_strategy(name).requires})
    assert query(name, bare, 5).rows.tolist() == query(name, pool, 5).rows.tolist()
    assert fallback(name, bare).values.tolist() == fallback(name, pool).values.tolist()


@pytest.mark.parametrize(
    ("name", "field"),
    [
        (name, field)
        for name in NAMES
        for field in OPTIONAL
        if field in find_strategy(name).requires and field != "refined"
    ],
)
def test_a_value_that_is_not_a_number_raises_instead_of_ranking(name, field):
    pool = make_pool()
    broken = not_a_number(getattr(pool, field), np.flatnonzero(pool.candidates)[3] if field in BY_IMAGE else 1)
    with pytest.raises(ValueError, match="nan"):
        query(name, replace(pool, **{field: broken}), 5)


@every_strategy
def test_rows_that_are_no_candidates_are_not_read(name):
    pool = make_pool()
    fields = ("probabilities", "staged_log_likelihood", "posterior", *COMMITTEES)
    blind = replace(pool, **{field: not_a_number(getattr(pool, field), ~pool.candidates) for field in fields})
    assert query(name, blind, 9).rows.tolist() == query(name, pool, 9).rows.tolist()


def test_images_read_from_all_draws_come_first_and_every_score_is_the_true_one():
    pool = make_pool()
    worst = query("vabal", pool, int(pool.candidates.sum())).rows[-5:]
    staged = replace(pool, refined=np.isin(np.arange(N), worst))
    everything = query("vabal", staged, int(pool.candidates.sum()))
    assert everything.rows[:5].tolist() == worst.tolist()
    scores = dict(zip(*(lambda q: (q.rows, q.scores))(query("vabal", pool, int(pool.candidates.sum()))), strict=True))
    assert [scores[row] for row in everything.rows] == everything.scores.tolist()


def test_what_a_strategy_did_not_choose_follows_by_its_fallback_score():
    pool = make_pool()
    candidates = np.flatnonzero(pool.candidates)
    chosen = Query(candidates[[3, 1]], np.array([0.1, 0.2]))
    values = np.arange(len(candidates), dtype=float)
    ranking = complete(chosen, pool, Scores(values=values))
    rest = [row for row in candidates[::-1] if row not in chosen.rows]
    assert ranking.rows.tolist() == [*chosen.rows, *rest]
    assert ranking.scores[:3].tolist() == [0.1, 0.2, values[-1]]


def test_equal_scores_go_by_their_ties_and_then_by_key():
    pool = replace(make_pool(), candidates=np.arange(N) < 4, keys=np.arange(N)[::-1])
    values, ties = np.array([1.0, 2.0, 1.0, 1.0]), np.array([0.0, 0.0, 5.0, 0.0])
    assert top_k(pool, Scores(values=values, ties=ties), 4).rows.tolist() == [1, 2, 3, 0]


def test_a_score_that_is_not_a_number_is_never_chosen():
    pool = make_pool()
    values = np.arange(pool.candidates.sum(), dtype=float)
    values[2] = np.nan
    with pytest.raises(ValueError, match=r"scores holds nan at \(2,\)"):
        top_k(pool, Scores(values=values), 3)


def test_an_unknown_strategy_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match=", ".join(STRATEGIES)):
        find_strategy("best")
