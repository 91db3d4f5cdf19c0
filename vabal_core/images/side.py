"""The side in pixels at which a pretrained network reads images, chosen from the images themselves."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vabal_core.images.decode import Unreadable, measure

SAMPLE = 100  # images that stand for all when their size is asked for
MIN_SIDE, MAX_SIDE = 64, 224  # pixels; of a smaller image a network's last stage sees next to nothing
STEP = 32  # a network halves its input five times


def usual_side(long_sides: Sequence[int]) -> int:
    """The images' own size, as the middle one of their longer sides has it, within MIN_SIDE and MAX_SIDE."""
    own = int(np.median(long_sides)) if len(long_sides) else MIN_SIDE
    return min(MAX_SIDE, max(MIN_SIDE, -(-own // STEP) * STEP))


def side_of_files(files: Sequence[str]) -> int:
    """`usual_side` of images at these addresses, by a sample of them; files that cannot be read have no say."""
    long_sides = []
    for file in files[:: max(1, len(files) // SAMPLE)]:
        try:
            long_sides.append(max(measure(Path(file))))
        except Unreadable:
            continue  # whoever reads its pixels says so
    return usual_side(long_sides)


def has_mirrors(side: int) -> bool:
    """Whether images of this side are read in all four mirror images: where that costs no more than one of twice the
    side, and brings more (benchmarks/learner.py)."""
    return side <= MIN_SIDE
