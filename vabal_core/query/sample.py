"""A sample of a large pool that favours what weighs most, and still adds up to the pool."""

import numpy as np


def sample_by_weight(weights: np.ndarray, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """At most `size` places of `weights` (M,), ascending, and what each stands for (at least its own weight).

    An image is taken with probability p = min(1, weight / t), where these add up to `size`, and stands for weight / p:
    any sum over the images of weight times a value is estimated without bias (Horvitz and Thompson, JASA 1952), by a
    systematic sample, one random number for all. Weights that are all 0 count as equal here, and stand for 0.
    """
    if len(weights) <= size:
        return np.arange(len(weights)), weights
    chances = _inclusion(weights if weights.any() else np.ones(len(weights)), size)
    order = rng.permutation(len(weights))
    marks = np.floor(np.cumsum(chances[order]) + rng.random())
    places = np.sort(order[np.diff(marks, prepend=0.0) > 0])
    return places, weights[places] / chances[places]


def _inclusion(weights: np.ndarray, size: int) -> np.ndarray:
    """min(1, weight / t), t such that they add up to `size`, or to the number of weights above 0 if that is less."""
    falling = np.sort(weights)[::-1]
    rest = np.cumsum(falling[::-1])[::-1][:size]  # the weight of all but the first 0, 1, 2 ...
    thresholds = rest / np.arange(size, 0, -1)
    certain = np.flatnonzero(falling[:size] <= thresholds)  # those before are always taken
    return np.minimum(1.0, weights / thresholds[certain[0]]) if thresholds[certain[0]] > 0 else np.sign(weights)
