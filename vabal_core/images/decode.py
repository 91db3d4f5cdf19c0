"""From an image file to pixels, or to a reason in words why not.

Pillow reads what it reads right; the rest is read by other libraries in a process apart. Grey, colour, palette, alpha,
CMYK; 1 to 16 bits a value, or fractions. Of a file with several frames, the first.
"""

import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from vabal_core.images.apart.process import read_apart
from vabal_core.images.cut_jpeg import mended_jpeg
from vabal_core.images.raster import SIDEWAYS, Inspection, Raster
from vabal_core.images.scale import robust_range
from vabal_core.images.sixteen_bit import deep_raster, is_deep
from vabal_core.images.tiff_tags import has_small_values, is_sixteen_bit_grey, why_no_picture
from vabal_core.images.unreadable import PIXEL_LIMIT, Unreadable, check_size, format_of, in_words, refusal
from vabal_core.types import Scale

LARGE_IMAGE = 10_000_000
FORMATS = ("JPEG", "PNG", "BMP", "TIFF", "WEBP", "AVIF", "PPM")
TGA_END = b"TRUEVISION-XFILE.\0"
READ_APART = ("JPEG 2000", "JPEG XL", "HEIC")  # whatever Pillow makes of them
ALSO_READ_APART = ("TIFF", "JPEG")  # where Pillow reads them wrongly or not at all
PAGED = ("TIFF", "WEBP", "AVIF")
ALPHA_NEVER_SET = ("BMP", "TGA")  # whose writers leave zeros there
JPEGS = ("JPEG", "MPO")

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


@dataclass(frozen=True, kw_only=True, eq=False)
class _Decoded:
    """Upright pixels, and the (width, height) they have before any reduction. A Pillow image has 8 bits a value."""

    pixels: Image.Image | Raster
    size: tuple[int, int]
    remark: str = ""
    transparent: bool = False  # every pixel of it is


def read_pixels(
    source: Path | bytes, *, colour: bool = False, at_least: int | None = None, scale: Scale | None = None
) -> np.ndarray:
    """Pixels of one image, upright: uint8 (H, W), or (H, W, 3) red, green, blue where `colour`.

    Values of more than 8 bits become grey levels by `scale`, or without one as `to_eight_bits` has it. Alpha lies over
    black. With `at_least`, a JPEG may come at 1/2, 1/4 or 1/8 of its size, neither side below that many pixels, which
    is several times faster. Raises `Unreadable` with the reason in words.
    """
    image = picture(source, at_least=at_least, scale=scale)
    mode = "RGB" if colour else "L"
    return np.array(image if image.mode == mode else image.convert(mode))


def read_values(source: Path | bytes) -> Raster:
    """All that the file holds, upright, whatever its bits. Raises `Unreadable`."""
    pixels = _decode(source, None).pixels
    return Raster(values=np.asarray(pixels)) if isinstance(pixels, Image.Image) else pixels


def measure(source: Path | bytes) -> tuple[int, int]:
    """Width and height in pixels of the upright image, after a decode that proves the whole file readable."""
    return _decode(source, 1).size


def inspect(source: Path | bytes) -> Inspection:
    """What a whole decode of the file tells. `Unreadable` also where every pixel is transparent."""
    decoded = _decode(source, 1, with_pages=True)
    if decoded.transparent:
        raise Unreadable("wholly transparent: not one pixel of it can be seen; save it without alpha")
    deep = isinstance(decoded.pixels, Raster) and decoded.pixels.is_deep
    width, height = decoded.size
    values = robust_range(decoded.pixels.values) if deep else None
    return Inspection(width=width, height=height, values=values, remark=decoded.remark)


def picture(source: Path | bytes, *, at_least: int | None = None, scale: Scale | None = None) -> Image.Image:
    """The upright image as an 8-bit Pillow image, grey (L) where the file is grey, otherwise RGB. `scale` and errors as
    `read_pixels` has them."""
    pixels = _decode(source, at_least).pixels
    if isinstance(pixels, Image.Image):
        return pixels
    with _reasons():
        return pixels.picture(scale)


def browser_format(file: Path) -> tuple[str, tuple[int, int]]:
    """The media type ("" where a browser would not show the file, or show it otherwise than it is learned from), and
    the header's (width, height), (0, 0) where only a decode tells.

    Reads the header only. Raises `Unreadable`.
    """
    with _reasons(), _stream(file) as stream:
        start = _start(stream)
        try:
            with _identified(stream, start) as image:
                if image.format in JPEGS:
                    return "image/jpeg", image.size
                plain_png = image.format == "PNG" and not is_deep(image) and not image.has_transparency_data
                return ("image/png" if plain_png else ""), image.size
        except UnidentifiedImageError as error:
            if format_of(start) in READ_APART + ALSO_READ_APART:
                return "", (0, 0)
            raise Unreadable(refusal(start)) from error


def _decode(source: Path | bytes, at_least: int | None, *, with_pages: bool = False) -> _Decoded:
    with _reasons():
        with _stream(source) as stream:
            start = _start(stream)
            kind = format_of(start)
            try:
                if kind not in READ_APART:
                    return _by_pillow(stream, start, at_least, with_pages)
            except (Unreadable, MemoryError, Image.DecompressionBombError, Image.DecompressionBombWarning):
                raise
            except UnidentifiedImageError as error:
                if kind not in ALSO_READ_APART:
                    raise Unreadable(refusal(start)) from error
            except Exception as error:
                if kind == "JPEG" and "truncated" in str(error):
                    return _without_its_end(stream, start, at_least)
                if kind != "TIFF":
                    raise
        raster = _read_apart(kind, source, start)
        size = raster.values.shape[1::-1]
        return _Decoded(pixels=raster, size=size, remark=raster.remark, transparent=raster.is_transparent)


def _read_apart(kind: str, source: Path | bytes, start: bytes) -> Raster:
    try:
        return read_apart(kind, source)
    except Unreadable as error:
        if kind == "JPEG":  # that decoder was a last try, and its own words are about what a photograph never has
            raise Unreadable(refusal(start)) from error
        raise


def _by_pillow(stream: BinaryIO, start: bytes, at_least: int | None, with_pages: bool) -> _Decoded:
    """`_OtherLayout` where Pillow would read it wrongly."""
    with _identified(stream, start) as image, turn_to_decode(image.width, image.height):
        if image.format == "TIFF":
            _check_tiff(image, start)
        size, pages = image.size, getattr(image, "n_frames", 1) if with_pages and image.format in PAGED else 1
        if at_least is not None and image.format in JPEGS:
            image.draft(None, (at_least, at_least))
        if is_deep(image):
            raster = deep_raster(image, partial(_again, stream, start))
            orientation = _orientation(image)
            pixels, transparent = raster.upright(orientation), raster.is_transparent
        else:
            image.load()
            flat, transparent = _without_alpha(image)
            flat = flat.convert("L" if flat.mode in ("1", "L") else "RGB")
            orientation = _orientation(image)
            pixels = flat.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else flat
        if image.format == "TIFF":  # Pillow has turned it upright by now, and says so in the EXIF data
            size = image.size
    size = size[::-1] if orientation in SIDEWAYS else size
    remark = f"the first of {pages:,} pages; the others are left out" if pages > 1 else ""
    return _Decoded(pixels=pixels, size=size, remark=remark, transparent=transparent)


def _without_its_end(stream: BinaryIO, start: bytes, at_least: int | None) -> _Decoded:
    """A JPEG that ends too early, where next to nothing of its picture is missing."""
    stream.seek(0)
    content, remark = mended_jpeg(stream.read())
    decoded = _by_pillow(BytesIO(content), start, at_least, False)
    return replace(decoded, remark=remark)


class _OtherLayout(Exception):
    """A TIFF that Pillow would read wrongly."""


def _check_tiff(image: Image.Image, start: bytes) -> None:
    tag = image.tag_v2.get
    if reason := why_no_picture(tag, start):
        raise Unreadable(reason)
    if not has_small_values(tag) and not (is_sixteen_bit_grey(tag) and image.mode.startswith("I;16")):
        raise _OtherLayout


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION_TAG, 1))
    except Exception:  # damaged EXIF raises almost anything, and the pixels are good without it
        return 1


def _without_alpha(image: Image.Image) -> tuple[Image.Image, bool]:
    """The image over black, and whether every pixel of it is transparent."""
    if not image.has_transparency_data:
        return image, False
    clear = image.convert("RGBA")
    transparent = clear.getchannel("A").getextrema() == (0, 0)
    if transparent and image.format in ALPHA_NEVER_SET:
        return clear.convert("RGB"), False
    black = Image.new("RGBA", image.size, (0, 0, 0, 255))
    over_black = Image.alpha_composite(black, clear)
    return over_black.convert("L" if image.mode in ("1", "L", "LA", "La") else "RGB"), transparent


@contextmanager
def _reasons() -> Iterator[None]:
    """All that goes wrong inside is `Unreadable`."""
    try:
        yield
    except Unreadable:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Unreadable(f"too large: more than the limit of {PIXEL_LIMIT:,} pixels") from error
    except Exception as error:  # a hostile file makes a decoder raise anything; it must not end an import of thousands
        raise Unreadable(in_words(error)) from error


def _stream(source: Path | bytes) -> BinaryIO:
    return BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def _start(stream: BinaryIO) -> bytes:
    start = stream.read(256)
    if not start:
        raise Unreadable("zero bytes")
    return start


def _identified(stream: BinaryIO, start: bytes) -> Image.Image:
    """The opened image, header read, pixels not yet. UnidentifiedImageError where Pillow does not know it."""
    stream.seek(0)
    # A TGA has no first bytes of its own: all sorts of files would pass for one.
    formats = FORMATS if format_of(start) else ("TGA",) if _says_tga(stream) else ()
    if not formats:
        raise Unreadable(refusal(start))
    return Image.open(stream, formats=formats)


@contextmanager
def _again(stream: BinaryIO, start: bytes) -> Iterator[Image.Image]:
    """The same file opened once more; the first image has been loaded."""
    with _identified(stream, start) as image:
        yield image


def _says_tga(stream: BinaryIO) -> bool:
    if str(getattr(stream, "name", "")).lower().endswith((".tga", ".targa")):
        return True
    stream.seek(0, os.SEEK_END)
    stream.seek(max(0, stream.tell() - len(TGA_END)))
    end = stream.read()
    stream.seek(0)
    return end == TGA_END


def turn_to_decode(width: int, height: int) -> AbstractContextManager[object]:
    """To be held while an image of this size is in memory: large ones go one at a time. `Unreadable` for those beyond
    the limit."""
    check_size(width, height)
    return _large_image if width * height > LARGE_IMAGE else nullcontext()
