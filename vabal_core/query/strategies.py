"""The strategies: plain functions (pool, k, rng) -> Query, and the registry that names them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vabal_core.query.scores import entropy, joint_score, log_joint, negative_margin, posterior_score
from vabal_core.types import Pool, Query

Ask = Callable[[Pool, int, np.random.Generator], Query]


@dataclass(frozen=True)
class Strategy:
    """A named way to choose. `needs` lists the Pool fields it reads: the round computes these and no others."""

    name: str
    description: str
    source: str
    needs: tuple[str, ...]
    ask: Ask


def top_k(scores: np.ndarray, pool: Pool, k: int, then: np.ndarray | None = None) -> Query:
    """The k candidates with the highest scores; ties break by `then` (highest first), by key, by row.

    scores, then (M,): one for each candidate, in row order. ValueError for k out of range.
    """
    rows = np.flatnonzero(pool.candidates)
    if not 1 <= k <= len(rows):
        raise ValueError(f"k={k}: must lie between 1 and the {len(rows)} unlabelled images of the pool")
    then = np.zeros(len(rows)) if then is None else then
    order = np.lexsort((rows, pool.keys[rows], -then, -scores))[:k]
    return Query(rows[order], scores[order].astype(np.float64))


def ask_vabal(pool: Pool, k: int, rng: np.random.Generator) -> Query:
    terms = pool.log_likelihood[pool.candidates], pool.log_prior, pool.reliability
    if pool.score == "posterior":
        return top_k(posterior_score(*terms, pool.temperature), pool, k)
    # A likelihood summed over 512 dimensions vanishes against 1: there every score is 1 and only its logarithm ranks.
    return top_k(joint_score(*terms), pool, k, then=-log_joint(*terms))


def ask_random(pool: Pool, k: int, rng: np.random.Generator) -> Query:
    keys = pool.keys[pool.candidates]
    scores = np.empty(len(keys))
    scores[np.argsort(keys, kind="stable")] = rng.random(len(keys))  # drawn by key: row order does not matter
    return top_k(scores, pool, k)


def ask_entropy(pool: Pool, k: int, rng: np.random.Generator) -> Query:
    return top_k(entropy(pool.probabilities[pool.candidates]), pool, k)


def ask_margin(pool: Pool, k: int, rng: np.random.Generator) -> Query:
    return top_k(negative_margin(pool.probabilities[pool.candidates]), pool, k)


STRATEGIES = {
    "vabal": Strategy(
        "vabal",
        "VaB-AL: images the common, reliable classes do not explain; finds rare defects",
        "Choi, Yi et al., CVPR 2021",
        ("log_likelihood", "log_prior", "reliability"),
        ask_vabal,
    ),
    "random": Strategy("random", "Random: the fair yardstick", "simple random sampling", (), ask_random),
    "entropy": Strategy(
        "entropy", "Entropy: images the model is least sure about", "Shannon 1948", ("probabilities",), ask_entropy
    ),
    "margin": Strategy(
        "margin",
        "Margin: images where the two likeliest classes are close",
        "Scheffer, Decomain and Wrobel, IDA 2001",
        ("probabilities",),
        ask_margin,
    ),
}


def find_strategy(name: str) -> Strategy:
    """The strategy called `name`; ValueError names those there are."""
    if name not in STRATEGIES:
        raise ValueError(f"strategy {name!r} is unknown: choose one of {', '.join(STRATEGIES)}")
    return STRATEGIES[name]
