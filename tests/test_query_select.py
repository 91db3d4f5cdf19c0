"""How scores become a query, and what stands behind it."""

from dataclasses import replace

import numpy as np
import pytest
from query_pools import N, make_pool

from vabal_core.query.select import Scores, complete, top_k
from vabal_core.types import Query


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
