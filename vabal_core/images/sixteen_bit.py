"""16-bit pixels to 8 bit, keeping the contrast of cameras that deliver 10, 12 or 14 bits in 16."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import numpy as np
from PIL import Image, ImageOps

DEPTHS = (8, 10, 12, 14, 16)

# Pillow keeps only the high byte of each 16-bit colour value: a 12-bit image would come out black. Reading the same
# bytes in the other order gives it the low byte instead.
_OTHER_BYTE = {"16B": "16L", "16L": "16B", "16N": "16B" if np.little_endian else "16L"}
_WHITE_IS_ZERO = 0
_PHOTOMETRIC_TAG = 262
_BITS_TAG = 258
_PLANAR_TAG = 284
_SEPARATE_PLANES = 2


def narrow(image: Image.Image, reopen: Callable[[], AbstractContextManager[Image.Image]]) -> Image.Image:
    """The loaded image with 8 bits a value: itself where it has them already.

    `reopen` opens the same file once more, needed for 16-bit colour. Raises ValueError for 32-bit and negative values,
    and for colours in separate planes of 16 bits.
    """
    if image.mode == "F":
        raise ValueError("32-bit floating point pixels; 8 and 16 bit are read")
    if image.mode.startswith("I"):
        return _narrow_grey(image)
    if _in_wide_planes(image):
        raise ValueError("16-bit colours in separate planes; save the image with its colours side by side")
    raw = _raw_mode(image)
    if raw == "LA;16B":
        return _narrow_grey_with_alpha(image)
    if raw.startswith(("RGB;16", "RGBA;16")):
        return _narrow_colour(image, reopen)
    image.load()
    return image


def is_sixteen_bit(image: Image.Image) -> bool:
    """Whether an opened image, not loaded yet, holds more than 8 bits a value."""
    return image.mode.startswith("I") or ";16" in _raw_mode(image)


def to_eight_bits(values: np.ndarray) -> np.ndarray:
    """uint16 values of any shape as uint8, scaled by the smallest range of `DEPTHS` bits that holds their maximum."""
    maximum = int(values.max(initial=0))
    top = next(2**depth - 1 for depth in DEPTHS if maximum < 2**depth)
    table = np.minimum((np.arange(2**16) * 255 + top // 2) // top, 255).astype(np.uint8)
    return table[values]


def _raw_mode(image: Image.Image) -> str:
    """How the pixels lie in the file ("RGB;16B"); "" where Pillow does not say."""
    arguments = image.tile[0].args if getattr(image, "tile", None) else ""
    return arguments if isinstance(arguments, str) else str((arguments or ("",))[0])


def _in_wide_planes(image: Image.Image) -> bool:
    """Whether it is a TIFF of 16-bit colours, one plane after another, of which Pillow makes noise without a word."""
    tags = getattr(image, "tag_v2", {})
    return tags.get(_PLANAR_TAG) == _SEPARATE_PLANES and max(tags.get(_BITS_TAG, (8,))) > 8


def _narrow_grey(image: Image.Image) -> Image.Image:
    white_is_zero = getattr(image, "tag_v2", {}).get(_PHOTOMETRIC_TAG) == _WHITE_IS_ZERO
    values = np.asarray(image)
    if values.min(initial=0) < 0 or values.max(initial=0) >= 2**16:
        raise ValueError(f"values from {values.min()} to {values.max()}; 8 and 16 bit, not negative, are read")
    # The same reading as other grey files get, and only then turned over: the largest value tells the depth either way.
    eight = Image.fromarray(to_eight_bits(values.astype(np.uint16, copy=False)))
    if "transparency" in image.info:
        return _with_transparent_value(eight, values == image.info["transparency"])
    return ImageOps.invert(eight) if white_is_zero else eight


def _with_transparent_value(eight: Image.Image, transparent: np.ndarray) -> Image.Image:
    alpha = np.where(transparent, 0, 255).astype(np.uint8)
    return Image.merge("LA", (eight, Image.fromarray(alpha)))


def _narrow_grey_with_alpha(image: Image.Image) -> Image.Image:
    image.tile = [tile._replace(args="RGBA") for tile in image.tile]
    high, low, alpha, _ = (np.asarray(band).astype(np.uint16) for band in image.split())
    grey = Image.fromarray(to_eight_bits(high << 8 | low))
    return Image.merge("LA", (grey, Image.fromarray(alpha.astype(np.uint8))))


def _narrow_colour(image: Image.Image, reopen: Callable[[], AbstractContextManager[Image.Image]]) -> Image.Image:
    image.load()
    with reopen() as again:
        again.tile = [tile._replace(args=_other_byte(tile.args)) for tile in again.tile]
        low = np.asarray(again)
    high = np.asarray(image)
    colour = to_eight_bits(high[..., :3].astype(np.uint16) << 8 | low[..., :3])
    if image.mode == "RGBA":
        colour = np.dstack([colour, high[..., 3]])
    return Image.fromarray(colour)


def _other_byte(arguments: str | tuple) -> str | tuple:
    raw, *rest = (arguments,) if isinstance(arguments, str) else arguments
    name, _, order = raw.partition(";")
    swapped = f"{name};{_OTHER_BYTE[order]}"
    return swapped if isinstance(arguments, str) else (swapped, *rest)
