"""A TIFF of any layout by tifffile, for those that Pillow reads wrongly or not at all."""

import os
from typing import Any, BinaryIO

import numpy as np
import tifffile
from PIL import Image
from tifffile import PHOTOMETRIC, TiffPage

from vabal_core.images.raster import Raster
from vabal_core.images.scale import to_eight_bits
from vabal_core.images.tiff_tags import ORIENTATION, why_no_picture
from vabal_core.images.unreadable import Unreadable, check_size

MAX_BYTES_A_PIXEL = 64
UNASSOCIATED = 2  # alpha that the colours are not multiplied by yet
JPEG = (6, 7)
GREY = (PHOTOMETRIC.MINISBLACK, PHOTOMETRIC.MINISWHITE)


def read_tiff(stream: BinaryIO) -> Raster:
    """The first page, upright. `Unreadable` where it is no picture, too large, cut off, or its colours are not read."""
    start = stream.read(16)
    stream.seek(0)
    if reason := why_no_picture(lambda code: None, start):  # before anything else of a raw file can be wrong
        raise Unreadable(reason)
    with tifffile.TiffFile(stream) as file:
        page = file.pages.first
        _refuse(page, start, stream.seek(0, os.SEEK_END))
        raster = _raster(page, page.asarray(maxworkers=1))
        more = len(file.pages) > 1
        remark = f"the first of {len(file.pages):,} pages; the others are left out" if more else ""
    upright = raster.upright(int(_tag(page, ORIENTATION) or 1))
    return Raster(values=upright.values, alpha=upright.alpha, inverted=upright.inverted, remark=remark)


def _tag(page: TiffPage, code: int) -> Any:
    tag = page.tags.get(code)
    return None if tag is None else tag.value


def _refuse(page: TiffPage, start: bytes, file_size: int) -> None:
    if reason := why_no_picture(lambda code: _tag(page, code), start):
        raise Unreadable(reason)
    check_size(page.imagewidth, page.imagelength)
    if page.dtype is None or page.dtype.kind not in "biuf":
        raise Unreadable("its values are no numbers that a picture has; save it with 8 or 16 bits a value")
    if page.samplesperpixel * page.dtype.itemsize > MAX_BYTES_A_PIXEL:
        raise Unreadable(f"{page.samplesperpixel:,} values a pixel, no picture; save it as grey or RGB")
    ends = (offset + count for offset, count in zip(page.dataoffsets, page.databytecounts, strict=False))
    if max(ends, default=0) > file_size or not page.dataoffsets:
        raise Unreadable("truncated: the file ends before its image does")


def _raster(page: TiffPage, values: np.ndarray) -> Raster:
    if values.ndim == 3 and page.axes.startswith("S"):
        values = np.moveaxis(values, 0, -1)
    values = _whole_bytes(page, values.reshape(page.imagelength, page.imagewidth, -1))
    channels = values.shape[-1] - len(page.extrasamples)
    colours = _colours(page, values[..., :channels])
    alpha = values[..., channels] if UNASSOCIATED in page.extrasamples[:1] else None
    return Raster(
        values=np.ascontiguousarray(colours),
        alpha=None if alpha is None else _eight_bit_alpha(alpha),
        inverted=page.photometric == PHOTOMETRIC.MINISWHITE,
    )


def _whole_bytes(page: TiffPage, values: np.ndarray) -> np.ndarray:
    """Values of fewer than 8 bits stretched to 8, but for places in a palette."""
    if values.dtype != bool and (values.dtype != np.uint8 or page.bitspersample >= 8):
        return values
    if page.photometric == PHOTOMETRIC.PALETTE:
        return values.astype(np.uint8)
    return values.astype(np.uint8) * (255 // (2**page.bitspersample - 1))


def _colours(page: TiffPage, values: np.ndarray) -> np.ndarray:
    """(H, W) grey or (H, W, 3) red, green, blue."""
    kind, channels = page.photometric, values.shape[-1]
    if kind in GREY and channels == 1:
        return values[..., 0]
    if channels == 3 and (kind == PHOTOMETRIC.RGB or kind == PHOTOMETRIC.YCBCR and page.compression in JPEG):
        return values
    if kind == PHOTOMETRIC.PALETTE and channels == 1 and page.colormap is not None:
        return (np.moveaxis(page.colormap, 0, -1)[values[..., 0]] >> 8).astype(np.uint8)
    if kind == PHOTOMETRIC.SEPARATED and channels == 4 and values.dtype.kind == "u":
        inks = (values >> 8 * (values.dtype.itemsize - 1)).astype(np.uint8)
        return np.asarray(Image.fromarray(np.ascontiguousarray(inks), "CMYK").convert("RGB"))
    name = getattr(kind, "name", str(kind))
    raise Unreadable(f"colours of a kind that is not read ({name}, {channels} values a pixel); save it as grey or RGB")


def _eight_bit_alpha(alpha: np.ndarray) -> np.ndarray:
    if alpha.dtype.kind == "f":
        return (np.clip(alpha, 0, 1) * 255).astype(np.uint8)
    return to_eight_bits(alpha.astype(np.uint16) if alpha.dtype.itemsize > 1 else alpha.astype(np.uint8))
