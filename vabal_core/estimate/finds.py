"""How many images of each class the next images hold: under a ranking, and drawn at random. Intervals are of 90 %."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vabal_core.estimate.quality import ClassRests, rest_draws
from vabal_core.estimate.shift import Picks, shift_weights, shifted

TAIL = 0.05  # on either side of a 90 % interval


@dataclass(frozen=True, kw_only=True)
class Finds:
    """How many of the next `images` are of a class: the mean, and a 90 % interval of the number that will be seen."""

    images: int
    value: float
    low: int
    high: int


def finds_ranked(probabilities: np.ndarray, picks: Picks, counts: Sequence[int]) -> tuple[tuple[Finds, ...], ...]:
    """For each of `counts`, for each class: how many of so many next images of a ranking are of it.

    probabilities (k, C): the model's, of the images in the order of the ranking; `picks`: the ranking's earlier choices
    (none: the interval is as wide as it was at other projects' first batch). ValueError for a count above k.
    """
    if max(counts, default=0) > len(probabilities):
        raise ValueError(f"the next {max(counts)} images were asked for, {len(probabilities)} are given: ask for fewer")
    by_class = []
    for c in range(probabilities.shape[1]):
        rng = np.random.default_rng(c)
        likely = shifted(probabilities[:, c], shift_weights(picks, c), rng)
        hits = (rng.random(likely.shape) < likely).cumsum(1)
        by_class.append([_finds(hits[:, count - 1] if count else np.zeros(1), count) for count in counts])
    return tuple(zip(*by_class, strict=True))


def finds_at_random(classes: Sequence[ClassRests], counts: Sequence[int]) -> tuple[tuple[Finds | None, ...], ...]:
    """For each of `counts`, for each class: how many of so many images drawn from those without a label are of it.

    None for every class where nothing was drawn at random so far. ValueError for a count above the images left.
    """
    left = classes[0].named.rest + classes[0].missed.rest
    if max(counts, default=0) > left:
        raise ValueError(f"{max(counts)} images were asked for, {left} have no label: ask for fewer")
    return tuple(tuple(_at_random(rests, count, left, c) for c, rests in enumerate(classes)) for count in counts)


def _at_random(rests: ClassRests, count: int, left: int, seed: int) -> Finds | None:
    if rests.named.random + rests.missed.random == 0:
        return None
    of_class = rest_draws(rests)
    return _finds(np.random.default_rng(seed).hypergeometric(of_class, left - of_class, count), count)


def _finds(hits: np.ndarray, images: int) -> Finds:
    low, high = np.quantile(hits, (TAIL, 1 - TAIL), method="inverted_cdf")
    return Finds(images=images, value=float(hits.mean()), low=int(low), high=int(high))
