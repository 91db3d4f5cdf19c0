"""Scores read from the classifier's probabilities alone."""

import numpy as np

from vabal_core.query.scores import entropy, least_confidence, negative_margin
from vabal_core.query.select import Scores
from vabal_core.types import Pool


def entropy_scores(pool: Pool, rng: np.random.Generator) -> Scores:
    return Scores(values=entropy(pool.probabilities[pool.candidates]))


def margin_scores(pool: Pool, rng: np.random.Generator) -> Scores:
    return Scores(values=negative_margin(pool.probabilities[pool.candidates]))


def least_confidence_scores(pool: Pool, rng: np.random.Generator) -> Scores:
    return Scores(values=least_confidence(pool.probabilities[pool.candidates]))
