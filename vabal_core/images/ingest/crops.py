"""Each box of an annotated image as an image of its own, cut out when it is looked at."""

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from threading import Lock

from vabal_core.images.decode import measure
from vabal_core.images.ingest.formats.annotation import LabelledBox
from vabal_core.images.ingest.table import Candidate
from vabal_core.images.tiles import cut_all
from vabal_core.images.unreadable import Unreadable
from vabal_core.types import Box, StudioError, Tile

# Several boxes of an image have their turn at once: one of them cuts out all, the others wait for it.
_TURNS = [Lock() for _ in range(64)]


def cut_candidate(candidate: Candidate, pieces: Callable[[], Path] | None) -> tuple[Path, Tile | None]:
    """Where the image of a candidate with a box is: a file in the folder that `pieces` gives, and what it was cut from;
    or the candidate's own, where the box is the whole image. A piece that was cut before is not cut again.

    `Unreadable` where the image is, or where the box lies outside of it.
    """
    if pieces is None:
        raise StudioError("not cut out: nothing says where the pieces go; take the classes of the whole images instead")
    seen = candidate.file.stat()
    fingerprint, (width, height) = _parent(candidate.file, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns)
    box = pixel_box(candidate.box, width, height)
    if box == Box(x=0, y=0, width=width, height=height):
        return candidate.file, None
    folder = pieces()
    out = _place(folder, fingerprint, box)
    with _TURNS[int(fingerprint[:8], 16) % len(_TURNS)]:
        written = _if_cut(out) or _cut_all(candidate, folder, fingerprint, (width, height))[out]
    return written, Tile(parent=candidate.parent, parent_fingerprint=fingerprint, box=box)


def _place(folder: Path, fingerprint: str, box: Box) -> Path:
    return folder / f"{fingerprint[:32]}-{box.x}-{box.y}-{box.width}x{box.height}.png"


def _if_cut(out: Path) -> Path | None:
    """The piece where it was cut before: what no PNG can hold is a TIFF."""
    return next((file for file in (out, out.with_suffix(".tif")) if file.exists()), None)


def _cut_all(candidate: Candidate, folder: Path, fingerprint: str, size: tuple[int, int]) -> dict[Path, Path]:
    """Cut all boxes of the image that are not cut, decoding it once; place -> file. A file is whole or not there."""
    places = {}
    for marked in candidate.boxes:
        with suppress(Unreadable):  # said where that box has its turn
            box = pixel_box(marked, *size)
            places[_place(folder, fingerprint, box)] = box
    missing = [place for place in places if _if_cut(place) is None]
    partial = {place: place.with_name(f".{os.getpid()}-{place.name}") for place in missing}
    written = cut_all(candidate.file, [(places[place], partial[place]) for place in missing])
    for place, file in zip(missing, written, strict=True):
        file.replace(place.with_suffix(file.suffix))
    return {place: place.with_suffix(file.suffix) for place, file in zip(missing, written, strict=True)}


def pixel_box(box: LabelledBox, width: int, height: int) -> Box:
    """The box in whole pixels, as far as it lies in an image of this size."""
    across, down = (width, height) if box.relative else (1, 1)
    left, right = (_within(edge * across, width) for edge in (box.x, box.x + box.width))
    top, bottom = (_within(edge * down, height) for edge in (box.y, box.y + box.height))
    if right <= left or bottom <= top:
        raise Unreadable(f"outside: the box of {box.label} has no pixel of the image, which is {width} x {height}")
    return Box(x=left, y=top, width=right - left, height=bottom - top)


def _within(edge: float, side: int) -> int:
    return min(side, max(0, round(edge)))


@lru_cache(maxsize=256)
def _parent(file: Path, _size: int, _modified_ns: int, _changed_ns: int) -> tuple[str, tuple[int, int]]:
    """Fingerprint and (width, height) of an image that may have many boxes; asked again when the file changes."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest(), measure(file)
