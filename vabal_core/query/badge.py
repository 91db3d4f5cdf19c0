"""BADGE: images whose gradients of the last layer are large and point different ways, by k-means++.

M candidates, C classes, D columns. The gradient of image i, were its predicted class its label, is the outer product
of a_i = probabilities - one-hot of the predicted class (C,) and its embedding h_i (D,) (Ash, Zhang, Krishnamurthy,
Langford and Agarwal, ICLR 2020, Eq. 1). It is never written out: distances come from its two factors.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from vabal_core.query.distances import ROUNDING, blocks, on_one_core, read_embeddings
from vabal_core.query.sample import sample_by_weight
from vabal_core.query.scores import check_finite
from vabal_core.query.select import candidate_rows, complete, scores_of_order
from vabal_core.query.uncertainty import margin_scores
from vabal_core.types import Pool, Query

SCREENED_IMAGES = 50_000  # of more candidates a sample is taken to choose from
DRAWS = 128  # images drawn between two passes over the candidates


@on_one_core
def badge(pool: Pool, k: int, rng: np.random.Generator) -> Query:
    """The image of the largest gradient, then each drawn with a chance in proportion to its squared distance to the
    nearest chosen one, in the order of choice (the scores 2, 1.5, 1.33 ... tell no more).

    An image at distance 0, such as a copy of a chosen one, is never drawn: where no others are left the rest follows by
    margin. Of more than SCREENED_IMAGES candidates a sample is drawn from that favours uncertain ones.
    ValueError for k out of range, or a probability or an embedding that is not finite.
    """
    candidates = candidate_rows(pool, k)
    rows = candidates[np.argsort(pool.keys[candidates], kind="stable")]
    factors = last_layer_factors(pool.probabilities[rows])
    screened, _ = sample_by_weight((factors**2).sum(1), SCREENED_IMAGES, rng)
    chosen = rows[screened[k_means_plus_plus(Gradients(factors[screened], pool.embeddings, rows[screened]), k, rng)]]
    ranking = complete(Query(chosen, scores_of_order(len(chosen))), pool, margin_scores(pool, rng))
    return Query(ranking.rows[:k], ranking.scores[:k])


def last_layer_factors(probabilities: np.ndarray) -> np.ndarray:
    """a = probabilities - one-hot of the predicted class. (M, C) -> (M, C), rows sum to 0."""
    check_finite(probabilities=probabilities)
    factors = np.array(probabilities, np.float64)
    factors[np.arange(len(factors)), probabilities.argmax(1)] -= 1
    return factors


@dataclass(frozen=True)
class Gradients:
    """The gradients of M images by their factors: a (M, C), and h, the embeddings at `rows` (M,)."""

    a: np.ndarray
    embeddings: Any
    rows: np.ndarray

    def at(self, places: np.ndarray | slice) -> tuple[np.ndarray, np.ndarray]:
        """a (n, C) and h (n, D) of some images, float64."""
        return self.a[places], read_embeddings(self.embeddings, self.rows[places]).astype(np.float64)


def k_means_plus_plus(gradients: Gradients, k: int, rng: np.random.Generator) -> np.ndarray:
    """At most k places, fewer where no others lie at a distance from the chosen ones.

    Many are drawn at once by the distances as they were, and each is then taken with the probability by which its
    distance has fallen since: what is taken has the very chances of drawing one by one.
    """
    squared = np.concatenate([squared_norms(*gradients.at(block)) for block in blocks(len(gradients.rows))])
    chosen = [int(squared.argmax())] if squared.any() else []
    to_nearest, newest = np.full(len(squared), np.inf), chosen
    while newest:
        _approach(to_nearest, gradients, np.array(newest))
        newest = _drawn(to_nearest, gradients, rng)[: k - len(chosen)]
        chosen += newest
    return np.array(chosen, np.int64)


def _approach(to_nearest: np.ndarray, gradients: Gradients, newest: np.ndarray) -> None:
    """Lowers each squared distance to that of the nearest of the newest, in place."""
    centres = gradients.at(newest)
    for block in blocks(len(to_nearest)):
        nearest = squared_gradient_distances(*gradients.at(block), *centres).min(1)
        np.minimum(to_nearest[block], nearest, out=to_nearest[block])


def _drawn(to_nearest: np.ndarray, gradients: Gradients, rng: np.random.Generator) -> list[int]:
    """Places drawn one after the other, the first of them surely; none where all distances are 0."""
    cumulative = np.cumsum(to_nearest)
    if not cumulative[-1]:
        return []
    places = np.searchsorted(cumulative, rng.random(DRAWS) * cumulative[-1], side="right")
    levels = rng.random(DRAWS) * to_nearest[places]
    now, between = to_nearest[places], squared_gradient_distances(*gradients.at(places) * 2)
    taken = []
    for draw, place in enumerate(places.tolist()):
        if levels[draw] < now[draw]:
            taken.append(place)
            now = np.minimum(now, between[draw])
    return taken


def squared_norms(a: np.ndarray, h: np.ndarray) -> np.ndarray:
    """|a_i|^2 |h_i|^2: of the gradients. (n, C), (n, D) -> (n,)."""
    return np.einsum("ij,ij->i", a, a) * np.einsum("ij,ij->i", h, h)


def squared_gradient_distances(a: np.ndarray, h: np.ndarray, b: np.ndarray, g: np.ndarray) -> np.ndarray:
    """|a_i|^2 |h_i|^2 + |b_j|^2 |g_j|^2 - 2 (a_i.b_j)(h_i.g_j): (n, C), (n, D), (m, C), (m, D) -> (n, m).

    Exactly 0 where nothing but rounding is left, so that copies are known as such.
    """
    norms = squared_norms(a, h)[:, np.newaxis] + squared_norms(b, g)
    between = norms - 2 * (a @ b.T) * (h @ g.T)
    return np.where(between <= ROUNDING**2 * norms, 0.0, between)
