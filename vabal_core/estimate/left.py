"""Am I done? What is left of a class among the images without a label, and how many labels a target still takes."""

from dataclasses import dataclass
from math import ceil

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

from vabal_core.estimate.design import Design
from vabal_core.estimate.quality import ClassRests, rest_draws, total_rest
from vabal_core.estimate.rest import TAIL, rest_of
from vabal_core.estimate.shift import log_odds

LEVELS = 25  # numbers of what may be left, for each of which the ranking is walked through once
FARTHEST = 60.0  # shift of log-odds that makes any probability 0 or 1


@dataclass(frozen=True, kw_only=True)
class Left:
    """`labelled` images of a class are found; `value` are left among the images without a label, `low` to `high` at
    95 %. `value` None: nothing was drawn at random, nobody can tell; `low` and `high` are what is possible."""

    labelled: int
    value: int | None
    low: int
    high: int

    @property
    def share_found(self) -> float:
        """At least so much of the class is found, at 95 %. NaN where none may be there at all."""
        return self.labelled / (self.labelled + self.high) if self.labelled + self.high else float("nan")


@dataclass(frozen=True, kw_only=True)
class Needed:
    """How many images must be looked at, with a 95 % interval."""

    value: int
    low: int
    high: int


def left_of_class(rests: ClassRests) -> Left:
    """What is left of a class."""
    value, low, high = total_rest(rests)
    drawn = rests.named.random + rests.missed.random
    return Left(
        labelled=rests.named.hits + rests.missed.hits,
        value=value if drawn or not high else None,
        low=low,
        high=high,
    )


def left_unmet(design: Design) -> int:
    """At most so many images without a label are of a class that nobody has met, at 95 %: the rule of three for what no
    random image was."""
    nothing = np.zeros(len(design.labels), bool)
    return rest_of(design, nothing, ~nothing).interval()[1]


def labels_to_target(rests: ClassRests, share: float, probabilities: np.ndarray | None = None) -> Needed | None:
    """How many images must be labelled until `share` of the class are found, 0 where they are.

    probabilities (r,): of being of the class, of the r images without a label in the order of the ranking; None: they
    are drawn at random. The number left has the distribution that the random labels give; where in the ranking they
    stand, the probabilities say, their log-odds shifted so that they sum to that number. None where nothing was drawn
    at random. ValueError for a share outside (0, 1] and another number of probabilities.
    """
    left = rests.named.rest + rests.missed.rest
    if not 0 < share <= 1:
        raise ValueError(f"a target of {share}: give more than 0, and 1 at most")
    if probabilities is not None and len(probabilities) != left:
        raise ValueError(f"{len(probabilities)} probabilities of {left} images without a label: as many")
    if rests.named.random + rests.missed.random == 0:
        return None
    labelled, rng = rests.named.hits + rests.missed.hits, np.random.default_rng(0)
    places = []
    for of_class in np.array_split(np.sort(rest_draws(rests)), LEVELS):
        level = int(np.median(of_class))
        missing = ceil(share * (labelled + level) - 1e-9) - labelled
        reached = _reached(probabilities, level, left)
        # The missing-th of `level` images in a random order lies at a beta-distributed share of them.
        shares = rng.beta(max(missing, 1), level - missing + 1, len(of_class)) if missing > 0 else np.zeros(1)
        at = np.searchsorted(reached, shares * level) + 1 if missing > 0 else np.zeros(len(of_class))
        places.append(np.clip(at, max(missing, 0), left))
    value, low, high = (int(np.quantile(np.concatenate(places), q)) for q in (0.5, TAIL, 1 - TAIL))
    return Needed(value=value, low=low, high=high)


def _reached(probabilities: np.ndarray | None, level: int, left: int) -> np.ndarray:
    """How many of `level` images are found after each of the `left` images, on average. (left,)"""
    if probabilities is None or not 0 < level < left:
        return np.arange(1, left + 1) * (level / max(left, 1))
    odds = log_odds(probabilities)
    shift = brentq(lambda by: expit(odds + by).sum() - level, -FARTHEST, FARTHEST, xtol=1e-3)
    return expit(odds + shift).cumsum()


def random_would_need(rests: ClassRests, finds: int, images: int) -> Needed | None:
    """How many images drawn at random hold `finds` of the class, of `images` in all of which the labels tell.

    Holds both what is not known of the number in all and the luck of the draw. None where nothing was drawn at random,
    or nothing was found.
    """
    if finds < 1 or rests.named.random + rests.missed.random == 0:
        return None
    of_class = rests.named.hits + rests.missed.hits + rest_draws(rests)
    if finds > of_class.max():
        raise ValueError(f"{finds} finds of {of_class.max()} images of the class: no more than there may be")
    of_class = np.maximum(of_class, finds)
    places = np.random.default_rng(0).beta(finds, of_class - finds + 1) * (images + 1)
    value, low, high = (ceil(np.quantile(places, q)) for q in (0.5, TAIL, 1 - TAIL))
    return Needed(value=max(value, finds), low=max(low, finds), high=min(high, images))
