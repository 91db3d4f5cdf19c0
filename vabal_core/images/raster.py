"""Pixels as a file holds them, before anything is lost."""

from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from vabal_core.images.scale import to_eight_bits
from vabal_core.types import Scale

SIDEWAYS = (5, 6, 7, 8)  # EXIF orientations that change width and height


@dataclass(frozen=True, kw_only=True, eq=False)
class Raster:
    """`values` (H, W) grey or (H, W, 3) red, green, blue, of any real type; `alpha` uint8 (H, W), None where every
    pixel is opaque; `inverted` where the least value is white; `remark` on a file that is read, "" where nothing is to
    be said."""

    values: np.ndarray
    alpha: np.ndarray | None = None
    inverted: bool = False
    remark: str = ""

    @property
    def is_deep(self) -> bool:
        """Whether its values have more than 8 bits."""
        return self.values.dtype != np.uint8

    @property
    def is_transparent(self) -> bool:
        """Whether not one pixel of it can be seen."""
        return self.alpha is not None and not self.alpha.any()

    def upright(self, orientation: int) -> "Raster":
        """As EXIF's `orientation` (1..8) says that it is looked at."""
        alpha = None if self.alpha is None else turned(self.alpha, orientation)
        return replace(self, values=turned(self.values, orientation), alpha=alpha)

    def picture(self, scale: Scale | None) -> Image.Image:
        """8 bits a value, alpha over black: mode L or RGB. ValueError as `to_eight_bits` has it."""
        levels = to_eight_bits(self.values, scale)
        if self.inverted:
            levels = 255 - levels
        if self.alpha is not None:
            alpha = self.alpha if levels.ndim == 2 else self.alpha[..., None]
            levels = ((levels.astype(np.uint16) * alpha + 127) // 255).astype(np.uint8)
        return Image.fromarray(np.ascontiguousarray(levels))


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """What a whole decode of a file tells: the size in pixels of the upright image; from where to where most of its
    values lie, None where they have 8 bits; and what is to be said of a file that is read, "" where nothing is."""

    width: int
    height: int
    values: tuple[float, float] | None = None
    remark: str = ""


def turned(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """(H, W) or (H, W, 3) as EXIF's `orientation` says that it is looked at; an unknown one changes nothing."""
    if orientation in SIDEWAYS:
        pixels = pixels.swapaxes(0, 1)
    rows = -1 if orientation in (3, 4, 7, 8) else 1
    columns = -1 if orientation in (2, 3, 6, 7) else 1
    return pixels[::rows, ::columns]
