"""Look for labels that may be wrong: pictures that are nearly the same and have different labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vabal_core.images.feature_store import Features, open_features
from vabal_core.images.near_duplicates import (
    LEAST_BY_FEATURES,
    LEAST_BY_PIXELS,
    cached_pixels,
    descriptors,
    feature_descriptors,
    similar_pairs,
)
from vabal_core.store import search as rows
from vabal_core.store.bin import bin_stamp
from vabal_core.store.classes import class_table
from vabal_core.store.images import learning_images
from vabal_core.store.labels import current_labels, newest_event
from vabal_core.store.search import ImageRow
from vabal_core.workspace.projects import require_project
from vabal_core.workspace.workspace import Workspace


@dataclass(frozen=True)
class NearDuplicatePair:
    """Two images of different classes and how alike they are, at most 1: the cosine of their whitened features, or,
    where they were compared by pixels, the correlation of these."""

    similarity: float
    first: ImageRow
    second: ImageRow


@dataclass(frozen=True, kw_only=True)
class Descriptors:
    """What the images `rows` (K,) are compared by: `vectors` (K, D) of unit length; from `least` on two are alike."""

    rows: np.ndarray
    vectors: np.ndarray
    least: float


def review_stamp(ws: Workspace, project_id: int) -> tuple[int, ...]:
    """Other numbers as soon as anything was decided, an image was read, images went into the bin or came back, or
    classes were merged: what was found before may no longer hold."""
    merged = class_table(ws.engine, project_id).merged.items()
    in_bin = bin_stamp(ws.engine, project_id)
    newest = newest_event(ws.engine, project_id)
    return newest, max(feature_stamp(ws), default=0), *in_bin, *(n for pair in merged for n in pair)


def feature_stamp(ws: Workspace) -> tuple[int, ...]:
    """Other numbers as soon as an image was read, of whatever project, or what was read is deleted."""
    return tuple(folder.stat().st_mtime_ns for folder in _stores(ws))


def near_duplicate_pairs(
    ws: Workspace, project_id: int, *, least: float | None = None, limit: int = 100
) -> list[NearDuplicatePair]:
    """Labelled images of different classes whose pictures are nearly the same, most similar first.

    By the features of the store that holds most of the labelled images, or by the pixels that rounds have cached where
    these hold more; images that are in neither are left out. `least`: how alike they are at least, left out
    LEAST_BY_FEATURES or LEAST_BY_PIXELS. ValueError where `least` is outside 0..1 or `limit` below 1.
    """
    require_project(ws, project_id)
    if not 0 <= (least or 0) <= 1 or limit < 1:
        raise ValueError(f"least {least} and limit {limit}: least is from 0 to 1, limit 1 or more")
    images, labels = learning_images(ws.engine, project_id), current_labels(ws.engine, project_id)
    labelled = np.array([image.image_id in labels for image in images], bool)
    described = _described(ws, project_id, [image.fingerprint for image in images], labelled)
    ids = [images[i].image_id for i in described.rows]
    classes = np.array([labels[image_id] for image_id in ids], np.int64)
    least = described.least if least is None else least
    pairs = similar_pairs(described.vectors, classes, least=least, limit=limit)
    by_id = rows.rows_of(ws.engine, project_id, sorted({ids[i] for _, *ends in pairs for i in ends}))
    return [NearDuplicatePair(value, by_id[ids[i]], by_id[ids[j]]) for value, i, j in pairs]


def _described(ws: Workspace, project_id: int, fingerprints: Sequence[str], labelled: np.ndarray) -> Descriptors:
    pixels, rows_of_images = cached_pixels(ws.data_dir / "projects" / str(project_id) / "pixels", fingerprints)
    features, there = fullest_store(ws, fingerprints, labelled)
    by_pixels = labelled & (rows_of_images >= 0)
    if features is None or by_pixels.sum() > (labelled & there).sum():
        usable = np.flatnonzero(by_pixels)
        return Descriptors(rows=usable, vectors=descriptors(pixels, rows_of_images[usable]), least=LEAST_BY_PIXELS)
    usable = np.flatnonzero(labelled & there)
    vectors = feature_descriptors(features, usable, np.flatnonzero(there))
    return Descriptors(rows=usable, vectors=vectors, least=LEAST_BY_FEATURES)


def fullest_store(
    ws: Workspace, fingerprints: Sequence[str], counted: np.ndarray
) -> tuple[Features | None, np.ndarray]:
    """Features from the store that has most of the `counted` images (N,) bool, and which of all images it has (N,);
    None where no store has any."""
    best: tuple[Features | None, np.ndarray] = None, np.zeros(len(fingerprints), bool)
    for store in _stores(ws):
        features, there = open_features(store, fingerprints)
        if (counted & there).sum() > (counted & best[1]).sum():
            best = features, there
    return best


def _stores(ws: Workspace) -> list[Path]:
    """Folders of features, each of images as one network has read them; all projects share them."""
    return sorted(path for path in ws.data_dir.glob("features/*") if path.is_dir())
