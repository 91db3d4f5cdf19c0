"""Two strategies in one batch: most images by the first, a share of them by the second."""

from functools import partial

import numpy as np

from vabal_core.query.select import Scores, candidate_rows, scores_of_order
from vabal_core.query.strategy import Strategy
from vabal_core.types import Pool, Query


def mix(first: Strategy, second: Strategy, share: float) -> Strategy:
    """A `share` (between 0 and 1) of the images by the second strategy, evenly spread among those by the first.

    ValueError where the two need different values of one setting.
    """
    for name in first.settings.keys() & second.settings.keys():
        if first.settings[name] != second.settings[name]:
            values = f"{first.settings[name]!r} for {first.title}, {second.settings[name]!r} for {second.title}"
            raise ValueError(f"{name} cannot be {values} at once: mix strategies that agree")
    spoken = f"{100 * share:g} % {second.title}"
    return Strategy(
        description=f"{first.title} with {spoken}: {first.explanation}; {100 * share:g} of 100 by {second.title}",
        source=first.source if second.source == first.source else f"{first.source}; {second.source}",
        requires=tuple(dict.fromkeys([*first.requires, *second.requires])),
        query=partial(mixed_query, first, second, share),
        fallback=partial(_fallback, first),
        reason=f"{first.reason}, or {second.reason}",
        fallback_reason=first.fallback_reason,
        settings={**first.settings, **second.settings},
    )


def mixed_query(first: Strategy, second: Strategy, share: float, pool: Pool, k: int, rng: np.random.Generator) -> Query:
    """k candidates, of which the nearest whole number to k times `share` are chosen by `second` and no image by both.

    What one strategy wants and the other has taken before it counts for the other. Scores tell the order alone.
    """
    candidate_rows(pool, k)
    for_first, for_second = rng.spawn(2)  # what one draws does not depend on how much the other does
    rankings = (iter(first.query(pool, k, for_first).rows), iter(second.query(pool, k, for_second).rows))
    taken: dict[int, None] = {}
    for by_second in turns(k, share):
        taken[next(row for row in rankings[int(by_second)] if row not in taken)] = None
    return Query(np.fromiter(taken, np.int64, k), scores_of_order(k))


def turns(k: int, share: float) -> np.ndarray:
    """Whose turn it is, bool (k,): of every first n turns the nearest whole number to n times `share` are True."""
    return np.diff(np.floor(np.arange(k + 1) * share + 0.5)) > 0


def _fallback(first: Strategy, pool: Pool, rng: np.random.Generator) -> Scores:
    return first.fallback(pool, rng.spawn(2)[0])
