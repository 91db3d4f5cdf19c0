"""Features of images on disk, read once by a network and kept: a folder of shards, keyed by content fingerprint.

The folder's name, chosen by the caller, says what read them (backbone, side in pixels, colour, version). Nothing in it
is needed to keep labels safe: it can be deleted at any time. A shard that is damaged or cut reads as absent.
"""

import shutil
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from filelock import FileLock

from vabal_core.images.feature_shard import (
    PARTIAL,
    SUFFIX,
    is_whole,
    keys_of,
    map_values,
    read_keys,
    write_shard,
)
from vabal_core.types import StudioError

SMALL_SHARD = 1_024  # a last shard of fewer rows is written anew with what is appended
LARGEST = float(np.finfo(np.float16).max)

Rows = np.ndarray | slice | Sequence[int]


@dataclass(frozen=True, kw_only=True, eq=False)
class Features:
    """The features of N images, an array (N, F) that stays on disk: `features[rows]` reads those rows, float32 (n, F).

    Row i is image i; a row that is absent from the store is zeros. `shard` and `row` (N,) say where each image lies
    (shard -1: absent), `selection` which of its columns are seen. StudioError where the store was deleted since.
    """

    files: tuple[Path, ...]
    shard: np.ndarray
    row: np.ndarray
    selection: np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.shard), len(self.selection)

    def __len__(self) -> int:
        return len(self.shard)

    def __getitem__(self, rows: Rows) -> np.ndarray:
        shard, row = self.shard[rows], self.row[rows]
        if shard.ndim != 1:
            raise ValueError(f"rows are an array, a slice or a mask, not {rows!r}")
        gathered = np.zeros((len(shard), len(self.selection)), np.float32)
        order = np.lexsort((row, shard))  # shard by shard, each from its start to its end
        columns = _as_slice(self.selection)
        for number in np.unique(shard[shard >= 0]).tolist():
            first, last = np.searchsorted(shard, [number, number + 1], sorter=order)
            places = order[first:last]
            values = np.asarray(_values(self.files[number]))
            gathered[_as_slice(places)] = values[:, columns][_as_slice(row[places])]
        return gathered

    def columns(self, columns: Rows) -> "Features":
        """The same images with these columns only."""
        return replace(self, selection=self.selection[columns])


def _as_slice(places: np.ndarray) -> slice | np.ndarray:
    """Places that follow one another as a slice: numpy copies what it selects in half the time then."""
    if len(places) and (np.diff(places) == 1).all():
        return slice(int(places[0]), int(places[-1]) + 1)
    return places


def present(folder: Path, fingerprints: Sequence[str]) -> np.ndarray:
    """Which of the images have features in the store, bool (N,); none where there is no such folder."""
    return _located(_shards(folder), keys_of(fingerprints))[0] >= 0


def open_features(folder: Path, fingerprints: Sequence[str]) -> tuple[Features, np.ndarray]:
    """The images' features, row i for fingerprints[i], and which of them are there, bool (N,).

    Memory: 8 bytes an image, whatever F. Without a folder the features have no columns.
    """
    shards = list(_shards(folder))
    width = shards[0][2] if shards else 0
    shard, row = _located(shards, keys_of(fingerprints))
    files = tuple(file for file, _, _ in shards)
    return Features(files=files, shard=shard, row=row, selection=np.arange(width)), shard >= 0


def remove_damaged(folder: Path) -> int:
    """Delete the shards that are not what was written, so that their images are read again; returns how many. For
    whoever is about to learn: reads all of the store."""
    damaged = [file for file in sorted(folder.glob(f"*{SUFFIX}")) if not is_whole(file)]
    _unlink(damaged)
    return len(damaged)


def append(folder: Path, fingerprints: Sequence[str], values: np.ndarray) -> None:
    """Keep the features `values`, float (n, F), of images that have none yet, as float16; the others are skipped.

    All of them are there afterwards, or, after a kill, none. For whoever holds `store_lock`: what killed writers left
    is removed. Looking for what is there takes some 0.1 s for each million rows, so append a few hundred at a time.
    ValueError where `values` has another shape than the store, or does not fit float16; StudioError on a full disk.
    """
    narrow = _narrowed(values, fingerprints)
    folder.mkdir(parents=True, exist_ok=True)
    shards = list(_shards(folder))
    _remove_unread(folder, {file for file, _, _ in shards})
    if shards and shards[0][2] != values.shape[1]:
        raise ValueError(
            f"{values.shape[1]:,} columns are to be appended to {folder}, which holds {shards[0][2]:,}; "
            "give other features a folder of their own"
        )
    keys, first = np.unique(keys_of(fingerprints), return_index=True)
    fresh = np.sort(first[_located(shards, keys)[0] < 0])
    if len(fresh):
        _write(folder, shards, keys_of([fingerprints[i] for i in fresh]), narrow[fresh])


def store_lock(folder: Path) -> FileLock:
    """To be held while features are read into the store, so that no two processes read the same images."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Beside the folder, which may be removed; taken by one thread, given back by another.
    return FileLock(folder.with_name(f"{folder.name}.lock"), thread_local=False)


def size_in_bytes(folder: Path) -> int:
    """What the store takes on disk."""
    total = 0
    for file in folder.glob("*"):
        with suppress(FileNotFoundError):  # written anew, or removed, just now
            total += file.stat().st_size
    return total


def remove(folder: Path) -> None:
    """Delete the store. Who has it open gets a StudioError at the next look; the features can be read again."""
    shutil.rmtree(folder, ignore_errors=True)


def _shards(folder: Path) -> Iterator[tuple[Path, np.ndarray, int]]:
    """File, keys and width of the good shards, oldest first; those of another width than the first are none."""
    width = None
    for file in sorted(folder.glob(f"*{SUFFIX}")):
        shard = read_keys(file)
        if shard is not None and shard[1] == (width := width or shard[1]):
            yield file, *shard


def _located(shards: Iterable[tuple[Path, np.ndarray, int]], keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number of the shard (-1: absent) and row in it of each key, int32 (N,) both."""
    distinct, place = np.unique(keys, return_inverse=True)
    shard, row = np.full(len(distinct), -1, np.int32), np.zeros(len(distinct), np.int32)
    for number, (_, stored, _) in enumerate(shards if len(keys) else ()):
        nearest = np.minimum(np.searchsorted(distinct, stored), len(distinct) - 1)
        hits = np.flatnonzero(distinct[nearest] == stored)
        shard[nearest[hits]], row[nearest[hits]] = number, hits
    return shard[place], row[place]


def _narrowed(values: np.ndarray, fingerprints: Sequence[str]) -> np.ndarray:
    if values.ndim != 2 or len(values) != len(fingerprints) or not values.shape[1]:
        raise ValueError(f"values has shape {values.shape}; for {len(fingerprints):,} images it must be (n, F)")
    with np.errstate(over="ignore"):
        narrow = values.astype(np.float16)
    if not np.isfinite(narrow).all():
        i, j = np.argwhere(~np.isfinite(narrow))[0]
        raise ValueError(
            f"feature {j} of image {fingerprints[i]} is {values[i, j]}; kept are numbers from {-LARGEST:,.0f} to "
            f"{LARGEST:,.0f}: look whether the network's weights are whole, or scale its features down"
        )
    return narrow


def _write(folder: Path, shards: list[tuple[Path, np.ndarray, int]], keys: np.ndarray, narrow: np.ndarray) -> None:
    """As a new shard, or with the rows of a small last one in its place: one file takes the name, so no kill between
    the two can show a row twice or lose one, and rows that somebody has opened stay where they were."""
    if shards and len(shards[-1][1]) < SMALL_SHARD and is_whole(shards[-1][0]):
        file, before, _ = shards[-1]
        write_shard(file, np.concatenate([before, keys]), np.concatenate([_values(file), narrow]))
        return
    number = int(shards[-1][0].name.split("-")[0]) + 1 if shards else 0
    # The name is never used again: whoever has opened a store that was deleted must not read another one's rows.
    write_shard(folder / f"{number:08d}-{uuid.uuid4().hex[:16]}{SUFFIX}", keys, narrow)


def _values(file: Path) -> np.ndarray:
    values = map_values(file)
    if values is None:
        raise StudioError(f"the features {file} were deleted or damaged since they were opened; start again")
    return values


def _remove_unread(folder: Path, good: set[Path]) -> None:
    _unlink(file for file in folder.glob("*") if file not in good and file.suffix in (SUFFIX, PARTIAL))


def _unlink(files: Iterable[Path]) -> None:
    for file in files:
        with suppress(OSError):  # somebody else's, or open elsewhere: it takes up room, and that is all
            file.unlink()
