"""What a strategy is: a named way to choose the images to label next."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from vabal_core.query.select import Scores, top_k
from vabal_core.types import Pool, Query

Score = Callable[[Pool, np.random.Generator], Scores]

# The fields of a pool that an auto-encoder is trained for, whatever the settings.
AUTO_ENCODER_FIELDS = frozenset(
    ["log_prior", "log_likelihood", "staged_log_likelihood", "refined", "posterior", "draw_counts"]
)


@dataclass(frozen=True, kw_only=True)
class Strategy:
    """A named way to choose.

    description   its name as people say it, a colon, and what it does
    requires      the Pool fields it reads: these are computed, in this order, and no others
    query         the k candidates it chooses, best first
    fallback      the order of the candidates that it did not choose
    reason        what it goes by, true of every image that it chooses: "chosen" stands before it
    fallback_reason   what the fallback goes by, true of every image behind those
    score         where it chooses the k highest of its scores: these; elsewhere None
    settings      what it needs before training: settings of Config that differ from the preset's
    certify       where it can be told how near a choice comes to the best of as many images (k,): its cost at most so
                  many times the best one's, or None where that takes long; elsewhere None
    in_full       where it reads some candidates from fewer draws than others: the same with all of them read alike, for
                  whoever compares any candidate with any other; elsewhere None
    """

    description: str
    source: str
    requires: tuple[str, ...]
    query: Callable[[Pool, int, np.random.Generator], Query]
    fallback: Score
    reason: str
    fallback_reason: str
    score: Score | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    certify: Callable[[Pool, np.ndarray], float | None] | None = None
    in_full: "Strategy | None" = None

    @property
    def reads_auto_encoder(self) -> bool:
        """Whether it requires a field that an auto-encoder is trained for."""
        return not AUTO_ENCODER_FIELDS.isdisjoint(self.requires)

    @property
    def title(self) -> str:
        """Its name as people say it."""
        return self.description.partition(": ")[0]

    @property
    def explanation(self) -> str:
        """What it does, in a few words that begin in lower case."""
        return self.description.partition(": ")[2]


def by_score(
    score: Score,
    *,
    description: str,
    source: str,
    requires: tuple[str, ...],
    reason: str,
    settings: Mapping[str, Any] | None = None,
) -> Strategy:
    """A strategy that chooses the k highest of its scores."""
    return Strategy(
        description=description,
        source=source,
        requires=requires,
        query=partial(_best, score),
        fallback=score,
        reason=reason,
        fallback_reason=reason,
        score=score,
        settings=settings or {},
    )


def _best(score: Score, pool: Pool, k: int, rng: np.random.Generator) -> Query:
    return top_k(pool, score(pool, rng), k)
