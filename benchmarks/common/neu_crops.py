"""neu-crops-64, the real images that the benchmarks measure on where they are at hand. None are shipped."""

import json
from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

import numpy as np

from common import ROOT
from vabal_core.images.ingest.archive import unpack
from vabal_core.images.ingest.examine import examine
from vabal_core.images.pixel_cache import fill_cache
from vabal_core.types import Progress

NEU_CROPS = ROOT.parent / "shared" / "data" / "neu-crops-64.zip"

T = TypeVar("T")


def skip_if_absent() -> None:
    """Ends the benchmark, saying why, where the images are not at hand."""
    if not NEU_CROPS.exists():
        print(json.dumps({"skipped": f"{NEU_CROPS.name} is not in {NEU_CROPS.parent}"}))
        raise SystemExit(0)


def drain(work: Generator[Progress, None, T]) -> T:
    """What a generator of events returns."""
    while True:
        try:
            next(work)
        except StopIteration as finished:
            return finished.value


def load(folder: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pixels (N, 64, 64), labels (N,) and evaluation mask (N,) of neu-crops-64."""
    drain(unpack(NEU_CROPS, folder / "images"))
    entries = drain(examine(folder / "images", labels="hide")).entries
    names = sorted({entry.label for entry in entries})
    files, fingerprints = [entry.file for entry in entries], [entry.fingerprint for entry in entries]
    pixels, _ = drain(fill_cache(folder / "pixels", files, fingerprints, size=64, colour=False))
    labels = np.array([names.index(entry.label) for entry in entries])
    return pixels, labels, np.array([entry.split == "evaluation" for entry in entries])
