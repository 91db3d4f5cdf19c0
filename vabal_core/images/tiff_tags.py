"""What the tags of a TIFF's first page say of it, whichever library has read them."""

from collections.abc import Callable
from typing import Any

from vabal_core.images.unreadable import raw_reason

SUBFILE, BITS, PHOTOMETRIC, ORIENTATION, SUB_PAGES, SAMPLE_FORMAT = 254, 258, 262, 274, 330, 339
DEPTH, DNG = 32997, 50706
REDUCED = 1  # a bit of SUBFILE
CFA, LINEAR_RAW = 32803, 34892  # photometric: one value for each spot of the sensor, and those before development
UNSIGNED, UNDEFINED = 1, 4  # formats of a sample


def why_no_picture(tag: Callable[[int], Any], start: bytes) -> str:
    """Why the first page is not the picture, "" where it is. `tag` gives the value of a tag, None where there is none;
    `start` are the file's first bytes."""
    if start[8:10] == b"CR":
        return raw_reason("Canon")
    if tag(DNG) is not None or tag(PHOTOMETRIC) in (CFA, LINEAR_RAW):
        return raw_reason("DNG" if tag(DNG) is not None else "")
    if int(tag(DEPTH) or 1) > 1:
        return f"a volume of {tag(DEPTH):,} layers, no picture; save one layer"
    if int(tag(SUBFILE) or 0) & REDUCED:
        if tag(SUB_PAGES) is not None:
            return raw_reason("")
        return "its first page is a small copy of another; save the picture alone"
    return ""


def has_small_values(tag: Callable[[int], Any]) -> bool:
    """Whether no value of the page has more than 8 bits, and none a sign or a fraction."""
    return max(_all(tag(BITS) or 1)) <= 8 and _is_unsigned(tag)


def is_sixteen_bit_grey(tag: Callable[[int], Any]) -> bool:
    """Whether a pixel is one value of 16 bits."""
    return _all(tag(BITS) or 1) == (16,) and _is_unsigned(tag)


def _is_unsigned(tag: Callable[[int], Any]) -> bool:
    return set(_all(tag(SAMPLE_FORMAT) or UNSIGNED)) <= {UNSIGNED, UNDEFINED}


def _all(value: Any) -> tuple[int, ...]:
    return tuple(int(part) for part in value) if isinstance(value, tuple | list) else (int(value),)
