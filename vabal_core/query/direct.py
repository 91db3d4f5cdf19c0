"""DIRECT in a form that is safe for batches: around the border of each class, as many images of every class.

Nuggehalli, Zhang, Jain and Nowak, "DIRECT: Deep Active Learning under Imbalance and Label Noise" (2023; ICML 2025 as
"Improved Algorithm for Deep Active Learning under Imbalance via Optimal Separation") order the pool for each class by
how far it leads, find the place in this order that separates the class best, and spend the same number of labels on
each class, on both sides of its place. They spend the first half of a batch on finding the place, label by label. Here
the labels that there are already tell it, by predictions of models that had not learned from them: a batch is chosen
without waiting for one of its labels.

GALAXY (Zhang, Katz-Samuels and Nowak, ICML 2022) orders the pool likewise, and then bisects: it asks for the image in
the middle between two labelled ones of different classes, and whose neighbour comes next depends on the answer. Chosen
without the answers, its batch is another method. It is left out.
"""

from collections.abc import Iterator
from itertools import cycle

import numpy as np

from vabal_core.query.scores import check_finite, two_highest
from vabal_core.query.select import candidate_rows, scores_of_order
from vabal_core.types import UNLABELLED, Pool, Query

ABOVE_ALL = 1 + 1e-9  # a lead of 1 lies below the middle between it and this


def direct(pool: Pool, k: int, rng: np.random.Generator) -> Query:
    """k candidates, the same number for each class: by turns the next above and the next below its threshold.

    Classes take turns, the one with the fewest labels first; an image that another class has taken is passed over, and
    where one side has no more the other goes on. Scores tell the order alone.
    """
    rows = candidate_rows(pool, k)
    rows = rows[np.argsort(pool.keys[rows], kind="stable")]
    check_finite(probabilities=pool.probabilities[rows])
    classes = np.argsort(np.bincount(pool.labels[pool.labels != UNLABELLED], minlength=pool.class_count), kind="stable")
    leads, thresholds = Leads(pool.probabilities[rows]), class_thresholds(pool)
    sides = {n: _both_sides(leads.of(n) - thresholds[n]) for n in classes.tolist()}
    taken: dict[int, None] = {}
    for n in cycle(sides):
        if len(taken) == k:
            break
        taken[_next(sides[n], taken)] = None
    return Query(rows[np.fromiter(taken, np.int64, k)], scores_of_order(k))


class Leads:
    """How far each class leads over the likeliest other one, in [-1, 1], from probabilities (M, C)."""

    def __init__(self, probabilities: np.ndarray) -> None:
        self.probabilities, self.likeliest = probabilities, probabilities.argmax(1)
        self.first, self.second = two_highest(probabilities)

    def of(self, n: int) -> np.ndarray:
        """p_n - the highest p of the other classes (M,): above 0 where n is the likeliest."""
        return self.probabilities[:, n] - np.where(self.likeliest == n, self.second, self.first)


def class_thresholds(pool: Pool) -> np.ndarray:
    """The threshold (C,) of each class on its lead, out of fold, of the labelled images.

    0, the classifier's own border, for all where no image has a prediction out of fold.
    """
    rows = np.flatnonzero((pool.labels != UNLABELLED) & ~np.isnan(pool.out_of_fold).all(1))
    if not len(rows):
        return np.zeros(pool.class_count)
    check_finite(out_of_fold=pool.out_of_fold[rows])
    leads = Leads(pool.out_of_fold[rows])
    return np.array([separation(leads.of(n), pool.labels[rows] == n) for n in range(pool.class_count)])


def separation(leads: np.ndarray, members: np.ndarray) -> float:
    """The threshold for which most members (L,) have a lead (L,) above it and most others one below it.

    The middle between two leads, or between a lead and the end of its range, -1 or 1; of several that separate as many,
    the nearest to 0, where the classifier has its border.
    """
    values, places = np.unique(leads, return_inverse=True)
    members_at, others_at = (np.bincount(places[which], minlength=len(values)) for which in (members, ~members))
    # Below the threshold lie the first 0, 1, 2 ... values.
    right = np.concatenate([[0], np.cumsum(others_at - members_at)])
    edges = np.concatenate([[-1.0], values, [ABOVE_ALL]])
    middles = (edges[:-1] + edges[1:])[right == right.max()] / 2
    return float(middles[np.abs(middles).argmin()])


def _both_sides(above: np.ndarray) -> list[Iterator[int]]:
    """Places with a value from 0 up, and places with one below, each from 0 outwards."""
    order = np.argsort(np.abs(above), kind="stable")
    # Not as lists: for every class all places of the pool would be objects, five times as much memory.
    return [map(int, order[above[order] >= 0]), map(int, order[above[order] < 0])]


def _next(sides: list[Iterator[int]], taken: dict[int, None]) -> int:
    """The next place that is not taken of the side whose turn it is; of the other side where it has no more."""
    places = (next((place for place in side if place not in taken), None) for side in tuple(sides))
    sides.reverse()
    return next(place for place in places if place is not None)
