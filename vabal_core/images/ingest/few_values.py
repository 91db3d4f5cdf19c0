"""A cheap look at a picture: does it hold a few values only, as masks do?"""

import os
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from PIL import Image

Look = Literal["few values", "flat", "picture"]

_SIDE = 256  # pixels looked at along each side
_MAX_PIXELS = 100_000_000
_MAX_BYTES_A_PIXEL, _HEADER_BYTES = 0.3, 2_000  # packed pictures are larger than that, packed masks far smaller
_UNPACKED = {"BMP", "DIB", "TIFF", "PPM"}
_FEW = 8
_MAX_LOOKS = 200_000
_NEAR, _MIN_RANGE, _MOSTLY = 0.1, 64, 0.98  # what JPEG leaves of a two-valued picture


class Seen(NamedTuple):
    """What a look at a picture tells; (0, 0) is the size of one that cannot be read by a look."""

    look: Look
    size: tuple[int, int]


UNSEEN = Seen("picture", (0, 0))


def look_at(file: Path) -> Seen:
    """Whether the picture holds a few values ("few values"), one ("flat"), or many; "picture" where it cannot be read;
    and its (width, height).

    Costs a header for most photographs, a coarse decoding for the others; nothing the second time.
    """
    try:
        seen = os.stat(file)
    except OSError:
        return UNSEEN
    return _look_at(file, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns)


@lru_cache(maxsize=_MAX_LOOKS)
def _look_at(file: Path, size: int, _modified_ns: int, _changed_ns: int) -> Seen:
    try:
        with Image.open(file) as image:
            width, height = image.size
            packed = (size - _HEADER_BYTES) / max(1, width * height)
            if width * height > _MAX_PIXELS or (image.format not in _UNPACKED and packed > _MAX_BYTES_A_PIXEL):
                return Seen("picture", (width, height))
            image.draft(None, (_SIDE, _SIDE))
            values = np.asarray(image)
    except Exception:  # Pillow raises whatever a damaged file leads it to; the import itself says what is wrong with it
        return UNSEEN
    look = _judge(values[:: 1 + values.shape[0] // _SIDE, :: 1 + values.shape[1] // _SIDE])
    return Seen(look, (width, height))


def _judge(values: np.ndarray) -> Look:
    """The verdict on the values (H, W) or (H, W, channels) of a thinned picture."""
    channels = values.reshape(values.shape[0] * values.shape[1], -1)
    different = len(np.unique(channels, axis=0))
    if different == 1:
        return "flat"
    grey = channels[:, :3].mean(axis=1, dtype=float)
    low, high = grey.min(), grey.max()
    near = np.minimum(grey - low, high - grey) <= _NEAR * (high - low)
    if different <= _FEW or (high - low >= _MIN_RANGE and near.mean() >= _MOSTLY):
        return "few values"
    return "picture"
