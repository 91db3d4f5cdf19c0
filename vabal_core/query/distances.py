"""Distances between images as strategies read them: a block of rows at a time, never all of them at once."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from vabal_core.query.scores import check_finite

BLOCK_ROWS = 2_048  # about 10 MiB of 1,280 columns
ROUNDING = 1e-6
# Threads add up in whatever order they end, and the same seed would not give the same answer. On a machine with other
# work they also wait for each other, ten times longer than one core takes. A context for what loads scikit-learn first.
one_core = partial(threadpool_limits, limits=1)
on_one_core = threadpool_limits.wrap(limits=1)


def read_embeddings(embeddings: Any, rows: np.ndarray) -> np.ndarray:
    """(n, D) float32: what the pool holds in `rows` (n,), a new array. ValueError names a value that is not finite."""
    values = np.array(embeddings[rows], np.float32)
    check_finite(embeddings=values)
    return values


def blocks(count: int, size: int = BLOCK_ROWS) -> Iterator[slice]:
    """Slices that together are 0 .. count - 1, the last one shorter where `count` is no multiple of `size`."""
    return (slice(start, min(start + size, count)) for start in range(0, count, size))


def squared_distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """|a_i|^2 + |b_j|^2 - 2 a_i.b_j: (n, D), (m, D) -> (n, m), in the precision of what is given, never below 0.

    Rounding leaves up to about eps (|a_i|^2 + |b_j|^2) where two are the same.
    """
    between = a @ b.T
    between *= -2
    between += np.einsum("ij,ij->i", a, a)[:, np.newaxis]
    between += np.einsum("ij,ij->i", b, b)
    return np.maximum(between, 0, out=between)


def least_distance(values: np.ndarray) -> float:
    """The least distance of two of the values (n, D) that are no copies of each other; inf where there are no such."""
    values, least = values.astype(np.float64), np.inf
    norms = np.einsum("ij,ij->i", values, values)
    for block in blocks(len(values)):
        squared = squared_distances(values[block], values)
        apart = squared > ROUNDING**2 * (norms[block, np.newaxis] + norms)
        least = min(least, squared.min(where=apart, initial=np.inf))
    return float(np.sqrt(least))


def squared_to_nearest(values: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """(n, D), (m, D) -> (n,) squared distance to the nearest of the centres, in float64.

    Exactly 0 where nothing but rounding is left: within 1e-6 of the norms, so that copies are known as such.
    """
    values, centres = values.astype(np.float64), centres.astype(np.float64)
    nearest = squared_distances(values, centres).min(1)
    norms = np.einsum("ij,ij->i", values, values) + np.einsum("ij,ij->i", centres, centres).max()
    return np.where(nearest <= ROUNDING**2 * norms, 0.0, nearest)
