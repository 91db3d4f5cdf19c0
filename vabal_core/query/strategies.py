"""The strategies: plain functions (pool, k, rng) -> Query, and the registry that names them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from vabal_core.query.coverage import coverage_query
from vabal_core.query.distinct import margin_distinct
from vabal_core.query.scores import entropy, joint_score, log_joint, negative_margin, posterior_score
from vabal_core.query.select import Scores, top_k
from vabal_core.types import Pool, Query

Score = Callable[[Pool, np.random.Generator], Scores]


@dataclass(frozen=True, kw_only=True)
class Strategy:
    """A named way to choose.

    requires   the Pool fields it reads: these are computed, in this order, and no others
    query      the k candidates it chooses, best first
    fallback   the order of the candidates that it did not choose
    settings   what it needs before training: settings of Config that differ from the preset's
    """

    description: str
    source: str
    requires: tuple[str, ...]
    query: Callable[[Pool, int, np.random.Generator], Query]
    fallback: Score
    settings: Mapping[str, Any] = field(default_factory=dict)


def by_score(score: Score, *, description: str, source: str, requires: tuple[str, ...]) -> Strategy:
    """A strategy that chooses the k highest of its scores."""
    return Strategy(
        description=description, source=source, requires=requires, query=partial(_best, score), fallback=score
    )


def _best(score: Score, pool: Pool, k: int, rng: np.random.Generator) -> Query:
    return top_k(pool, score(pool, rng), k)


def vabal_scores(pool: Pool, rng: np.random.Generator) -> Scores:
    """Those read from all draws come first: few draws may by chance put an image before a better one."""
    log_likelihood = pool.staged_log_likelihood[pool.candidates]
    values = joint_score(log_likelihood, pool.log_prior, pool.reliability)
    # A likelihood summed over 512 dimensions vanishes against 1: there every score is 1 and only its logarithm ranks.
    ties = -log_joint(log_likelihood, pool.log_prior, pool.reliability)
    return Scores(values=values, ties=ties, first=pool.refined[pool.candidates])


def vabal_posterior_scores(pool: Pool, rng: np.random.Generator) -> Scores:
    return Scores(values=posterior_score(pool.posterior[pool.candidates], pool.reliability))


def random_scores(pool: Pool, rng: np.random.Generator) -> Scores:
    keys = pool.keys[pool.candidates]
    values = np.empty(len(keys))
    values[np.argsort(keys, kind="stable")] = rng.random(len(keys))  # drawn by key: row order does not matter
    return Scores(values=values)


def entropy_scores(pool: Pool, rng: np.random.Generator) -> Scores:
    return Scores(values=entropy(pool.probabilities[pool.candidates]))


def margin_scores(pool: Pool, rng: np.random.Generator) -> Scores:
    return Scores(values=negative_margin(pool.probabilities[pool.candidates]))


STRATEGIES = {
    "vabal": by_score(
        vabal_scores,
        description="VaB-AL: images the common, reliable classes do not explain; finds rare defects",
        source="Choi, Yi et al., CVPR 2021",
        requires=("reliability", "log_prior", "staged_log_likelihood", "refined"),
    ),
    "vabal_posterior": by_score(
        vabal_posterior_scores,
        description="VaB-AL as printed: Eq. 5 to the letter; images the model is probably wrong about",
        source="Choi, Yi et al., CVPR 2021",
        requires=("reliability", "posterior"),
    ),
    "random": by_score(
        random_scores,
        description="Random: the fair yardstick",
        source="simple random sampling",
        requires=(),
    ),
    "entropy": by_score(
        entropy_scores,
        description="Entropy: images the model is least sure about",
        source="Shannon 1948",
        requires=("probabilities",),
    ),
    "margin": by_score(
        margin_scores,
        description="Margin: images where the two likeliest classes are close",
        source="Scheffer, Decomain and Wrobel, IDA 2001",
        requires=("probabilities",),
    ),
    "margin_distinct": Strategy(
        description="Margin, no repeats: images where two classes are close, none much like one before it",
        source="margin: Scheffer, Decomain and Wrobel, IDA 2001; no two nearer than a radius, greedily",
        requires=("probabilities", "embeddings"),
        query=margin_distinct,
        fallback=margin_scores,
    ),
    "coverage": Strategy(
        description="Coverage: typical images of every part of the pool; needs no label",
        source="after Hacohen, Dekel and Weinshall, ICML 2022 (TypiClust)",
        requires=("embeddings",),
        query=coverage_query,
        fallback=random_scores,
    ),
}


def find_strategy(name: str) -> Strategy:
    """The strategy called `name`; ValueError names those there are."""
    if name not in STRATEGIES:
        raise ValueError(f"strategy {name!r} is unknown: choose one of {', '.join(STRATEGIES)}")
    return STRATEGIES[name]
