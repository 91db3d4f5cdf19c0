"""How well near-duplicates are told by features and by pixels, on neu-crops-64, whose windows say which pairs are.

Near-duplicates are two windows of one source image whose intersection over union is 0.5 or more; pairs from 0.2 to 0.5
count neither for nor against. For each least similarity: of the pairs that reach it the share that are near-duplicates
(precision), of the near-duplicates the share that reach it (recall), and how many of the pairs are of two classes: with
correct labels each of these would be shown for nothing. Average precision is over the ranking of all pairs.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
from common.machine import print_table, save_result
from common.neu_crops import drain, skip_if_absent
from common.neu_windows import features_of, read_windows
from sklearn.metrics import average_precision_score

from vabal_core.images.near_duplicates import descriptors, feature_descriptors
from vabal_core.images.pixel_cache import fill_cache

NEAR, NEITHER = 0.5, 0.2  # intersection over union
LEAST = {"features": (0.7, 0.6, 0.5, 0.4), "pixels": (0.99, 0.98, 0.95, 0.9)}
SIDES = (64, 128)
QUICK_IMAGES = 400


def overlaps(windows: np.ndarray, sources: np.ndarray) -> np.ndarray:
    """Intersection over union of each pair of squares x, y, side (N, 3), 0 across `sources` (N,): (N, N)."""
    starts, ends = windows[:, :2], windows[:, :2] + windows[:, 2:]
    common = np.minimum(ends[:, None], ends[None]) - np.maximum(starts[:, None], starts[None])
    inside = common.clip(0).prod(axis=2)
    areas = windows[:, 2] ** 2
    return np.where(sources[:, None] == sources, inside / (areas[:, None] + areas - inside), 0)


def measure(vectors: np.ndarray, overlap: np.ndarray, labels: np.ndarray, thresholds: tuple[float, ...]) -> dict:
    """Average precision, and for each threshold the numbers of a row of the table."""
    first, second = np.triu_indices(len(vectors), 1)
    similarity, overlap = (vectors @ vectors.T)[first, second], overlap[first, second]
    near, clear = overlap >= NEAR, (overlap >= NEAR) | (overlap <= NEITHER)
    two_classes = labels[first] != labels[second]
    rows = []
    for least in thresholds:
        alike = similarity >= least
        row = {"least": least, "pairs": int(alike.sum()), "of_two_classes": int((alike & two_classes).sum())}
        precision = round(float(near[alike & clear].mean()), 3) if (alike & clear).any() else None
        rows.append(row | {"precision": precision, "recall": round(float(alike[near].mean()), 3)})
    average = average_precision_score(near[clear], similarity[clear])
    return {"average_precision": round(float(average), 3), "rows": rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help=f"the first {QUICK_IMAGES} images at 64 pixels")
    quick = parser.parse_args().quick
    skip_if_absent()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        crops = read_windows(folder, QUICK_IMAGES if quick else None)
        overlap, every = overlaps(crops.windows, crops.sources), np.arange(len(crops.files))
        pixels, _ = drain(fill_cache(folder / "pixels", crops.files, crops.fingerprints, size=64, colour=False))
        cases = {"pixels": measure(descriptors(pixels, every), overlap, crops.labels, LEAST["pixels"])}
        for side in SIDES[:1] if quick else SIDES:
            vectors = feature_descriptors(features_of(crops, folder, side), every, every)
            cases[f"features at {side}"] = measure(vectors, overlap, crops.labels, LEAST["features"])
    print_table([{"by": case, **row} for case, result in cases.items() for row in result["rows"]])
    near = int((overlap[np.triu_indices(len(overlap), 1)] >= NEAR).sum())
    save_result("near_duplicates", {"images": len(overlap), "near_duplicates": near, "cases": cases}, quick)


if __name__ == "__main__":
    main()
