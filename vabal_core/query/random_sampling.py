"""Simple random sampling: what every other strategy is measured against."""

import numpy as np

from vabal_core.query.select import Scores
from vabal_core.types import Pool


def random_scores(pool: Pool, rng: np.random.Generator) -> Scores:
    return Scores(values=by_key(pool, rng.random(int(pool.candidates.sum()))))


def by_key(pool: Pool, values: np.ndarray) -> np.ndarray:
    """Values (M,) drawn for the candidates, handed out by their keys: the order of rows does not matter."""
    handed_out = np.empty(len(values))
    handed_out[np.argsort(pool.keys[pool.candidates], kind="stable")] = values
    return handed_out
