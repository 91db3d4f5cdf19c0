"""One contract for every strategy of the registry, and for examples of every combinator."""

from dataclasses import replace

import numpy as np
import pytest
from query_pools import (
    BY_CLASS,
    BY_IMAGE,
    FIELDS,
    LABELLED_ONLY,
    N,
    arrays_of,
    blank,
    certain,
    make_pool,
    rows_of,
    without_labels,
)

from vabal_core.query.distances import blocks
from vabal_core.query.select import Scores, complete
from vabal_core.query.strategies import OFFERED_STRATEGIES, STRATEGIES, find_strategy
from vabal_core.types import UNLABELLED, Pool, Query

# An example of every combinator, and of combinators in one another.
COMBINED = (
    "balanced(margin)",
    "mix(entropy, random, 0.3)",
    "distinct(least_confidence)",
    "distinct(coverage)",
    "novel(entropy)",
    "power(vabal)",
    "balanced(vabal)",
    "novel(vabal)",
    "distinct(novel(entropy))",
    "mix(distinct(balanced(margin)), balanced(power(entropy, 2)), 0.5)",
)
NAMES = tuple(dict.fromkeys([*STRATEGIES, *OFFERED_STRATEGIES, *COMBINED]))
every_strategy = pytest.mark.parametrize("name", NAMES)


def query(name: str, pool: Pool, k: int, seed: int = 0) -> Query:
    return find_strategy(name).query(pool, k, np.random.default_rng(seed))


def fallback(name: str, pool: Pool, seed: int = 0) -> Scores:
    return find_strategy(name).fallback(pool, np.random.default_rng(seed))


def chosen_keys(name: str, pool: Pool, k: int) -> list[int]:
    return pool.keys[query(name, pool, k).rows].tolist()


def check_choice(chosen: Query, pool: Pool, k: int) -> None:
    """Exactly k distinct candidates with finite scores, none higher than the one before it."""
    assert len(chosen.rows) == len(chosen.scores) == len(set(chosen.rows.tolist())) == k
    assert pool.candidates[chosen.rows].all()
    assert np.isfinite(chosen.scores).all()
    assert (np.diff(chosen.scores) <= 0).all()


@every_strategy
@pytest.mark.parametrize("k", [1, 7, "all"])
def test_it_gives_exactly_k_distinct_candidates_best_first(name, k):
    pool = make_pool()
    k = int(pool.candidates.sum()) if k == "all" else k
    check_choice(query(name, pool, k), pool, k)


@every_strategy
@pytest.mark.parametrize("k", [0, "one more"])
def test_a_number_of_images_that_there_are_not_is_refused(name, k):
    pool = make_pool()
    with pytest.raises(ValueError, match="unlabelled images of the pool"):
        query(name, pool, int(pool.candidates.sum()) + 1 if k == "one more" else k)


@every_strategy
def test_what_is_chosen_stands_first_in_the_whole_ranking(name):
    pool = make_pool()
    chosen = query(name, pool, 7)
    completed = complete(chosen, pool, fallback(name, pool))
    assert completed.rows[:7].tolist() == chosen.rows.tolist()
    assert sorted(completed.rows) == np.flatnonzero(pool.candidates).tolist()
    assert np.isfinite(completed.scores).all()


@pytest.mark.parametrize("name", [name for name in NAMES if find_strategy(name).score])
def test_of_a_score_fewer_are_the_first_of_more(name):
    """What people label first is what the strategy chose, however far the queue behind it goes."""
    pool = make_pool()
    whole = query(name, pool, int(pool.candidates.sum()))
    completed = complete(query(name, pool, 7), pool, fallback(name, pool))
    assert completed.rows.tolist() == whole.rows.tolist()


@every_strategy
def test_the_same_seed_gives_the_same_answer_and_no_other_seed_is_touched(name):
    before = np.random.get_state()[1].tolist()
    first, second = query(name, make_pool(), 9, seed=3), query(name, make_pool(), 9, seed=3)
    assert first.rows.tolist() == second.rows.tolist() and first.scores.tolist() == second.scores.tolist()
    assert np.random.get_state()[1].tolist() == before


@every_strategy
def test_the_order_of_rows_does_not_matter(name):
    pool = make_pool()
    assert chosen_keys(name, rows_of(pool, np.random.default_rng(5).permutation(N)), 12) == chosen_keys(name, pool, 12)


@every_strategy
def test_images_that_are_neither_labelled_nor_candidates_change_nothing(name):
    """Where rows are mixed with positions among the candidates, other images change which are chosen."""
    pool = make_pool()
    alone = rows_of(pool, np.flatnonzero(pool.candidates | (pool.labels != UNLABELLED)))
    assert chosen_keys(name, alone, 12) == chosen_keys(name, pool, 12)


@every_strategy
def test_of_a_larger_pool_none_is_left_out_of_sight(name):
    """The last rows are the first ones of the same pool turned round: no block is dropped at either end."""
    pool = make_pool(count=2_301)
    turned = rows_of(pool, np.arange(len(pool.keys))[::-1])
    assert chosen_keys(name, turned, 150) == chosen_keys(name, pool, 150)


@every_strategy
def test_the_size_of_the_blocks_in_which_a_pool_is_read_changes_nothing(name, monkeypatch):
    """Whatever remains behind the last whole block is read too."""
    pool = make_pool(count=300)
    monkeypatch.setattr(blocks, "__defaults__", (10_000,))
    whole = chosen_keys(name, pool, 60)
    for size in (7, 179):
        monkeypatch.setattr(blocks, "__defaults__", (size,))
        assert chosen_keys(name, pool, 60) == whole


@every_strategy
def test_images_that_look_the_same_are_told_apart_by_key(name):
    pool = make_pool()
    labelled, candidate = (np.flatnonzero(mask)[0] for mask in (pool.labels != UNLABELLED, pool.candidates))
    looks = np.where(pool.candidates, candidate, labelled)
    pool = replace(pool, **{field: getattr(pool, field)[looks] for field in BY_IMAGE})
    check_choice(query(name, pool, 12), pool, 12)
    shuffled = rows_of(pool, np.random.default_rng(6).permutation(N))
    assert chosen_keys(name, shuffled, 12) == chosen_keys(name, pool, 12)


@every_strategy
def test_every_image_twice_is_no_reason_to_choose_one_twice(name):
    pool = make_pool()
    twice = rows_of(pool, np.repeat(np.arange(N), 2))
    twice = replace(twice, keys=np.random.default_rng(7).permutation(2 * N))
    for k in (11, int(twice.candidates.sum())):
        check_choice(query(name, twice, k), twice, k)


@every_strategy
def test_a_single_candidate_is_the_answer(name):
    pool = make_pool()
    last = np.flatnonzero(pool.candidates)[-1]
    pool = replace(pool, candidates=np.arange(N) == last)
    assert query(name, pool, 1).rows.tolist() == [last]


@every_strategy
def test_where_there_is_one_class_alone_all_candidates_are_chosen_from(name):
    pool = make_pool(classes=1)
    check_choice(query(name, pool, 12), pool, 12)


@every_strategy
@pytest.mark.parametrize("labels", [[0], [2], [0, 2]])
def test_classes_without_a_label_are_no_hindrance(name, labels):
    pool = make_pool()
    given = np.resize(labels, N)
    pool = replace(pool, labels=np.where(pool.labels == UNLABELLED, UNLABELLED, given))
    check_choice(query(name, pool, 5), pool, 5)


@every_strategy
def test_a_model_that_is_certain_of_everything_is_no_hindrance(name):
    """p log p is 0 where p is: no NaN, and no warning."""
    pool = make_pool(draw=certain)
    check_choice(query(name, pool, 12), pool, 12)


@pytest.mark.parametrize("name", [name for name in NAMES if set(find_strategy(name).requires) <= {"embeddings"}])
@pytest.mark.parametrize("k", [5, "all"])
def test_what_reads_nothing_learned_needs_no_label(name, k):
    pool = without_labels(make_pool())
    k = int(pool.candidates.sum()) if k == "all" else k
    check_choice(query(name, pool, k), pool, k)


@every_strategy
def test_the_pool_is_as_it_was_before(name):
    pool = make_pool()
    before = {part: values.copy() for part, values in arrays_of(pool).items()}
    query(name, pool, 9)
    fallback(name, pool)
    for part, values in arrays_of(pool).items():
        np.testing.assert_array_equal(values, before[part], err_msg=part)


@every_strategy
def test_arrays_that_cannot_be_written_to_are_read(name):
    """As those of a file mapped into memory are."""
    pool = make_pool()
    expected = query(name, pool, 9).rows.tolist(), fallback(name, pool).values.tolist()
    for values in arrays_of(pool).values():
        values.flags.writeable = False
    assert (query(name, pool, 9).rows.tolist(), fallback(name, pool).values.tolist()) == expected


@every_strategy
def test_a_strategy_reads_only_what_it_says_it_requires(name):
    pool = make_pool()
    bare = replace(pool, **{field: None for field in FIELDS if field not in find_strategy(name).requires})
    assert query(name, bare, 5).rows.tolist() == query(name, pool, 5).rows.tolist()
    assert fallback(name, bare).values.tolist() == fallback(name, pool).values.tolist()


@pytest.mark.parametrize(
    ("name", "field"),
    [(name, field) for name in NAMES for field in find_strategy(name).requires if field != "refined"],
)
def test_a_value_that_is_not_a_number_raises_instead_of_ranking(name, field):
    pool = make_pool()
    if field in BY_CLASS:
        row = 1
    elif field in LABELLED_ONLY:
        row = (np.flatnonzero(pool.labels != UNLABELLED)[3], 0)
    else:
        row = np.flatnonzero(pool.candidates)[3]
    with pytest.raises(ValueError, match="nan"):
        query(name, replace(pool, **{field: blank(getattr(pool, field), row)}), 5)


@every_strategy
def test_it_says_in_plain_words_what_it_does(name):
    strategy = find_strategy(name)
    assert 3 <= len(strategy.title) <= 80 and strategy.source
    assert 15 <= len(strategy.explanation) <= 250 and not strategy.explanation.endswith(".")


def test_images_read_from_all_draws_come_first_and_every_score_is_the_true_one():
    pool = make_pool()
    worst = query("vabal", pool, int(pool.candidates.sum())).rows[-5:]
    staged = replace(pool, refined=np.isin(np.arange(N), worst))
    everything = query("vabal", staged, int(pool.candidates.sum()))
    assert everything.rows[:5].tolist() == worst.tolist()
    scores = dict(zip(*(lambda q: (q.rows, q.scores))(query("vabal", pool, int(pool.candidates.sum()))), strict=True))
    assert [scores[row] for row in everything.rows] == everything.scores.tolist()


def test_an_unknown_strategy_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match=", ".join(STRATEGIES)):
        find_strategy("best")
