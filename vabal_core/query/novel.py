"""Novelty: an image is wanted the less, the nearer it lies to one that was chosen before it."""

from functools import partial

import numpy as np

from vabal_core.query.distances import ROUNDING, on_one_core, read_embeddings
from vabal_core.query.power import weighed
from vabal_core.query.select import candidate_rows, complete, top_k
from vabal_core.query.strategy import Score, Strategy
from vabal_core.types import Pool, Query

# The choice is made among so many images that the score wants most, and so many times the batch: the same time for any
# pool.
SCREENED_IMAGES, SCREENED_BATCHES = 5_000, 5


def novel(strategy: Strategy) -> Strategy:
    """What the score of `strategy` wants, times the squared distance to the nearest image chosen before."""
    return Strategy(
        description=f"{strategy.title}, each unlike those before: {strategy.explanation}; repeats wait",
        source=f"{strategy.source}; times the squared distance to the nearest chosen, greedily",
        requires=tuple(dict.fromkeys([*strategy.requires, "embeddings"])),
        query=partial(novel_query, strategy.score),
        fallback=strategy.fallback,
        reason=f"{strategy.reason}; of images that look alike one comes first",
        fallback_reason=strategy.fallback_reason,
        settings=strategy.settings,
    )


@on_one_core
def novel_query(score: Score, pool: Pool, k: int, rng: np.random.Generator) -> Query:
    """Greedily the image of the greatest weight times squared distance to the nearest chosen; the first by weight.

    The weights are `power_weights` of the score, 0 to 1. There is no radius to choose: one minus a Gaussian
    kernel, which has one, becomes the squared distance as it widens. Labelled images do not count
    as chosen: what is near them the classifier knows, and the score says so. Copies of chosen images come last, by
    weight, with scores of 0. Where the score has some images come before all others, the choice is among these alone:
    the scores of the others, which follow as the score has them, are not comparable with theirs.
    """
    candidates = candidate_rows(pool, k)
    by_weight = weighed(score(pool, rng), 1.0)
    comparable = len(candidates) if by_weight.first is None else int(by_weight.first.sum()) or len(candidates)
    screened = top_k(pool, by_weight, min(comparable, max(SCREENED_IMAGES, SCREENED_BATCHES * k)))
    places, scores = novel_places(read_embeddings(pool.embeddings, screened.rows), screened.scores, k)
    ranking = complete(Query(screened.rows[places], scores), pool, by_weight)
    return Query(ranking.rows[:k], np.concatenate([scores, np.zeros(k - len(scores))]))


def novel_places(values: np.ndarray, weights: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """At most k places of `values` (n, D), and their products with `weights` (n,) at the time of the choice.

    Distances are in units of the farthest image from the first choice, which is taken to lie as far from what was
    chosen before it. Equal products go by place; a product of 0 is not chosen.
    """
    values = values.astype(np.float64)
    values -= values.mean(0)  # distances round less about it
    norms = np.einsum("ij,ij->i", values, values)
    if not k or not weights.any():
        return np.zeros(0, np.int64), np.zeros(0)
    place = int(weights.argmax())
    nearest = _squared(values, norms, place)
    unit = nearest.max() or 1.0
    places, scores = [place], [weights[place]]
    while len(places) < k:
        products = weights * nearest
        place = int(products.argmax())
        if products[place] <= 0:
            break
        places.append(place)
        scores.append(products[place] / unit)
        nearest = np.minimum(nearest, _squared(values, norms, place))
    return np.array(places, np.int64), np.array(scores, np.float64)


def _squared(values: np.ndarray, norms: np.ndarray, place: int) -> np.ndarray:
    """(n,) squared distance of each row to that at `place`; exactly 0 where nothing but rounding is left."""
    squared = norms + norms[place] - 2 * (values @ values[place])
    return np.where(squared <= ROUNDING**2 * (norms + norms[place]), 0.0, squared)
