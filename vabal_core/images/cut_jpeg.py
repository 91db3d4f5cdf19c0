"""A JPEG that ends too early: often only its end marker is missing, and every pixel is there."""

from io import BytesIO

import numpy as np
from PIL import Image

from vabal_core.images.unreadable import Unreadable

END = b"\xff\xd9"
MAX_MISSING = 0.05  # share of the pixels
MAX_FILLER = 2**22  # bytes


def mended_jpeg(content: bytes) -> tuple[bytes, str]:
    """`content` with an end marker, and what to say of it: "" where no pixel is missing.

    Which pixels are missing shows by other bytes in place of the missing end: what they change was not there.
    `Unreadable` where it is more than MAX_MISSING of the picture.
    """
    content = content.removesuffix(b"\xff")
    size = max(1_024, min(len(content), MAX_FILLER))
    filler = np.random.default_rng(0).integers(0, 255, size, dtype=np.uint8).tobytes()  # never 255, a marker's start
    missing = float((_grey(content + END) != _grey(content + filler + END)).mean())
    if missing > MAX_MISSING:
        raise Unreadable(f"truncated: the file ends before its image does, {missing:.0%} of its pixels are missing")
    return content + END, f"its end is cut off: {missing:.1%} of its pixels are missing" if missing else ""


def _grey(content: bytes) -> np.ndarray:
    with Image.open(BytesIO(content), formats=["JPEG"]) as image:
        return np.asarray(image.convert("L"))
