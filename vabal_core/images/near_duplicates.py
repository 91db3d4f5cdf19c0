"""Which pictures are nearly the same: by the features that a network has read of them, else by their cached pixels."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from vabal_core.images.feature_store import Features
from vabal_core.images.pixel_cache import mark_of, places

# Of a row of features, what a network's early stages see: of EfficientNet-Lite0 the first three taps. They tell one
# spot of the steel from another; the later columns tell the kind of defect, which many pictures share.
EARLY_COLUMNS = 176
MAX_REFERENCE = 5_000  # pictures from which the mean and covariance of those columns are estimated
# Near-duplicates of neu-crops-64 are windows of one picture whose intersection over union is 0.5 or more. Of all pairs
# from these values on, 84 % are such by features read at 64 pixels, and 22 % of such pairs are there (at 128 pixels 88
# and 19 %); by pixels 91 and 4 % (benchmarks/near_duplicates.py). Below, most pairs of a set without near-duplicates
# would be shown for nothing: of two classes, of which each would be, 105 reach 0.5 by features and 1 reaches 0.7; by
# pixels 91 reach 0.95 and 2 reach 0.98. None to show is a good answer.
LEAST_BY_FEATURES, LEAST_BY_PIXELS = 0.7, 0.98

CACHE = r"fitted-(grey|colour)-\d+(-scale-.+)?"
GRID = 16  # a picture is compared as GRID x GRID block means: defects stay, noise and small shifts go
BLOCK = 1_024  # pictures compared at a time with as many others: 4 MiB of correlations
FLAT = 1e-3  # a picture whose block means differ by less, in grey levels, has nothing to compare

Pair = tuple[float, int, int]  # cosine or correlation, row, row


def feature_descriptors(features: Features, rows: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """The early columns of `features[rows]`, whitened and of unit length: float32 (K, D), D = EARLY_COLUMNS or all that
    there are. The product of two is their cosine.

    y = V diag(w)^-1/2 V^T z, where z is a row standardised by the mean and deviation of the rows of `reference`, which
    hold `rows`, and V diag(w) V^T = (M C + D I) / (M + D), with the covariance C of M of them. What most pictures share
    counts little, what is a picture's own counts most. The identity stands for D more pictures that share nothing:
    without it a few pictures would all come out at right angles. A row like the mean is all zeros: like none.
    """
    early = features.columns(slice(EARLY_COLUMNS))
    out = np.zeros((len(rows), early.shape[1]), np.float32)
    if not out.size:
        return out
    sample = early[reference[:: -(-len(reference) // MAX_REFERENCE)]].astype(np.float64)
    mean, deviation = sample.mean(axis=0), sample.std(axis=0)
    scale = np.where(deviation > 0, deviation, 1)
    z = (sample - mean) / scale
    variances, directions = np.linalg.eigh((z.T @ z + len(scale) * np.eye(len(scale))) / (len(z) + len(scale)))
    whiten = directions / np.sqrt(variances) / scale[:, None]
    for start in range(0, len(rows), BLOCK):
        white = (early[rows[start : start + BLOCK]] - mean) @ whiten
        length = np.linalg.norm(white, axis=1, keepdims=True)
        np.divide(white, length, out=white, where=length > 0)
        out[start : start + len(white)] = white
    return out


def cached_pixels(folder: Path, fingerprints: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """What `pixel_cache.fill_cache` has left in `folder`, the newest where it holds several: the pixels as a read-only
    map, uint8 (M, size, size) or (M, size, size, 3), without rows where there is no cache, and which of its rows holds
    the image of each fingerprint, (N,) integers, -1 where none does."""
    names = [file for file in folder.glob("*.decoded") if re.fullmatch(CACHE, file.stem)]
    caches = [file for file in names if file.with_suffix(".pixels").exists() and file.stat().st_size]
    if not caches:
        return np.zeros((0, 1, 1), np.uint8), np.full(len(fingerprints), -1)
    newest = max(caches, key=lambda file: file.stat().st_mtime)
    _, kind, size_in_pixels = newest.stem.split("-")[:3]
    colour, size = kind == "colour", int(size_in_pixels)
    row = (size, size, 3) if colour else (size, size)
    flat = np.memmap(newest.with_suffix(".pixels"), np.uint8, "r")
    pixels = flat[: len(flat) // np.prod(row) * np.prod(row)].reshape(-1, *row)
    expected = np.array([mark_of(fingerprint) for fingerprint in fingerprints], np.uint64)
    return pixels, places(np.fromfile(newest, np.uint64)[: len(pixels)], expected)


def descriptors(pixels: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Block means of `pixels[rows]` around their mean, of unit length: float32 (K, GRID * GRID). The product of two is
    their correlation. A flat picture is all zeros: like none. `pixels` is uint8 (M, H, W) or (M, H, W, 3)."""
    out = np.zeros((len(rows), GRID * GRID), np.float32)
    for start in range(0, len(rows), BLOCK):
        block = pixels[rows[start : start + BLOCK]].astype(np.float32)
        grey = block.mean(axis=3) if block.ndim == 4 else block
        means = _block_means(_block_means(grey, 1), 2).reshape(len(grey), -1)
        means -= means.mean(axis=1, keepdims=True)
        length = np.linalg.norm(means, axis=1, keepdims=True)
        np.divide(means, length, out=out[start : start + len(means)], where=length > FLAT * GRID)
    return out


def similar_pairs(vectors: np.ndarray, groups: np.ndarray, *, least: float, limit: int) -> list[Pair]:
    """The `limit` most alike pairs (i, j), i < j, of different `groups` whose product is `least` or more, best first.

    `vectors` is float32 (K, D) of unit length or zero, `groups` (K,). Compared block by block, of which the best are
    kept: memory does not grow with the number of pairs.
    """
    best: list[Pair] = []
    for left, right in _blocks(groups):
        products = vectors[left] @ vectors[right].T
        enough = max(least, best[-1][0]) if len(best) == limit else least
        places = np.flatnonzero(products.ravel() >= enough)
        values = products.ravel()[places]
        if len(places) > limit:
            # As alike as the last one that is kept: ties are settled below, by row.
            kept = values >= np.partition(values, -limit)[-limit]
            places, values = places[kept], values[kept]
        first, second = left[places // len(right)], right[places % len(right)]
        low, high = np.minimum(first, second), np.maximum(first, second)
        order = np.lexsort((high, low, -values))[:limit]
        fresh = zip(values[order].tolist(), low[order].tolist(), high[order].tolist(), strict=True)
        best = sorted([*best, *fresh], key=lambda pair: (-pair[0], pair[1], pair[2]))[:limit]
    return [(min(1.0, value), i, j) for value, i, j in best]


def _block_means(pixels: np.ndarray, axis: int) -> np.ndarray:
    """Means of GRID nearly equal pieces along `axis`; pictures smaller than GRID repeat pixels."""
    size = pixels.shape[axis]
    edges = np.arange(GRID) * size // GRID
    counts = np.maximum(1, np.diff(np.append(edges, size)))
    sums = np.add.reduceat(pixels, edges, axis=axis)
    return sums / counts.reshape([-1 if i == axis else 1 for i in range(pixels.ndim)])


def _blocks(groups: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pairs of row lists that together hold each pair of different groups once."""
    for group in np.unique(groups)[:-1]:
        members, others = np.flatnonzero(groups == group), np.flatnonzero(groups > group)
        for left in range(0, len(members), BLOCK):
            for right in range(0, len(others), BLOCK):
                yield members[left : left + BLOCK], others[right : right + BLOCK]
