"""An image of any shape as a square, its shape kept."""

from pathlib import Path

import numpy as np
from PIL import Image

from vabal_core.images.decode import Unreadable, read_pixels
from vabal_core.types import Scale


def fit_square(pixels: np.ndarray, side: int) -> np.ndarray:
    """uint8 (H, W) or (H, W, 3) as (side, side) or (side, side, 3): the longer side becomes `side` and the picture
    stands in the middle, continued to both edges by its own mirror images, as often as it takes.

    Mirror images, because a network's features are averages over the square: they then stay those of the picture, where
    a black margin would enter every one of them. A square picture is resized alone. ValueError below one pixel.
    """
    if side < 1:
        raise ValueError(f"side is {side}; it must be at least 1 pixel")
    height, width = pixels.shape[:2]
    longer = max(height, width)
    # A line of 1 x 4,000 pixels stays one pixel thick, and its mirror images are that line again.
    rows, columns = (max(1, round(side * length / longer)) for length in (height, width))
    small = np.asarray(Image.fromarray(pixels).resize((columns, rows), Image.Resampling.BILINEAR))
    if rows == columns:
        return small
    margins = [((side - length) // 2, side - length - (side - length) // 2) for length in (rows, columns)]
    return np.pad(small, [*margins, *[(0, 0)] * (pixels.ndim - 2)], mode="symmetric")


def read_square(file: Path, *, side: int, colour: bool, scale: Scale | None = None) -> np.ndarray | str:
    """The image as `fit_square` makes it, red, green and blue where `colour`, values of more than 8 bits by `scale`; or
    the reason in words why it cannot be read."""
    try:
        # Twice the side is enough for a clean reduction, and lets large JPEGs decode several times faster.
        return fit_square(read_pixels(file, colour=colour, at_least=2 * side, scale=scale), side)
    except Unreadable as error:
        return str(error)
