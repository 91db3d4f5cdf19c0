"""Values of more than 8 bits to 8: one scale for all images of a project, taken from a sample of them."""

from collections.abc import Sequence

import numpy as np

from vabal_core.types import Scale

DEPTHS = (8, 10, 12, 14, 16)
SAMPLE = 65_536  # values of an image that stand for all
# Of an image the lowest and highest half per cent do not count: they may be dead pixels. What lies so far outside is
# still told apart, because a scale reaches a quarter further on both sides.
TAIL, ROOM = 0.005, 0.25
TYPICAL = 4  # an image that reaches further than so many times the usual range is a fault of the camera
FEW, MANY, FAR = 0.1, 8, 2  # of MANY images a FEW that reach FAR times further than all others do not count either
MAX_STUCK = 0.05
RARE = 0.02  # of the images of a large sample
LEAST_CONTRAST = 0.01  # of the scale: some three grey levels


def to_eight_bits(values: np.ndarray, scale: Scale | None = None) -> np.ndarray:
    """Values of any shape as uint8: those of 8 bits as they are, others by `scale`.

    Without a scale, as projects of before read them: by the smallest range of `DEPTHS` bits that holds their maximum.
    ValueError then for what has no such range: fractions, negative values, more than 16 bits.
    """
    if values.dtype == np.uint8:
        return values
    scale = scale or _own_scale(values)
    if values.dtype == np.uint16:
        return _levels(np.arange(2**16), scale)[values]
    out = np.empty(values.shape, np.uint8)
    for row, piece in enumerate(values):  # row by row: a large image of fractions has no room for copies
        out[row] = _levels(piece, scale)
    return out


def robust_range(values: np.ndarray) -> tuple[float, float] | None:
    """From where to where the values of one image lie, but for TAIL of them at either end; None where none is a
    number."""
    flat = values.reshape(-1)
    sample = flat[:: max(1, -(-flat.size // SAMPLE))].astype(np.float64)
    sample = sample[np.isfinite(sample)]
    if not sample.size:
        return None
    for stuck in (sample.max(), sample.min()):
        sample = _without(sample, stuck)
    low, high = np.quantile(sample, [TAIL, 1 - TAIL])
    return float(low), float(high)


def _without(sample: np.ndarray, stuck: float) -> np.ndarray:
    """The values without those that all are the one extreme `stuck`, where these are few and far from all others: a
    dead line of a sensor, or what is blown out and white by any scale."""
    others = sample[sample != stuck]
    if others.size < (1 - MAX_STUCK) * sample.size:
        return sample
    distance = min(abs(stuck - others.max()), abs(stuck - others.min()))
    return others if distance > np.ptp(others) else sample


def common_scale(ranges: Sequence[tuple[float, float]]) -> Scale | None:
    """One scale for images whose values lie in `ranges` (as `robust_range` gives them); None where there are none.

    An image far outside the others, a few that would make all others dark, and the RARE most extreme of many, do not
    count. Black is 0 where that costs
    little.
    """
    if not ranges:
        return None
    lows, highs = np.array(ranges, np.float64).T
    least, most = np.median(lows), np.median(highs)
    usual = TYPICAL * (most - least) if most > least else np.inf
    lows, highs = lows[most - lows <= usual], highs[highs - least <= usual]
    low = float(np.quantile(lows[_of_most(most - lows)], RARE, method="lower"))
    high = float(np.quantile(highs[_of_most(highs - least)], 1 - RARE, method="higher"))
    room = ROOM * (high - low) or abs(high) / 2 or 1
    top = high + room
    bottom = low - room if low < 0 else max(0.0, low - room)
    return _rounded(0.0 if 0 <= bottom < top / 10 else bottom, top)


def _of_most(reaches: np.ndarray) -> np.ndarray:
    """Which images count by how far they reach: not the FEW that the scale of all others would be stretched for."""
    few = max(1, int(FEW * reaches.size)) if reaches.size >= MANY else 0
    others = np.sort(reaches)[: reaches.size - few].max(initial=0)
    return reaches <= (FAR * others if few and others > 0 else np.inf)


def suits(values: tuple[float, float], scale: Scale) -> bool:
    """Whether an image whose values lie in the range `values` is told by `scale`: few of them are black or white only
    because they lie outside, and they are not all of nearly one grey."""
    low, high = values
    contrast = (high - low) / (scale.high - scale.low)
    return scale.low <= low and high <= scale.high and (contrast >= LEAST_CONTRAST or high == low)


def _own_scale(values: np.ndarray) -> Scale:
    least, most = (values.min(), values.max()) if values.size else (0, 0)
    if not np.issubdtype(values.dtype, np.integer) or least < 0 or most >= 2**16:
        raise ValueError(
            f"values from {least:g} to {most:g}, which have no range of their own; set the project's scale, from the "
            "value that is to be black to the one that is to be white"
        )
    return Scale(low=0, high=next(2**depth - 1 for depth in DEPTHS if most < 2**depth))


def _levels(values: np.ndarray, scale: Scale) -> np.ndarray:
    share = (values.astype(np.float64) - scale.low) / (scale.high - scale.low)
    return np.floor(np.clip(np.nan_to_num(share), 0, 1) * 255 + 0.5).astype(np.uint8)


def _rounded(low: float, high: float) -> Scale:
    """Whole numbers where the range is wide enough for them, else four digits."""
    if high - low >= 16:
        return Scale(low=float(np.floor(low)), high=float(np.ceil(high)))
    return Scale(low=float(f"{low:.4g}"), high=float(f"{high:.4g}"))
