"""Images as a browser shows them."""

from io import BytesIO
from pathlib import Path

from PIL import Image

from vabal_core.images.decode import Unreadable, browser_format, picture
from vabal_core.types import Scale

JPEG_QUALITY = 90
SMALL_QUALITY = 75


def thumbnail(file: Path, pixels: int, scale: Scale | None = None) -> tuple[bytes, str]:
    """The image with no side longer than `pixels`, shape kept, never enlarged: bytes and media type.

    JPEG stays JPEG; the rest becomes PNG, values of more than 8 bits by `scale`. An image small enough comes as `full`
    gives it. Raises `Unreadable`.
    """
    if pixels < 1:
        raise ValueError(f"pixels is {pixels}; it must be at least 1")
    media_type, size = browser_format(file)
    if media_type and max(size) <= pixels:
        return _bytes(file), media_type
    image = picture(file, at_least=2 * pixels, scale=scale)
    image.thumbnail((pixels, pixels), Image.Resampling.LANCZOS)
    return _encoded(image, media_type)


def full(file: Path, scale: Scale | None = None) -> tuple[bytes, str]:
    """The whole image, bytes and media type: JPEG and 8-bit PNG without alpha unchanged, everything else as an
    8-bit PNG.

    Raises `Unreadable`.
    """
    media_type, _ = browser_format(file)
    return (_bytes(file), media_type) if media_type else _encoded(picture(file, scale=scale), "")


def small(file: Path, pixels: int, scale: Scale | None = None) -> bytes:
    """The image as WebP of a few kilobytes, no side longer than `pixels`, never enlarged: to stand within a document.
    Raises `Unreadable`."""
    image = picture(file, at_least=2 * pixels, scale=scale)
    image.thumbnail((pixels, pixels), Image.Resampling.LANCZOS)
    out = BytesIO()
    image.save(out, "WEBP", quality=SMALL_QUALITY)
    return out.getvalue()


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Unreadable(f"cannot be opened: {error.strerror}") from error


def _encoded(image: Image.Image, media_type: str) -> tuple[bytes, str]:
    out = BytesIO()
    if media_type == "image/jpeg":
        image.save(out, "JPEG", quality=JPEG_QUALITY)
        return out.getvalue(), media_type
    image.save(out, "PNG", compress_level=3)
    return out.getvalue(), "image/png"
