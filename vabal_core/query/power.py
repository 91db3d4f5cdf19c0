"""A stochastic batch: images drawn by lot, the higher the score the likelier, instead of the highest scores alone."""

from dataclasses import replace
from functools import partial

import numpy as np

from vabal_core.query.random_sampling import by_key
from vabal_core.query.scores import check_finite
from vabal_core.query.select import Scores
from vabal_core.query.strategy import Score, Strategy, by_score
from vabal_core.types import Pool

USUAL_BETA = 1.0  # as Kirsch et al. have it in all their experiments


def power(strategy: Strategy, beta: float = USUAL_BETA) -> Strategy:
    """Candidates drawn one after the other, each as likely as its score to the power of `beta` (above 0).

    Near 0 the draw is random, and with a large `beta` the highest scores come first, as without it. Any candidate may
    be drawn: all are read alike.
    """
    strategy = strategy.in_full or strategy
    drawn = "drawn by lot, what is wanted more more often"
    return by_score(
        partial(power_scores, strategy.score, beta),
        description=f"{strategy.title}, drawn: {strategy.explanation}; {drawn}",
        source=f"{strategy.source}; Kirsch et al., TMLR 2023",
        requires=strategy.requires,
        reason=f"by lot, weighed {strategy.reason}",
        settings=strategy.settings,
    )


def power_scores(score: Score, beta: float, pool: Pool, rng: np.random.Generator) -> Scores:
    """Scores (M,) whose k highest are k draws without replacement by `power_weights`.

    The logarithm of each is beta log s + g with Gumbel noise g (Kirsch et al., "Stochastic Batch Acquisition", Eq. 6).
    Images of weight 0 come last, by score.
    """
    scores = weighed(score(pool, rng), beta)
    noise = by_key(pool, rng.gumbel(size=len(scores.values)))
    return replace(scores, values=scores.values * np.exp(noise))


def weighed(scores: Scores, beta: float) -> Scores:
    """`power_weights` in place of the values, which tell equal weights apart.

    Where candidates come `first` the others are not comparable with them and weigh nothing: they follow by their
    values. Where all values are equal, as 1 - p for p too small to be told from 0, their ties are weighed instead.
    """
    by_ties = scores.ties is not None and not np.ptp(scores.values)
    values = scores.ties if by_ties else scores.values
    check_finite(scores=values)
    compared = np.ones(len(values), bool) if scores.first is None or not scores.first.any() else scores.first
    weights = np.zeros(len(values))
    weights[compared] = power_weights(values[compared], beta)
    return Scores(values=weights, ties=values, first=scores.first)


def power_weights(values: np.ndarray, beta: float) -> np.ndarray:
    """How likely each is drawn before the others, up to a factor: s to the power of `beta`. (M,) -> (M,) in [0, 1].

    The power wants scores from 0 up. s is how far a score lies above the lowest, as a share of the range: 0 for the
    lowest, 1 for the highest; 1 for all where they are equal.
    """
    check_finite(scores=values)
    above = values - values.min()
    return np.ones(len(values)) if not above.any() else (above / above.max()) ** beta
