"""Dropout on what a linear last layer reads: the classifier under many masks, without running a network again.

M images, F features, C classes, T masks. Inverted dropout: what is kept is divided by the share that is kept, so that
the mean over masks of a logit is the logit without dropout.
"""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from vabal_core.model.committee import Tally
from vabal_core.types import Committee, Progress

IMAGES = 4_096  # read at once
COLUMNS = 1_024  # logits of an image computed at once: a product wide enough for the processor, and a bounded memory


@dataclass(frozen=True, kw_only=True)
class LinearLayer:
    """logits = features @ weight.T + bias, and what makes probabilities (n, C) float64 of logits (n, C)."""

    weight: np.ndarray  # (C, F) float32
    bias: np.ndarray  # (C,) float32
    probabilities: Callable[[np.ndarray], np.ndarray]


def shared_masks(
    layer: LinearLayer, read: Any, rows: np.ndarray, rate: float, passes: int, rng: np.random.Generator
) -> Generator[Progress, None, Committee]:
    """The committee of `passes` masks, each the same for all images: a mask on the features is one on the weights.

    Masks that images share are functions whose disagreement over different images can be compared; and T masks cost
    one product of (M, F) and (F, T C). `read[rows]` gives features (M, F) float32.
    """
    masks = _masks(rng, (passes, layer.weight.shape[1]), rate)
    tally, together = Tally(len(rows), len(layer.weight)), max(1, COLUMNS // len(layer.weight))
    for part in _pieces(len(rows)):
        features = read[rows[part]]
        for start in range(0, passes, together):
            weights = masks[start : start + together, np.newaxis] * layer.weight  # (T, C, F)
            logits = (features @ weights.reshape(-1, weights.shape[2]).T).reshape(len(features), *weights.shape[:2])
            for number in range(len(weights)):
                tally.add(part, layer.probabilities(logits[:, number] + layer.bias))
        yield Progress("committee", part.stop, len(rows))
    return tally.committee(passes)


def own_masks(
    layer: LinearLayer, read: Any, rows: np.ndarray, rate: float, passes: int, rng: np.random.Generator
) -> Generator[Progress, None, Committee]:
    """The committee of `passes` masks of each image's own; arguments as `shared_masks` has them."""
    tally = Tally(len(rows), len(layer.weight))
    for part in _pieces(len(rows)):
        features = read[rows[part]]
        for _ in range(passes):
            masked = features * _masks(rng, features.shape, rate)
            tally.add(part, layer.probabilities(masked @ layer.weight.T + layer.bias))
        yield Progress("committee", part.stop, len(rows))
    return tally.committee(passes)


def _masks(rng: np.random.Generator, shape: tuple[int, ...], rate: float) -> np.ndarray:
    """1 / (1 - rate) where a value is kept, 0 where it is dropped: float32."""
    return (rng.random(shape, np.float32) >= rate) * np.float32(1 / (1 - rate))


def _pieces(count: int) -> Iterator[slice]:
    return (slice(start, min(start + IMAGES, count)) for start in range(0, count, IMAGES))
