"""What drawing at random would have brought, and how many labels a narrower interval takes."""

from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache

from scipy.stats import betabinom

from vabal_core.evidence.intervals import Z95

TAIL = 0.025  # on either side of a 95 % interval
JEFFREYS = 0.5  # of a success and of a failure, added to what was seen


@dataclass(frozen=True, kw_only=True)
class Expected:
    """A number to be expected with its 95 % interval. `value` None: nothing was seen to expect it from; `high` None:
    beyond what was asked about."""

    value: float | None
    low: int
    high: int | None


@lru_cache(maxsize=4096)
def hits_by_chance(draws: int, hits: int, sampled: int) -> Expected:
    """How many of `draws` images drawn at random are hits, where `hits` of `sampled` others drawn at random were.

    The interval is that of a new sample (beta-binomial, from Jeffreys' prior): it holds the chance of the draw itself
    and what so few sampled images leave open. ValueError where none was sampled.
    """
    if sampled < 1 or not 0 <= hits <= sampled:
        raise ValueError(f"{hits} hits of {sampled} sampled images: sample at least one, and no more hits than images")
    spread = betabinom(draws, hits + JEFFREYS, sampled - hits + JEFFREYS)
    return Expected(value=draws * hits / sampled, low=int(spread.ppf(TAIL)), high=int(spread.ppf(1 - TAIL)))


@lru_cache(maxsize=4096)
def draws_for_hits(target_hits: int, hits: int, sampled: int, most: int) -> Expected:
    """How many images drawn at random hold `target_hits` hits, where `hits` of `sampled` others drawn at random were.

    `low` and `high`: draws after which as many are there with a probability of 2.5 and of 97.5 %, by the same
    beta-binomial distribution. Numbers above `most` are None (`low`: `most`).
    """
    if sampled < 1 or not 0 <= hits <= sampled:
        raise ValueError(f"{hits} hits of {sampled} sampled images: sample at least one, and no more hits than images")

    def enough(draws: int) -> float:
        if draws < target_hits:
            return 0.0
        return 1 - float(betabinom.cdf(target_hits - 1, draws, hits + JEFFREYS, sampled - hits + JEFFREYS))

    low, high = (bisect_left(range(most + 1), share, key=enough) for share in (TAIL, 1 - TAIL))
    value = target_hits * sampled / hits if hits else None
    return Expected(value=value, low=min(low, most), high=None if high > most else high)


def labels_to_halve(successes: int, count: int) -> int:
    """How many more images halve the width of Wilson's interval of successes / count, if their share stays what it is.
    ValueError where no image is there yet."""
    if count < 1:
        raise ValueError("an interval of no image cannot be halved: label one first")
    goal = _width(successes / count, count) / 2
    most = range(count, 16 * count + 16)  # a width falls with the root of the count at least, soon after the start
    return bisect_left(most, -goal, key=lambda n: -_width(successes / count, n))


def _width(share: float, count: int) -> float:
    """Of Wilson's interval (1927): `intervals.proportion` has it of whole successes alone."""
    return 2 * Z95 / (1 + Z95**2 / count) * (share * (1 - share) / count + Z95**2 / (4 * count**2)) ** 0.5
