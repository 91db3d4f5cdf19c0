"""Novelty: an image is wanted the less, the more it looks like one that was chosen before it."""

from functools import partial

import numpy as np

from vabal_core.query.distances import on_one_core, read_embeddings, squared_distances
from vabal_core.query.power import power_weights
from vabal_core.query.select import Scores, candidate_rows, complete, top_k
from vabal_core.query.strategy import Score, Strategy
from vabal_core.types import Pool, Query

# The choice is made among so many images that the score wants most, and so many times the batch: the same time for any
# pool. One beyond them would have to be wanted more than the most novel of these.
SCREENED_IMAGES, SCREENED_BATCHES = 5_000, 5
# The radius within which images look alike, in median distances of two images of the pool. On four sources 0.25 to 0.7
# differ by no more than 0.1 points on the mean (5 seeds, benchmarks/choices.py: `novel(margin, 0.25)` and so on).
RADIUS = 0.35
MEASURED_IMAGES = 500  # the median distance is that of a sample


def novel(strategy: Strategy, radius: float = RADIUS) -> Strategy:
    """What the score of `strategy` wants, weighed by how little it looks like what was chosen before it.

    `radius` in median distances of two images of the pool, above 0.
    """
    return Strategy(
        description=f"{strategy.title}, each unlike those before: {strategy.explanation}; repeats wait",
        source=f"{strategy.source}; times one minus a Gaussian kernel with the nearest chosen, greedily",
        requires=tuple(dict.fromkeys([*strategy.requires, "embeddings"])),
        query=partial(novel_query, strategy.score, radius),
        fallback=strategy.fallback,
        reason=f"{strategy.reason}; similar ones wait",
        fallback_reason=strategy.fallback_reason,
        settings=strategy.settings,
    )


@on_one_core
def novel_query(score: Score, radius: float, pool: Pool, k: int, rng: np.random.Generator) -> Query:
    """Greedily the image of the greatest weight (1 - kernel with the nearest chosen), then the next, and so on.

    The weights are `power_weights` of the score, 0 to 1; the kernel exp(-distance^2 / r^2), r being `radius` median
    distances. A score is that product at the time of the choice, so that none is higher than the one before it; copies
    of chosen images come last, by weight, with scores of 0.
    """
    candidates = candidate_rows(pool, k)
    by_score = score(pool, rng)
    weighed = Scores(values=power_weights(by_score.values, 1.0), ties=by_score.values)
    screened = top_k(pool, weighed, min(len(candidates), max(SCREENED_IMAGES, SCREENED_BATCHES * k)))
    values = read_embeddings(pool.embeddings, screened.rows)
    places, scores = novel_places(values, screened.scores, radius * median_distance(pool, candidates, rng), k)
    ranking = complete(Query(screened.rows[places], scores), pool, weighed)
    return Query(ranking.rows[:k], np.concatenate([scores, np.zeros(k - len(scores))]))


def novel_places(values: np.ndarray, weights: np.ndarray, radius: float, k: int) -> tuple[np.ndarray, np.ndarray]:
    """At most k places of `values` (n, D) and their products with `weights` (n,) at the time of the choice.

    Equal products go by place; a product of 0 is not chosen. A radius of 0: only copies look alike.
    """
    values = values - values.mean(0)  # distances round less about it
    novelty, places, scores = np.ones(len(values)), [], []
    while len(places) < k:
        products = weights * novelty
        place = int(products.argmax())
        if products[place] <= 0:
            break
        places.append(place)
        scores.append(products[place])
        squared = squared_distances(values, values[place : place + 1])[:, 0]
        novelty = np.minimum(novelty, _unlikeness(squared, radius))
        novelty[place] = 0
    return np.array(places, np.int64), np.array(scores, np.float64)


def _unlikeness(squared: np.ndarray, radius: float) -> np.ndarray:
    """1 - exp(-squared / radius^2), between 0 and 1. (n,) -> (n,)"""
    if radius == 0:
        return (squared > 0).astype(np.float64)
    return -np.expm1(-squared.astype(np.float64) / radius**2)


def median_distance(pool: Pool, rows: np.ndarray, rng: np.random.Generator) -> float:
    """The middle one of the distances between a sample of the images at `rows`; 0 for one image."""
    by_key = rows[np.argsort(pool.keys[rows], kind="stable")]
    values = read_embeddings(pool.embeddings, rng.permutation(by_key)[:MEASURED_IMAGES])
    between = squared_distances(values - values.mean(0), values - values.mean(0))
    return float(np.median(np.sqrt(between[np.triu_indices(len(values), 1)]))) if len(values) > 1 else 0.0
