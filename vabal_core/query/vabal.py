"""VaB-AL's scores: Eq. 5 as printed, its numerator alone, and the doubt of classifier and auto-encoder together."""

import numpy as np

from vabal_core.query.scores import joint_score, log_joint, negative_margin, pooled_opinions, posterior_score
from vabal_core.query.select import Scores
from vabal_core.types import Pool


def vabal_scores(pool: Pool, rng: np.random.Generator) -> Scores:
    """Those read from all draws come first: few draws may by chance put an image before a better one."""
    return _joint(pool.staged_log_likelihood[pool.candidates], pool, first=pool.refined[pool.candidates])


def vabal_scores_in_full(pool: Pool, rng: np.random.Generator) -> Scores:
    """The same with every candidate read from all draws."""
    return _joint(pool.log_likelihood[pool.candidates], pool)


def _joint(log_likelihood: np.ndarray, pool: Pool, first: np.ndarray | None = None) -> Scores:
    # A likelihood summed over 512 dimensions vanishes against 1: there every score is 1 and only its logarithm ranks.
    return Scores(
        values=joint_score(log_likelihood, pool.log_prior, pool.reliability),
        ties=-log_joint(log_likelihood, pool.log_prior, pool.reliability),
        first=first,
    )


def vabal_posterior_scores(pool: Pool, rng: np.random.Generator) -> Scores:
    return Scores(values=posterior_score(pool.posterior[pool.candidates], pool.reliability))


def vabal_margin_scores(pool: Pool, rng: np.random.Generator) -> Scores:
    probabilities, draw_counts = pool.probabilities[pool.candidates], pool.draw_counts[pool.candidates]
    return Scores(values=negative_margin(pooled_opinions(probabilities, draw_counts)))
