"""Core-set by greedy k-center: each choice is the image farthest from all labelled and chosen ones.

M candidates, D columns (Sener and Savarese, "Active learning for convolutional neural networks: a core-set approach",
ICLR 2018, Algorithm 1; Gonzalez 1985). No choice of as many images covers the pool with less than half the radius, and
`certificate` says how much less at most.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from vabal_core.query.distances import (
    blocks,
    on_one_core,
    read_embeddings,
    squared_distances,
    squared_to_nearest,
)
from vabal_core.query.select import candidate_rows
from vabal_core.types import UNLABELLED, Pool, Query

SCREENED_IMAGES = 100_000  # of more candidates a sample is taken to choose from
BATCH = 64  # distances computed anew at a time
MAX_DISTANCES = 20_000_000  # that a certificate may cost: of more nobody waits for it


@on_one_core
def core_set(pool: Pool, k: int, rng: np.random.Generator) -> Query:
    """The k farthest, one after the other; without labels the first is the most central.

    A score is the distance at which an image was chosen, that of the most central the distance to the farthest from it.
    Copies of labelled and chosen images (distance 0) come last, by key. Of more than SCREENED_IMAGES candidates a
    random sample is chosen from. ValueError for k out of range, or an embedding that is not finite.
    """
    candidates, labelled = candidate_rows(pool, k), np.flatnonzero(pool.labels != UNLABELLED)
    rows, labelled = (part[np.argsort(pool.keys[part], kind="stable")] for part in (candidates, labelled))
    if len(rows) > (most := max(SCREENED_IMAGES, k)):
        rows = rows[np.sort(rng.choice(len(rows), most, replace=False))]
    if len(labelled):
        chosen, distances = farthest_first(pool.embeddings, rows, to_nearest(pool.embeddings, rows, labelled), k)
        return Query(rows[chosen], distances)
    first = most_central(pool.embeddings, rows)
    squared = to_nearest(pool.embeddings, rows, rows[first : first + 1])
    radius = np.sqrt(squared.max())
    squared[first] = -np.inf
    chosen, distances = farthest_first(pool.embeddings, rows, squared, k - 1)
    return Query(rows[np.append(first, chosen)], np.append(radius, distances))


def farthest_first(embeddings: Any, rows: np.ndarray, squared: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """k places of `rows` (M,), each the farthest from the centres and the chosen before, and how far: ties by place.

    squared (M,): the squared distance of each to its nearest centre; -inf where it must not be chosen. A distance to
    fewer centres is an upper bound: the highest are computed anew until one of them stands above all bounds.
    """
    bounds, compared = squared.copy(), np.zeros(len(rows), np.int64)  # with how many of the chosen each was compared
    chosen, distances, values = [], [], []
    for count in range(k):
        while compared[place := int(bounds.argmax())] < count and bounds[place] > 0:
            batch = np.argpartition(-bounds, min(BATCH, len(bounds)) - 1)[:BATCH]
            stale = np.unique(np.append(batch[(compared[batch] < count) & (bounds[batch] > 0)], place))
            newer = np.stack(values[compared[stale].min() :])
            to_newer = squared_to_nearest(read_embeddings(embeddings, rows[stale]), newer)
            bounds[stale] = np.minimum(bounds[stale], to_newer)
            compared[stale] = count
        chosen.append(place)
        distances.append(np.sqrt(bounds[place]))
        values.append(read_embeddings(embeddings, rows[place : place + 1])[0])
        bounds[place] = -np.inf
    return np.array(chosen, np.int64), np.array(distances, np.float64)


def most_central(embeddings: Any, rows: np.ndarray) -> int:
    """The place of the image nearest the mean of all, the first of equals."""
    mean = sum(read_embeddings(embeddings, rows[block]).sum(0, np.float64) for block in blocks(len(rows))) / len(rows)
    centre = mean[np.newaxis]
    parts = [squared_to_nearest(read_embeddings(embeddings, rows[block]), centre) for block in blocks(len(rows))]
    return int(np.concatenate(parts).argmin())


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """How well some choice of k images covers: `radius`, the distance of the worst covered candidate to the nearest
    labelled or chosen image, and `lower_bound`, below which no choice of k candidates comes."""

    radius: float
    lower_bound: float

    @property
    def ratio(self) -> float:
        """At most so many times the best radius there is; 1 where all is covered. 2 at most for a greedy choice."""
        return self.radius / self.lower_bound if self.lower_bound else 1.0


def certified_ratio(pool: Pool, chosen: np.ndarray) -> float | None:
    """At most so many times as far as by the best choice of k images is the farthest candidate from all labelled images
    and those at `chosen` (k,); None where to tell would take MAX_DISTANCES."""
    compared = int((pool.labels != UNLABELLED).sum()) + 2 * len(chosen)
    if not len(chosen) or int(pool.candidates.sum()) * compared > MAX_DISTANCES:
        return None
    return certificate(pool, chosen).ratio


@on_one_core
def certificate(pool: Pool, chosen: np.ndarray) -> Certificate:
    """What covering with the candidates at `chosen` (k,) comes to, beside the labelled images.

    Take the chosen and the candidate worst covered: k + 1 images. Whoever covers these with k candidates covers two of
    them by the same image s, or one by a labelled image. So no radius is below the least, over all candidates s, of the
    distance from s to the second nearest of the k + 1, nor below the least of their distances to a labelled image,
    whichever of these is less. By the triangle inequality that is at least half the radius of a greedy choice.
    """
    candidates, labelled = np.flatnonzero(pool.candidates), np.flatnonzero(pool.labels != UNLABELLED)
    squared = to_nearest(pool.embeddings, candidates, np.concatenate([labelled, chosen]))
    apart = np.append(chosen, candidates[squared.argmax()])
    bound = min(_least_second(pool.embeddings, candidates, apart), to_nearest(pool.embeddings, apart, labelled).min())
    return Certificate(radius=float(np.sqrt(squared.max())), lower_bound=float(np.sqrt(min(bound, squared.max()))))


def to_nearest(embeddings: Any, rows: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """(M,) squared distances of the images at `rows` to the nearest of those at the rows `centres`; inf without any."""
    squared = np.full(len(rows), np.inf)
    for others in blocks(len(centres)):
        values = read_embeddings(embeddings, centres[others])
        for block in blocks(len(rows)):
            nearest = squared_to_nearest(read_embeddings(embeddings, rows[block]), values)
            np.minimum(squared[block], nearest, out=squared[block])
    return squared


def _least_second(embeddings: Any, rows: np.ndarray, apart: np.ndarray) -> float:
    """The least squared distance from an image at `rows` to the second nearest of those at `apart` (two or more)."""
    ends, least = read_embeddings(embeddings, apart).astype(np.float64), np.inf
    for block in blocks(len(rows)):
        between = squared_distances(read_embeddings(embeddings, rows[block]).astype(np.float64), ends)
        least = min(least, float(np.partition(between, 1, axis=1)[:, 1].min()))
    return least
