"""The pixel cache: every image of a project once, small, in one memory-mapped file.

Beside the rows stand marks, whose image each holds, and checksums: a row is believed where both agree. A file that was
cut, emptied or deleted, and bytes that the disk has changed, cost a decode.
"""

import errno
import os
import zlib
from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np

from vabal_core.images.fit import read_square
from vabal_core.images.parallel import in_order
from vabal_core.types import Progress, Scale, StudioError

EVENT_EVERY = 64
FLUSH_EVERY = 1024
KINDS = ("pixels", "decoded", "checksums")  # the files of a cache, by their suffixes
DAMAGED = "images kept small on the disk were damaged there; they are read again."

Pixels = tuple[np.ndarray, np.ndarray]
CHECKSUM = np.uint32  # CRC-32, of 1,000 rows of 64 x 64 pixels in 2 ms


@dataclass(frozen=True, kw_only=True)
class Rows:
    """The maps of a cache: `pixels` (N, ...), `marks` and `checksums` (N,). A mark of 0: nothing is there."""

    pixels: np.memmap
    marks: np.memmap
    checksums: np.memmap


def fill_cache(
    folder: Path,
    files: Sequence[Path],
    fingerprints: Sequence[str],
    *,
    size: int,
    colour: bool,
    scale: Scale | None = None,
) -> Generator[Progress, None, Pixels]:
    """The pixels of `files`, row i for files[i], fitted into a square; decodes only rows not decoded before.

    Returns a read-only memory map, uint8 (N, size, size), or (N, size, size, 3) where `colour`, and which rows could be
    read, bool (N,). Values of more than 8 bits are read by `scale`: another scale is another cache. A longer `files`
    grows the cache; where images went or came back, the rows of the others are moved to their new places. A row is
    decoded again where another fingerprint (hexadecimal) stands in it: the folder of another database, say; also where
    it is damaged, which an event's message says. A row whose file cannot be read is named in a message, holds nothing
    to use, and is tried again the next time. Raises `StudioError` where the disk is full.
    """
    if size < 1:
        raise ValueError(f"size is {size}; it must be at least 1 pixel")
    row_shape = (size, size, 3) if colour else (size, size)
    if not files:
        return np.zeros((0, *row_shape), np.uint8), np.zeros(0, bool)
    folder.mkdir(parents=True, exist_ok=True)
    name = "-".join(["fitted", "colour" if colour else "grey", str(size), *([scale.name] if scale else [])])
    expected = np.array([mark_of(fingerprint) for fingerprint in fingerprints], np.uint64)
    _put_in_order(folder / name, row_shape, expected)
    rows = _open_rows(folder / name, (len(files), *row_shape))
    if damaged := _forget_damaged(rows, expected):
        yield Progress("decode", message=f"{damaged:,} {DAMAGED}")
    yield from _decode_missing(files, expected, rows, partial(read_square, side=size, colour=colour, scale=scale))
    _remove_other_scales(folder, name, scale)
    pixels = np.memmap(folder / f"{name}.pixels", np.uint8, "r", shape=rows.pixels.shape)
    return pixels, np.asarray(rows.marks) == expected


def _open_rows(stem: Path, shape: tuple[int, ...]) -> Rows:
    """A cache without checksums is of an older version: nothing in it can be believed, and nothing is amiss."""
    pixels, marks, checksums = (stem.with_name(f"{stem.name}.{kind}") for kind in KINDS)
    if not checksums.exists():
        marks.unlink(missing_ok=True)
    return Rows(
        pixels=_grown(pixels, shape),
        marks=_grown(marks, shape[:1], np.uint64),
        checksums=_grown(checksums, shape[:1], CHECKSUM),
    )


def _forget_damaged(rows: Rows, expected: np.ndarray) -> int:
    """Has rows decoded anew that are not what was once decoded; returns how many these are."""
    believed = np.flatnonzero(np.asarray(rows.marks) == expected)
    damaged = [row for row in believed.tolist() if _checksum(rows.pixels[row]) != rows.checksums[row]]
    rows.marks[damaged] = 0
    return len(damaged)


def _checksum(row: np.ndarray) -> int:
    return zlib.crc32(row)


def _put_in_order(stem: Path, row_shape: tuple[int, ...], expected: np.ndarray) -> None:
    """Move rows that stand at another place than `expected` (N,) says, by what is marked beside them: to copy a row is
    far quicker than to decode it. A crash, or a disk without room, costs a decode, never a row with another's mark."""
    pixels_file, marks_file, checksums_file = files = [stem.with_name(f"{stem.name}.{kind}") for kind in KINDS]
    if not all(file.exists() for file in files):
        return
    marks, checksums = np.fromfile(marks_file, np.uint64), np.fromfile(checksums_file, CHECKSUM)
    whole = min(len(marks), len(checksums), pixels_file.stat().st_size // int(np.prod(row_shape)))
    source = places(marks[:whole], expected)
    if not ((source >= 0) & (source != np.arange(len(source)))).any():
        return
    moved = pixels_file.with_suffix(".moved")
    try:
        _copy_rows(np.memmap(pixels_file, np.uint8, "r", shape=(whole, *row_shape)), source, moved)
        marks_file.unlink()
        os.replace(moved, pixels_file)
        np.where(source >= 0, checksums[source], 0).astype(CHECKSUM).tofile(checksums_file)
        np.where(source >= 0, expected, 0).astype(np.uint64).tofile(marks_file)
    except (OSError, StudioError):  # no room for a second file, or somebody has it open on Windows
        moved.unlink(missing_ok=True)


def places(marks: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Where in `marks` (M,) each of `expected` (N,) stands, (N,): at its own place, else wherever; -1 where nowhere."""
    place = np.full(len(expected), -1)
    if len(marks):
        order = np.argsort(marks, kind="stable")
        nearest = np.minimum(np.searchsorted(marks, expected, sorter=order), len(marks) - 1)
        place = np.where(marks[order[nearest]] == expected, order[nearest], -1)
    both = min(len(marks), len(expected))
    own = np.flatnonzero(marks[:both] == expected[:both])
    place[own] = own
    return place


def _copy_rows(pixels: np.ndarray, source: np.ndarray, file: Path) -> None:
    """Row i of the new `file` is row source[i] of `pixels`, or zeros where that is -1."""
    file.unlink(missing_ok=True)
    copied = _grown(file, (len(source), *pixels.shape[1:]))
    rows = np.flatnonzero(source >= 0)
    for start in range(0, len(rows), FLUSH_EVERY):
        piece = rows[start : start + FLUSH_EVERY]
        copied[piece] = pixels[source[piece]]
    copied.flush()


def _remove_other_scales(folder: Path, name: str, scale: Scale | None) -> None:
    """What was decoded by another scale is of no use to anybody any more."""
    stem = name.removesuffix(f"-{scale.name}") if scale else name
    for file in folder.glob(f"{stem}*"):
        if file.stem != name and (file.stem == stem or file.stem.startswith(f"{stem}-scale-")):
            with suppress(OSError):  # somebody has it open, on Windows
                file.unlink()


def mark_of(fingerprint: str) -> int:
    """What stands beside a decoded row: the first 8 bytes of its fingerprint, never 0, which is "not decoded"."""
    return int(fingerprint[:16], 16) or 1


def _reserve(file: BinaryIO, size: int) -> None:
    """Grows the file to `size` with real blocks: writing through a map into a hole of a full disk kills the process."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file.fileno(), 0, size)
    else:  # Windows reserves blocks when a file grows; macOS has no such call
        file.truncate(size)


def _grown(file: Path, shape: tuple[int, ...], kind: type[np.generic] = np.uint8) -> np.memmap:
    """The file mapped for writing as `shape`, zeros where it was shorter; longer files keep their rest."""
    needed = int(np.prod(shape)) * np.dtype(kind).itemsize
    try:
        with file.open("ab") as grown:
            if grown.tell() < needed:
                _reserve(grown, needed)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        raise StudioError(
            f"no room for the pixel cache {file}: it takes {needed / 2**20:,.1f} MiB ({error.strerror}); "
            "free some disk space and try again"
        ) from error
    return np.memmap(file, kind, "r+", shape=shape)


def _decode_missing(
    files: Sequence[Path],
    expected: np.ndarray,
    rows: Rows,
    read: "partial[np.ndarray | str]",
) -> Generator[Progress, None, None]:
    missing = np.flatnonzero(np.asarray(rows.marks) != expected).tolist()
    answers = in_order(lambda row: (row, read(files[row])), missing)
    fresh: list[int] = []
    try:
        for done, (row, answer) in enumerate(answers, start=1):
            if isinstance(answer, str):
                yield Progress("decode", done, len(missing), message=f"{files[row]}: {answer}")
                continue
            rows.pixels[row], rows.checksums[row] = answer, _checksum(np.ascontiguousarray(answer))
            fresh.append(row)
            if len(fresh) == FLUSH_EVERY:
                _remember(fresh, expected, rows)
            if done % EVENT_EVERY == 0 or done == len(missing):
                yield Progress("decode", done, len(missing))
    finally:
        answers.close()
        _remember(fresh, expected, rows)


def _remember(fresh: list[int], expected: np.ndarray, rows: Rows) -> None:
    """Mark rows decoded once their pixels are on disk: a crash in between costs a decode, never a black image."""
    rows.pixels.flush()
    rows.checksums.flush()
    rows.marks[fresh] = expected[fresh]
    rows.marks.flush()
    fresh.clear()
