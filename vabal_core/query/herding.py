"""Uncertainty herding: the images that cover best where the model is unsure, beside what labels cover already.

M candidates, A anchors. The coverage of a point is its kernel value with the nearest chosen or covered image,
k(x, y) = exp(-|x - y|^2 / radius^2); the objective is the sum over the pool of weight times coverage (Bae, Oliveira and
Sutherland, "Uncertainty Herding", ICLR 2025). It is submodular: a gain only ever falls, so that the greedy choice needs
to compute anew only the few gains that stand highest.
"""

from typing import Any

import numpy as np

from vabal_core.query.clusters import at_most
from vabal_core.query.distances import blocks, least_distance, on_one_core, read_embeddings, squared_distances
from vabal_core.query.distinct import neighbour_radius
from vabal_core.query.sample import sample_by_weight
from vabal_core.query.scores import check_finite, negative_margin
from vabal_core.query.select import Scores, candidate_rows, complete
from vabal_core.types import UNLABELLED, Pool, Query

ANCHORS = 5_000  # the sum over the pool is estimated from so many
SCREENED_IMAGES = 50_000  # of more candidates a sample is taken to choose from
MEASURED_LABELS = 2_000  # for the radius
BATCH = 32  # gains computed anew at a time
LEAST_RADIUS = 1e-3  # of the spread of the anchors: nearer, distances are nothing but rounding
KEPT_ROWS = 8_192  # of the kernel, 20 kB each


def uherding(pool: Pool, k: int, rng: np.random.Generator) -> Query:
    """`herd` weighted by 1 - (the lead of the first class over the second), the paper's choice of uncertainty.

    The embeddings are taken as they are, where the paper scales them to unit length: their scale is the learner's.
    """
    candidates = candidate_rows(pool, k)
    return herd(pool, 1 + negative_margin(pool.probabilities[candidates]), k, rng)


@on_one_core
def herd(
    pool: Pool,
    weights: np.ndarray,
    k: int,
    rng: np.random.Generator,
    *,
    covered: np.ndarray | None = None,
    radius: float | None = None,
) -> Query:
    """Greedily the k candidates that add most to the weighted coverage of the pool, best first.

    weights (M,) in row order of the candidates, as a score's values: how much an image deserves to be covered, at least
    0; their scale does not matter. `covered`: the rows that cover already, by default all labelled ones. `radius` of
    the kernel in units of the embeddings, by default `kernel_radius`. A score is the share of all the weight that
    the image covers newly. Images that add nothing, such as copies of chosen ones, come last, by weight, with scores
    of 0. Up to ANCHORS candidates the sum over the pool is exact, beyond them an unbiased estimate; of more than
    SCREENED_IMAGES a sample is chosen from: both samples favour the weight.
    ValueError for k out of range, or a weight or an embedding that is not finite, or a weight below 0.
    """
    candidates = candidate_rows(pool, k)
    _check_weights(weights, len(candidates))
    by_key = np.argsort(pool.keys[candidates], kind="stable")
    rows, weight = candidates[by_key], weights[by_key].astype(np.float64)
    covered = np.flatnonzero(pool.labels != UNLABELLED) if covered is None else covered
    covered = covered[np.argsort(pool.keys[covered], kind="stable")]
    radius = kernel_radius(pool, rows, rng) if radius is None else radius
    places, mass = sample_by_weight(weight, ANCHORS, rng)
    screened, _ = sample_by_weight(weight, SCREENED_IMAGES, rng)
    kernel = Kernel(pool.embeddings, rows[screened], read_embeddings(pool.embeddings, rows[places]), radius)
    chosen, gains = lazy_greedy(kernel, mass, kernel.cover(covered), min(k, len(screened)))
    ranking = complete(Query(rows[screened[chosen]], gains), pool, Scores(values=weights))
    scores = np.zeros(k)
    scores[: len(gains)] = np.minimum.accumulate(gains) / (mass.sum() or 1.0)
    return Query(ranking.rows[:k], scores)


def kernel_radius(pool: Pool, rows: np.ndarray, rng: np.random.Generator) -> float:
    """The paper's: the least distance of two labelled images that are no copies, which falls as labels come in.

    Among MEASURED_LABELS of them drawn at random, where there are more. Before there are two: the `neighbour_radius` of
    the candidates at `rows`.
    """
    labelled = np.flatnonzero(pool.labels != UNLABELLED)
    labelled = at_most(labelled[np.argsort(pool.keys[labelled], kind="stable")], MEASURED_LABELS, rng)
    least = least_distance(read_embeddings(pool.embeddings, labelled)) if len(labelled) > 1 else np.inf
    return least if np.isfinite(least) else neighbour_radius(pool.embeddings, rows, rng)


class Kernel:
    """exp(-|x - y|^2 / radius^2) between the images at `rows` of the embeddings and the anchors (A, D)."""

    def __init__(self, embeddings: Any, rows: np.ndarray, anchors: np.ndarray, radius: float) -> None:
        self.embeddings, self.rows = embeddings, rows
        self.centre = anchors.mean(0)  # distances round less about it
        self.anchors = anchors - self.centre
        spread = float(np.sqrt(np.einsum("ij,ij->", self.anchors, self.anchors) / len(anchors)))
        self.radius = max(radius, LEAST_RADIUS * spread) or 1.0  # copies stay within it whatever was rounded
        self.keep(np.zeros(0, np.int64))

    def values(self, rows: np.ndarray) -> np.ndarray:
        """(n, A) float32 of any rows of the embeddings."""
        values = squared_distances(read_embeddings(self.embeddings, rows) - self.centre, self.anchors)
        values *= -1 / self.radius**2
        return np.exp(values, out=values)

    def keep(self, places: np.ndarray) -> None:
        """Keeps the values of these places among `rows` in memory."""
        self.kept = np.empty((len(places), len(self.anchors)), np.float32)
        self.slots = np.full(len(self.rows), -1)
        self.slots[places] = np.arange(len(places))
        for block in blocks(len(places)):
            self.kept[block] = self.values(self.rows[places[block]])

    def at(self, places: np.ndarray) -> np.ndarray:
        """(n, A) float32 of places among `rows`, those that are not kept computed again."""
        slots = self.slots[places]
        values = self.kept[slots] if len(self.kept) else np.empty((len(slots), len(self.anchors)), np.float32)
        if (absent := slots < 0).any():
            values[absent] = self.values(self.rows[places[absent]])
        return values

    def cover(self, rows: np.ndarray) -> np.ndarray:
        """(A,) the coverage of the anchors by the images at `rows` of the embeddings; 0 where there is none."""
        cover = np.zeros(len(self.anchors), np.float32)
        for block in blocks(len(rows)):
            np.maximum(cover, self.values(rows[block]).max(0), out=cover)
        return cover


def lazy_greedy(kernel: Kernel, mass: np.ndarray, cover: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """At most k places of the kernel's rows, and the gain of each: the plain greedy choice, ties by place.

    A gain computed for an earlier cover is an upper bound (Minoux 1978): the highest are computed anew until one of
    them stands above all bounds. Places that add nothing are not chosen. mass (A,), cover (A,) in [0, 1].
    """
    mass = mass.astype(np.float32)
    every = np.arange(len(kernel.rows))
    if len(every) <= KEPT_ROWS:
        kernel.keep(every)
    bounds = np.concatenate([_gain(kernel.at(every[block]), cover, mass) for block in blocks(len(every))])
    if len(every) > KEPT_ROWS:
        kernel.keep(np.argsort(-bounds, kind="stable")[:KEPT_ROWS])  # these will be looked at again and again
    chosen, gains = [], []
    while len(chosen) < k:
        place = _highest(kernel, bounds, cover, mass)
        if bounds[place] <= 0:
            break
        chosen.append(place)
        gains.append(bounds[place])
        cover = np.maximum(cover, kernel.at(np.array([place]))[0])
        bounds[place] = -np.inf
    return np.array(chosen, np.int64), np.array(gains, np.float64)


def _highest(kernel: Kernel, bounds: np.ndarray, cover: np.ndarray, mass: np.ndarray) -> int:
    """The place of the greatest gain, the first of equals; the bounds looked at on the way become gains."""
    fresh = np.zeros(len(bounds), bool)
    while not fresh[place := int(bounds.argmax())]:
        batch = np.argpartition(-bounds, min(BATCH, len(bounds)) - 1)[:BATCH]
        stale = np.unique(np.append(batch[~fresh[batch] & (bounds[batch] > 0)], place))
        bounds[stale] = _gain(kernel.at(stale), cover, mass)
        fresh[stale] = True
    return place


def _gain(values: np.ndarray, cover: np.ndarray, mass: np.ndarray) -> np.ndarray:
    """The sum over anchors of mass max(0, value - cover): what each image adds. (n, A), overwritten -> (n,)."""
    values -= cover
    return np.maximum(values, 0, out=values) @ mass


def _check_weights(weights: np.ndarray, count: int) -> None:
    check_finite(weights=weights)
    if weights.shape != (count,) or (weights < 0).any():
        raise ValueError(
            f"weights: must be {count}, one a candidate, at least 0; given {weights.shape}, {weights.min()}"
        )
