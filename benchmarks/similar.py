"""Whether "more like this" shows images of the same class, and what it costs on a large project.

Of QUERIES crops of neu-crops-64, drawn with seed 0: of the NEAREST others most like each, none cut from the same source
image, the share that is of its class. Then one crop against LARGE images whose features are drawn at random, stored as
a project stores them: seconds of the processor, the median of REPEATS.
"""

import argparse
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
from common.machine import print_table, save_result
from common.neu_crops import skip_if_absent
from common.neu_windows import Windows, features_of, read_windows

from vabal_core.images.feature_store import Features, append, open_features
from vabal_core.images.similar import likeness

NEAREST, QUERIES, REPEATS = 20, 1_000, 5
LARGE = 100_000
SIDES = (64, 128)
QUICK_IMAGES, QUICK_QUERIES, QUICK_LARGE = 400, 50, 5_000


def same_class(crops: Windows, features: Features, queries: int) -> float:
    """Mean share of the NEAREST images of each query that are of its class."""
    shares = []
    for row in np.random.default_rng(0).permutation(len(crops.labels))[:queries].tolist():
        alike = likeness(features, row, crops.sources != crops.sources[row])
        nearest = np.argsort(-alike, kind="stable")[:NEAREST]
        shares.append(np.mean(crops.labels[nearest] == crops.labels[row]))
    return float(np.mean(shares))


def large_store(folder: Path, count: int, columns: int) -> Features:
    """`count` images whose features are drawn at random, as a project keeps them."""
    rng = np.random.default_rng(0)
    fingerprints = [f"{number:064x}" for number in range(count)]
    for start in range(0, count, 10_000):
        names = fingerprints[start : start + 10_000]
        append(folder, names, rng.random((len(names), columns), np.float32))
    return open_features(folder, fingerprints)[0]


def seconds_to_compare(features: Features, repeats: int) -> float:
    """Processor seconds to hold one image against all, the median of `repeats`."""
    everywhere = np.ones(len(features), bool)
    seconds = []
    for row in range(repeats):
        begun = time.process_time()
        likeness(features, row, everywhere)
        seconds.append(time.process_time() - begun)
    return median(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help=f"the first {QUICK_IMAGES} images at 64 pixels")
    quick = parser.parse_args().quick
    skip_if_absent()
    queries, large = (QUICK_QUERIES, QUICK_LARGE) if quick else (QUERIES, LARGE)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        crops = read_windows(folder, QUICK_IMAGES if quick else None)
        rows = []
        for side in SIDES[:1] if quick else SIDES:
            features = features_of(crops, folder, side)
            rows.append({"side": side, "same_class": round(same_class(crops, features, queries), 3)})
        columns = features[[0]].shape[1]
        seconds = seconds_to_compare(large_store(folder / "large", large, columns), REPEATS)
    print_table(rows)
    facts = {"nearest": NEAREST, "queries": queries, "images": large, "columns": columns}
    save_result("similar", facts | {"rows": rows, "processor_seconds": round(seconds, 2)}, quick)


if __name__ == "__main__":
    main()
