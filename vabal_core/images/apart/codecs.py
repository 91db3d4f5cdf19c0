"""Formats that neither Pillow nor tifffile reads with all their bits, by imagecodecs and pillow-heif."""

from collections.abc import Callable
from io import BytesIO
from typing import BinaryIO

import imagecodecs
import numpy as np
from PIL import Image

from vabal_core.images.raster import Raster
from vabal_core.images.scale import to_eight_bits
from vabal_core.images.unreadable import Unreadable, check_size


def _read_heic(content: bytes) -> np.ndarray:
    import pillow_heif  # an extra

    heif = pillow_heif.open_heif(BytesIO(content), convert_hdr_to_8bit=True)
    check_size(*heif.size)
    return np.asarray(heif.to_pillow().convert("RGBA" if "A" in heif.mode else "RGB"))


def _read_jpeg(content: bytes) -> np.ndarray:
    try:
        return imagecodecs.jpeg_decode(content)
    except Exception:  # each of its libraries raises its own
        return imagecodecs.jpegls_decode(content)


def _read_jpeg_2000(content: bytes) -> np.ndarray:
    with Image.open(BytesIO(content), formats=["JPEG2000"]) as header:
        check_size(*header.size)
    return imagecodecs.jpeg2k_decode(content)


DECODERS: dict[str, Callable[[bytes], np.ndarray]] = {
    "JPEG": _read_jpeg,  # of 12 bits, lossless, or JPEG-LS
    "JPEG 2000": _read_jpeg_2000,
    "JPEG XL": imagecodecs.jpegxl_decode,
    "HEIC": _read_heic,
}


def read_coded(stream: BinaryIO, kind: str) -> Raster:
    """The image of a file of one of DECODERS; of one with several, the first. `Unreadable` where it has none."""
    values = np.asarray(DECODERS[kind](stream.read()))
    remark = ""
    if values.ndim == 4 or values.ndim == 3 and values.shape[-1] > 4:
        remark, values = f"the first of {len(values):,} images; the others are left out", values[0]
    channels = 1 if values.ndim == 2 else values.shape[-1]
    if values.ndim not in (2, 3) or channels > 4:
        raise Unreadable(f"an array of the shape {values.shape}, no picture; save it as grey or RGB")
    check_size(values.shape[1], values.shape[0])
    values = values.reshape(*values.shape[:2], channels)
    colours = values[..., 0] if channels < 3 else values[..., :3]
    alpha = to_eight_bits(values[..., -1]) if channels in (2, 4) else None
    return Raster(values=np.ascontiguousarray(colours), alpha=alpha, remark=remark)
