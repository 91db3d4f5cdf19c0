"""The values of more than 8 bits that Pillow reads right, all of their bits kept: PNG, grey TIFF, PNM."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import numpy as np
from PIL import Image

from vabal_core.images.raster import Raster

# Pillow keeps only the high byte of each 16-bit colour value: a 12-bit image would come out black. Reading the same
# bytes in the other order gives it the low byte instead.
_OTHER_BYTE = {"16B": "16L", "16L": "16B", "16N": "16B" if np.little_endian else "16L"}
_WHITE_IS_ZERO = 0
_PHOTOMETRIC_TAG = 262
_COMMENT = re.compile(rb"#[^\r\n]*")


def is_deep(image: Image.Image) -> bool:
    """Whether an opened image, not loaded yet, holds more than 8 bits a value."""
    return image.mode == "F" or image.mode.startswith("I") or ";16" in _raw_mode(image) or _largest(image) > 255


def deep_raster(image: Image.Image, reopen: Callable[[], AbstractContextManager[Image.Image]]) -> Raster:
    """The values of an opened image of which `is_deep` holds. `reopen` opens the same file once more."""
    if image.format == "PPM" and image.mode != "F":
        return Raster(values=_netpbm(image))
    raw = _raw_mode(image)
    if raw == "LA;16B":
        return _grey_with_alpha(image)
    if raw.startswith(("RGB;16", "RGBA;16")):
        return _colour(image, reopen)
    return _grey(image)


def _raw_mode(image: Image.Image) -> str:
    """How the pixels lie in the file ("RGB;16B"); "" where Pillow does not say."""
    arguments = image.tile[0].args if getattr(image, "tile", None) else ""
    return arguments if isinstance(arguments, str) else str((arguments or ("",))[0])


def _largest(image: Image.Image) -> int:
    """The largest value that a PNM file says it may hold; 0 for other files."""
    arguments = image.tile[0].args if image.format == "PPM" and image.tile else ()
    return arguments[1] if isinstance(arguments, tuple) and len(arguments) == 2 else 0


def _netpbm(image: Image.Image) -> np.ndarray:
    """Values as they stand in the file: Pillow stretches them to 16 bits, or to 8 where they are colours."""
    shape = (image.height, image.width) if image.mode != "RGB" else (image.height, image.width, 3)
    count, (codec, _, offset, _) = int(np.prod(shape)), image.tile[0][:4]
    image.fp.seek(offset)
    if codec == "ppm_plain":
        words = _COMMENT.sub(b" ", image.fp.read()).split()[:count]
        values = np.array([int(word) for word in words], np.uint16)
    else:
        content = image.fp.read(2 * count)
        values = np.frombuffer(content, ">u2", len(content) // 2).astype(np.uint16)
    if len(values) < count:
        raise EOFError(f"{len(values):,} of {count:,} values")
    return values.reshape(shape)


def _grey(image: Image.Image) -> Raster:
    inverted = getattr(image, "tag_v2", {}).get(_PHOTOMETRIC_TAG) == _WHITE_IS_ZERO
    values = np.asarray(image)
    if image.mode.startswith("I") and values.min(initial=0) >= 0 and values.max(initial=0) < 2**16:
        values = values.astype(np.uint16, copy=False)
    transparent = image.info.get("transparency")
    alpha = None if transparent is None else np.where(values == transparent, 0, 255).astype(np.uint8)
    return Raster(values=values, alpha=alpha, inverted=inverted)


def _grey_with_alpha(image: Image.Image) -> Raster:
    image.tile = [tile._replace(args="RGBA") for tile in image.tile]
    high, low, alpha, _ = (np.asarray(band) for band in image.split())
    return Raster(values=high.astype(np.uint16) << 8 | low, alpha=alpha)


def _colour(image: Image.Image, reopen: Callable[[], AbstractContextManager[Image.Image]]) -> Raster:
    image.load()
    with reopen() as again:
        again.tile = [tile._replace(args=_other_byte(tile.args)) for tile in again.tile]
        low = np.asarray(again)
    high = np.asarray(image)
    values = high[..., :3].astype(np.uint16) << 8 | low[..., :3]
    transparent = image.info.get("transparency")  # of a PNG: one colour, of 16 bits
    alpha = high[..., 3] if image.mode == "RGBA" else None
    if isinstance(transparent, tuple):
        alpha = np.where((values == transparent).all(axis=-1), 0, 255).astype(np.uint8)
    return Raster(values=values, alpha=alpha)


def _other_byte(arguments: str | tuple) -> str | tuple:
    raw, *rest = (arguments,) if isinstance(arguments, str) else arguments
    name, _, order = raw.partition(";")
    swapped = f"{name};{_OTHER_BYTE[order]}"
    return swapped if isinstance(arguments, str) else (swapped, *rest)
