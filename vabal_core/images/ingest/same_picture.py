"""Whether two files hold one picture, in two formats or sizes: by their pixels, never by their names."""

import os
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from vabal_core.images.decode import read_values
from vabal_core.images.raster import Raster
from vabal_core.images.unreadable import Unreadable

_BLOCK = 8  # pixels a side: JPEG keeps the mean of each such block well, and little else at a low quality
_STRIP = 512  # rows compared at a time: a large image as numbers takes many times its room
_MAX_OF_BLOCK, _MAX_OF_COLOUR = 2.5, 8.0  # of 256 levels that a block may differ by; JPEG keeps less of colours
_MAX_MEAN = 3.0  # that a pixel may on the average
_OF_RESIDUE = 0.2  # of what pixels differ by: cutting off below black and above white moves a mean
_MIN_CORRELATION = 0.6
_MIN_SIDE = 64  # pixels of a picture made smaller: fewer tell too little
_MAX_PAIRS = 100_000
LOSSY = (".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".heic", ".heif", ".avif", ".jp2", ".j2k", ".jxl")
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def same_picture(file: Path, other: Path) -> bool:
    """Whether both show the same, but for what packing, a change of size or bits a value costs. False where one cannot
    be read: what nobody has seen is the same as nothing."""
    try:
        return _same(file, other, *(_stamp(os.stat(each)) for each in (file, other)))
    except OSError:
        return False


def _stamp(seen: os.stat_result) -> tuple[int, ...]:
    return seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns


@lru_cache(maxsize=_MAX_PAIRS)
def _same(file: Path, other: Path, *_stamps: tuple[int, ...]) -> bool:
    try:
        first, second = (_upright(read_values(each)) for each in (file, other))
    except Unreadable:
        return False
    if first.shape == second.shape and not any(each.suffix.lower() in LOSSY for each in (file, other)):
        return _are_equal(first, second)
    if first.shape[:2] != second.shape[:2]:
        if not _of_one_shape(first, second):
            return False
        first, second = _of_one_size(first, second)
    return _alike(first, second)


def _are_equal(first: np.ndarray, second: np.ndarray) -> bool:
    """Of formats that lose nothing: pixel for pixel, where they have as many bits a value."""
    return np.array_equal(first, second) if first.dtype == second.dtype else _alike(first, second)


def _upright(raster: Raster) -> np.ndarray:
    return raster.values.max() - raster.values if raster.inverted else raster.values


def _of_one_shape(first: np.ndarray, second: np.ndarray) -> bool:
    """Whether one may be the other made smaller: a side may be off by a pixel."""
    (height, width), (other_height, other_width) = first.shape[:2], second.shape[:2]
    if min(height, width, other_height, other_width) < _MIN_SIDE:
        return False
    return abs(width * other_height - other_width * height) <= max(width, height, other_width, other_height)


def _of_one_size(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both in grey, of the size of the smaller one."""
    size = min((each.shape[1], each.shape[0]) for each in (first, second))
    return _shrunk(first, size), _shrunk(second, size)


def _shrunk(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return np.asarray(Image.fromarray(_grey(values)).resize(size, Image.Resampling.BICUBIC)).astype(values.dtype)


def _alike(first: np.ndarray, second: np.ndarray) -> bool:
    slope, offset, levels = _fit(first, second)
    if slope <= 0:
        return False
    in_colour = first.ndim == second.ndim == 3 and first.dtype == second.dtype == np.uint8
    of_grey, of_colour, sums = 0.0, 0.0, np.zeros(8)
    for top in range(0, len(first), _STRIP):
        strips = [each[top : top + _STRIP] for each in (first, second)]
        of_colour = max(of_colour, _worst(*map(np.float32, strips))) if in_colour else 0.0
        first_strip, second_strip = map(_grey, strips)
        first_strip, second_strip = levels * first_strip, levels * (slope * second_strip + offset)
        of_grey = max(of_grey, _worst(first_strip, second_strip))
        sums += _sums(first_strip, second_strip)
    count, absolute, squared, *moments = sums
    allowed = _OF_RESIDUE * (squared / count) ** 0.5
    if of_grey > _MAX_OF_BLOCK + allowed or of_colour > _MAX_OF_COLOUR + allowed:
        return False
    return absolute / count <= _MAX_MEAN or _correlation(count, *moments) >= _MIN_CORRELATION


def _worst(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.abs(_blocks(first - second)).max())


def _fit(first: np.ndarray, second: np.ndarray) -> tuple[float, float, float]:
    """(slope, offset) that take the values of `second` to those of `first`, and how many of 256 levels one of these
    is: pictures of more than 8 bits are brought to 8 in many ways."""
    if first.dtype == second.dtype == np.uint8:
        return 1.0, 0.0, 1.0
    step = 1 + max(first.shape[:2]) // 1024
    first_grey, second_grey = (_grey(each[::step, ::step]).astype(float).ravel() for each in (first, second))
    spread = second_grey.var()
    slope = (
        float(((first_grey - first_grey.mean()) * (second_grey - second_grey.mean())).mean() / spread)
        if spread
        else 1.0
    )
    return slope, float(first_grey.mean() - slope * second_grey.mean()), 255 / max(1e-9, float(np.ptp(first_grey)))


def _grey(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float32) if values.ndim == 2 else values.astype(np.float32) @ _LUMA


def _blocks(values: np.ndarray) -> np.ndarray:
    """The means of the blocks; those at the right and lower edge may be smaller."""
    rows, columns = (np.arange(0, side, _BLOCK) for side in values.shape[:2])
    sums = np.add.reduceat(np.add.reduceat(values, rows, axis=0), columns, axis=1)
    heights, widths = (np.diff([*starts, side]) for starts, side in zip((rows, columns), values.shape[:2], strict=True))
    sizes = heights[:, None] * widths[None, :]
    return sums / (sizes if values.ndim == 2 else sizes[..., None])


def _sums(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """How many values there are, and the sums that their differences and their correlation are made of."""
    difference = first - second
    terms = (np.abs(difference), difference**2, first, second, first * second, first**2, second**2)
    return np.array([first.size, *(term.sum(dtype=float) for term in terms)])


def _correlation(count: float, first: float, second: float, product: float, squares: float, other: float) -> float:
    spread = (squares - first**2 / count) * (other - second**2 / count)
    return (product - first * second / count) / spread**0.5 if spread > 0 else 0.0
