"""From an image file to 8-bit pixels, or to a reason in words why not.

JPEG, PNG, BMP and TIFF; grey, colour, palette, alpha, CMYK; 8 or 16 bit. Of a file with several frames, the first.
"""

import threading
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from vabal_core.images.sixteen_bit import is_sixteen_bit, narrow
from vabal_core.types import StudioError

PIXEL_LIMIT = 100_000_000
LARGE_IMAGE = 10_000_000
FORMATS = ("JPEG", "PNG", "BMP", "TIFF")
READABLE = "JPEG, PNG, BMP and TIFF are read"

# Pillow checks the size in the header before it allocates anything, but only warns above the limit: make it an error.
Image.MAX_IMAGE_PIXELS = PIXEL_LIMIT
warnings.simplefilter("error", Image.DecompressionBombWarning)

# Several threads decode at once; a few images of 100 Mpx together would take gigabytes, so large ones go one at a time.
_large_image = threading.RLock()

_ORIENTATION_TAG = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS = (5, 6, 7, 8)
_READABLE_STARTS = {b"\xff\xd8": "JPEG", b"\x89PNG": "PNG", b"BM": "BMP", b"II*\0": "TIFF", b"MM\0*": "TIFF"}
_OTHER_STARTS = {b"GIF8": "GIF", b"RIFF": "WebP or another RIFF", b"8BPS": "Photoshop", b"%PDF": "PDF", b"PK": "ZIP"}


class Unreadable(StudioError):
    """A file that gives no pixels. The text is the reason alone ("zero bytes"); whoever asked knows which file."""


def read_pixels(source: Path | bytes, *, colour: bool = False, at_least: int | None = None) -> np.ndarray:
    """Pixels of one image, upright: uint8 (H, W), or (H, W, 3) red, green, blue where `colour`.

    16-bit values are scaled by the smallest of the 8, 10, 12, 14 and 16-bit ranges that holds the largest of them.
    Alpha lies over black. With `at_least`, a JPEG may come at 1/2, 1/4 or 1/8 of its size, neither side below that many
    pixels, which is several times faster. Raises `Unreadable` with the reason in words.
    """
    return np.array(_decoded(source, colour, at_least)[0])


def measure(source: Path | bytes) -> tuple[int, int]:
    """Width and height in pixels of the upright image, after a decode that proves the whole file readable."""
    return _decoded(source, False, 1)[1]


def picture(source: Path | bytes, *, at_least: int | None = None) -> Image.Image:
    """The upright image as an 8-bit Pillow image, grey (L) where the file is grey, otherwise RGB."""
    return _decoded(source, None, at_least)[0]


def browser_format(file: Path) -> tuple[str, tuple[int, int]]:
    """The media type ("" where a browser would not show the file, or show it wrong), and the header's (width, height).

    Reads the header only. Raises `Unreadable`.
    """
    with _opening(file) as image:
        if image.format in ("JPEG", "MPO"):
            return "image/jpeg", image.size
        eight_bit_png = image.format == "PNG" and not is_sixteen_bit(image)
        return ("image/png" if eight_bit_png else ""), image.size


def _decoded(source: Path | bytes, colour: bool | None, at_least: int | None) -> tuple[Image.Image, tuple[int, int]]:
    """The upright 8-bit image, and its (width, height) before any JPEG reduction."""
    with _opening(source) as image:
        size = image.size
        if at_least is not None and image.format in ("JPEG", "MPO"):
            image.draft(None, (at_least, at_least))
        flat = _without_alpha(narrow(image, lambda: _opening(source)))
        if image.format == "TIFF":  # Pillow has turned it upright by now, and says so in the EXIF data
            size = image.size
        orientation = _orientation(image)
        grey = not colour if colour is not None else flat.mode in ("1", "L")
        flat = flat.convert("L" if grey else "RGB")
        upright = flat.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else flat
    return upright, (size[::-1] if orientation in _SIDEWAYS else size)


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION_TAG, 1))
    except Exception:  # damaged EXIF raises almost anything, and the pixels are good without it
        return 1


def _without_alpha(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image
    black = Image.new("RGBA", image.size, (0, 0, 0, 255))
    over_black = Image.alpha_composite(black, image.convert("RGBA"))
    return over_black.convert("L" if image.mode in ("1", "L", "LA", "La") else "RGB")


@contextmanager
def _opening(source: Path | bytes) -> Iterator[Image.Image]:
    """The opened image, header read, pixels not yet; all that goes wrong here or inside is `Unreadable`."""
    try:
        with _stream(source) as stream:
            start = stream.read(256)
            stream.seek(0)
            if not start:
                raise Unreadable("zero bytes")
            with _identified(stream, start) as image, _turn_to_decode(image.width, image.height):
                yield image
    except Unreadable:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Unreadable(f"too large: more than the limit of {PIXEL_LIMIT:,} pixels") from error
    except Exception as error:  # a hostile file makes a decoder raise anything; it must not end an import of thousands
        raise Unreadable(_in_words(error)) from error


def _stream(source: Path | bytes) -> BinaryIO:
    return BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def _identified(stream: BinaryIO, start: bytes) -> Image.Image:
    try:
        return Image.open(stream, formats=FORMATS)
    except UnidentifiedImageError as error:
        raise Unreadable(_what_it_is(start)) from error


def _turn_to_decode(width: int, height: int) -> AbstractContextManager[object]:
    if not 0 < width * height <= PIXEL_LIMIT:
        raise Unreadable(f"too large: {width:,} x {height:,} is more than the limit of {PIXEL_LIMIT:,} pixels")
    return _large_image if width * height > LARGE_IMAGE else nullcontext()


def _what_it_is(start: bytes) -> str:
    for magic, name in _READABLE_STARTS.items():
        if start.startswith(magic):
            return f"damaged: starts like a {name} file, but its header cannot be read"
    for magic, name in _OTHER_STARTS.items():
        if start.startswith(magic):
            return f"unsupported format: a {name} file; {READABLE}"
    printable = sum(byte >= 32 or byte in b"\t\r\n" for byte in start) == len(start)
    return f"not an image: {'a text file' if printable else 'unknown content'}; {READABLE}"


def _in_words(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "missing: there is no such file"
    if isinstance(error, OSError) and error.errno is not None:
        return f"cannot be opened: {error.strerror}"
    if isinstance(error, MemoryError):
        return "too large: not enough memory to decode it"
    if isinstance(error, EOFError) or "truncated" in str(error).lower():
        return "truncated: the file ends before its image does"
    return f"damaged: {str(error) or type(error).__name__}"
