"""Scores that a model of their own has learned."""

import numpy as np

from vabal_core.query.select import Scores
from vabal_core.types import Pool


def learning_loss_scores(pool: Pool, rng: np.random.Generator) -> Scores:
    return Scores(values=pool.predicted_loss[pool.candidates])


def vaal_scores(pool: Pool, rng: np.random.Generator) -> Scores:
    return Scores(values=1 - pool.discriminator[pool.candidates])
