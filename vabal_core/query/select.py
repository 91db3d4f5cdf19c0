"""How scores become a query: the best k of them, and the order of all that stands behind."""

from dataclasses import dataclass

import numpy as np

from vabal_core.query.scores import check_finite
from vabal_core.types import Pool, Query


@dataclass(frozen=True, kw_only=True)
class Scores:
    """How much each candidate is wanted, in row order (M candidates).

    `values` are kept and shown, highest first; equal ones are told apart by `ties`, highest first. Candidates marked
    `first` come before all others, whatever their values.
    """

    values: np.ndarray  # (M,) float64
    ties: np.ndarray | None = None  # (M,) float64
    first: np.ndarray | None = None  # (M,) bool


def candidate_rows(pool: Pool, k: int) -> np.ndarray:
    """The rows of the candidates, ascending; ValueError where k of them cannot be chosen."""
    rows = np.flatnonzero(pool.candidates)
    if not 1 <= k <= len(rows):
        raise ValueError(f"k={k}: must lie between 1 and the {len(rows)} unlabelled images of the pool")
    return rows


def top_k(pool: Pool, scores: Scores, k: int) -> Query:
    """The k most wanted candidates, best first; what is equal otherwise goes by key, then by row.

    ValueError for k out of range, and for a score that is not a number.
    """
    rows = candidate_rows(pool, k)
    check_finite(scores=scores.values)
    ties = np.zeros(len(rows)) if scores.ties is None else scores.ties
    later = np.zeros(len(rows), bool) if scores.first is None else ~scores.first
    order = np.lexsort((rows, pool.keys[rows], -ties, -scores.values, later))[:k]
    return Query(rows[order], scores.values[order].astype(np.float64))


def complete(query: Query, pool: Pool, fallback: Scores) -> Query:
    """The whole ranking: the rows of `query`, then all other candidates by `fallback`."""
    every = top_k(pool, fallback, int(pool.candidates.sum()))
    behind = ~np.isin(every.rows, query.rows)
    rows = np.concatenate([query.rows, every.rows[behind]])
    return Query(rows, np.concatenate([query.scores, every.scores[behind]]))


def scores_of_order(k: int) -> np.ndarray:
    """Scores (k,) that tell the order alone: 2, 1.5, 1.33 and so on, above 1."""
    return 1 + 1 / np.arange(1, k + 1)
