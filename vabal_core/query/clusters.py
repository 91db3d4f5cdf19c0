"""Clusters of images by k-means, and their most central members."""

import warnings
from hashlib import blake2b

import numpy as np

from vabal_core.query.distances import one_core


def k_means(
    points: np.ndarray, clusters: int, rng: np.random.Generator, *, by_batch: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """The cluster of each of the points (n, D) and its distance to the centre: (n,), (n,).

    `by_batch`: the centres follow batches of the points (Sculley, WWW 2010), which is less exact, for many clusters.
    """
    from sklearn.cluster import KMeans, MiniBatchKMeans  # loaded where used: it takes longer than a server to start
    from sklearn.exceptions import ConvergenceWarning

    kind = MiniBatchKMeans if by_batch else KMeans
    with one_core(), warnings.catch_warnings():
        # Points that differ in nothing but rounding leave clusters empty: these are passed over.
        warnings.simplefilter("ignore", ConvergenceWarning)
        means = kind(clusters, n_init=1, max_iter=50, random_state=seed_from(rng)).fit(points)
    return means.labels_, np.linalg.norm(points - means.cluster_centers_[means.labels_], axis=1)


def most_central(labels: np.ndarray, distances: np.ndarray, passed_over: np.ndarray) -> list[int]:
    """The place nearest the centre of each cluster, larger clusters first, without the clusters `passed_over`.

    labels (n,) and distances (n,) as `k_means` gives them; what is equal stays in the order of its places.
    """
    sizes = np.bincount(labels)
    sizes[passed_over] = 0
    nearest_first = np.argsort(distances, kind="stable")
    clusters, first = np.unique(labels[nearest_first], return_index=True)
    nearest = dict(zip(clusters.tolist(), nearest_first[first].tolist(), strict=True))
    return [nearest[cluster] for cluster in np.argsort(-sizes, kind="stable").tolist() if sizes[cluster]]


def first_of_each(values: np.ndarray) -> np.ndarray:
    """Where each distinct row of `values` (n, D) stands first, ascending."""
    first = {}
    for place, row in enumerate(values):
        first.setdefault(blake2b(row.tobytes(), digest_size=16).digest(), place)  # not the rows: these are large
    return np.fromiter(first.values(), np.int64)


def at_most(rows: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """The rows, or `count` of them drawn at random, in the order in which they are given."""
    if len(rows) <= count:
        return rows
    return rows[np.sort(rng.choice(len(rows), count, replace=False))]


def seed_from(rng: np.random.Generator) -> int:
    """A seed for a library that takes no generator."""
    return int(rng.integers(2**31))
