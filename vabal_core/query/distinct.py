"""A strategy without near repeats: who labels in its order does not label one defect many times."""

from functools import partial

import numpy as np

from vabal_core.query.distances import one_core, read_embeddings
from vabal_core.query.select import candidate_rows
from vabal_core.query.strategy import Strategy
from vabal_core.types import Pool, Query

# Near repeats are left out among so many images that the strategy wants most: enough for a batch, and the same time for
# any pool. A strategy without a score may take long for each image: there among so many times the batch.
SCREENED_IMAGES = 5_000
SCREENED_BATCHES = 2
# The share of images whose nearest neighbour lies within the radius: of 0.25, 0.5, 0.75 and 0.9 the best on the mean
# over five imbalanced sources. No share of the median distance of two images does well on all of them.
REPEATED_SHARE = 0.75
MEASURED_IMAGES, NEIGHBOURS_AMONG = 500, 10_000  # the radius is measured on a sample


def distinct(strategy: Strategy) -> Strategy:
    """What `strategy` chooses, without those that lie within `neighbour_radius` of one chosen before."""
    return Strategy(
        description=f"{strategy.title}, no repeats: {strategy.explanation}; none much like one before it",
        source=f"{strategy.source}; no two nearer than a radius, greedily",
        requires=tuple(dict.fromkeys([*strategy.requires, "embeddings"])),
        query=partial(distinct_query, strategy),
        fallback=strategy.fallback,
        reason=f"{strategy.reason}; near repeats wait",
        fallback_reason=strategy.fallback_reason,
        settings=strategy.settings,
    )


def distinct_query(strategy: Strategy, pool: Pool, k: int, rng: np.random.Generator) -> Query:
    """Greedy: the image that `strategy` wants most, then the next that is no near repeat of a chosen one, and so on.

    Where fewer than k images are distinct the others follow as `strategy` wants them. Scores are the strategy's, none
    higher than the one before it.
    """
    candidates = candidate_rows(pool, k)
    screened = SCREENED_IMAGES if strategy.score else SCREENED_BATCHES * k
    ranking = strategy.query(pool, min(max(k, screened), len(candidates)), rng)
    radius = neighbour_radius(pool.embeddings, candidates[np.argsort(pool.keys[candidates], kind="stable")], rng)
    places = distinct_places(read_embeddings(pool.embeddings, ranking.rows[:screened]), radius, k)
    places = np.concatenate([places, np.setdiff1d(np.arange(len(ranking.rows)), places)])[:k]
    return Query(ranking.rows[places], np.minimum.accumulate(ranking.scores[places]))


def distinct_places(values: np.ndarray, radius: float, k: int) -> np.ndarray:
    """Places (at most k) of `values` (n, D) taken in their order, leaving out what lies within `radius` of one taken.

    Every two taken are farther apart than the radius, and each one left out before the last has one nearer: a greedy
    r-net. At most n k distances, k of them at a time.
    """
    taken, places = np.empty((min(k, len(values)), values.shape[1]), values.dtype), []
    for place, value in enumerate(values):
        if len(places) == len(taken):
            break
        if np.all(np.linalg.norm(taken[: len(places)] - value, axis=1) > radius):
            taken[len(places)] = value
            places.append(place)
    return np.array(places, np.int64)


def neighbour_radius(embeddings: np.ndarray, rows: np.ndarray, rng: np.random.Generator) -> float:
    """The distance within which REPEATED_SHARE of the images at `rows` have their nearest neighbour; 0 for one image.

    Measured for a sample of the images, within a larger one.
    """
    from sklearn.neighbors import NearestNeighbors  # loaded where it is used: it takes longer than a server to start

    if len(rows) < 2:
        return 0.0
    values = read_embeddings(embeddings, rng.permutation(rows)[:NEIGHBOURS_AMONG])
    with one_core():
        search = NearestNeighbors(n_neighbors=2, algorithm="brute").fit(values)
        to_nearest = search.kneighbors(values[:MEASURED_IMAGES])[0][:, 1]  # the nearest of all is the image itself
    return float(np.quantile(to_nearest, REPEATED_SHARE))
