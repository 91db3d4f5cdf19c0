"""neu-crops-64, the real images that the benchmarks measure on where they are at hand. None are shipped."""

import json
import zipfile
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from common import ROOT
from vabal_core.images.ingest.archive import unpack
from vabal_core.images.ingest.examine import examine
from vabal_core.images.pixel_cache import fill_cache
from vabal_core.types import Progress

NEU_CROPS = ROOT.parent / "shared" / "data" / "neu-crops-64.zip"
SPLITS = "split.csv"  # a row an image: its path first, what it is for

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


@dataclass(frozen=True, kw_only=True)
class Crops:
    """Row i is image i: its file, content fingerprint, true class (N,), and whether it is for evaluation (N,)."""

    files: list[str]
    fingerprints: list[str]
    labels: np.ndarray
    evaluation: np.ndarray


def archive(folder: Path, every: int) -> Path:
    """The archive, or one in `folder` of every so-manieth of its images, which takes as much less time to read."""
    if every == 1:
        return NEU_CROPS
    part = folder / f"every {every}.zip"
    with zipfile.ZipFile(NEU_CROPS) as whole, zipfile.ZipFile(part, "w") as packed:
        header, *rows = whole.read(SPLITS).decode().splitlines()
        rows = rows[::every]
        for row in rows:
            packed.writestr(name := row.split(",")[0], whole.read(name))
        packed.writestr(SPLITS, "\n".join((header, *rows)))
    return part


def examined(folder: Path, every: int = 1) -> Crops:
    """Every so-manieth image, unpacked into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    drain(unpack(archive(folder, every), folder / "images"))
    entries = drain(examine(folder / "images", labels="hide")).entries
    names = sorted({entry.label for entry in entries})
    return Crops(
        files=[entry.file for entry in entries],
        fingerprints=[entry.fingerprint for entry in entries],
        labels=np.array([names.index(entry.label) for entry in entries]),
        evaluation=np.array([entry.split == "evaluation" for entry in entries]),
    )


def load(folder: Path, every: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pixels (N, 64, 64), labels (N,) and evaluation mask (N,) of every so-manieth image of neu-crops-64."""
    crops = examined(folder, every)
    pixels, _ = drain(fill_cache(folder / "pixels", crops.files, crops.fingerprints, size=64, colour=False))
    return pixels, crops.labels, crops.evaluation
