"""Which pictures are like one picture: by the features that a network has read of them, and folded where nearly the
same."""

import numpy as np

from vabal_core.images.feature_store import Features

MAX_REFERENCE = 5_000  # pictures from which the mean of the features is taken
BLOCK = 2_048  # pictures read at once: 14 MiB of features; memory does not grow with their number


def likeness(features: Features, place: int, there: np.ndarray) -> np.ndarray:
    """How alike each picture is to that of row `place`: float32 (N,), -inf for those that are not `there` (N,) bool.

    The cosine between two rows of features around their mean, over all columns. How often the nearest ones have the
    class of the picture is measured by benchmarks/similar.py.
    """
    rows = np.flatnonzero(there)
    mean = features[rows[:: -(-len(rows) // MAX_REFERENCE)]].mean(axis=0, dtype=np.float64).astype(np.float32)
    direction = features[[place]][0] - mean
    alike = np.full(len(features), -np.inf, np.float32)
    for start in range(0, len(rows), BLOCK):
        block = rows[start : start + BLOCK]
        centred = features[block]
        centred -= mean
        length = np.sqrt(np.einsum("ij,ij->i", centred, centred)) * np.linalg.norm(direction)
        alike[block] = np.divide(centred @ direction, length, out=np.zeros(len(block), np.float32), where=length > 0)
    return alike


def leaders(vectors: np.ndarray, least: float) -> np.ndarray:
    """For each row of `vectors` (K, D), of unit length or zero, the first row before it that is nearly the same and is
    folded behind no other itself, or the row itself: (K,) integers. Nearly the same: their product is `least` or more.
    """
    alike = vectors @ vectors.T >= least
    leader = np.arange(len(vectors))
    for row in range(1, len(vectors)):
        before = np.flatnonzero(alike[row, :row] & (leader[:row] == np.arange(row)))
        leader[row] = before[0] if len(before) else row
    return leader
