"""The crops of neu-crops-64 with the windows that they were cut from, and the features that a network reads of them."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from common.neu_crops import NEU_CROPS, drain
from vabal_core.config import interactive
from vabal_core.images.feature_store import Features
from vabal_core.images.ingest.archive import unpack
from vabal_core.images.ingest.examine import examine
from vabal_core.images.side import has_mirrors
from vabal_core.loop.features import read_features
from vabal_core.loop.files import ImageFiles


@dataclass(frozen=True, kw_only=True)
class Windows:
    """N crops, those of one source image beside each other."""

    files: tuple[Path, ...]
    fingerprints: tuple[str, ...]
    windows: np.ndarray  # (N, 3): x, y and side in the source image, in pixels
    sources: np.ndarray  # (N,) int64: numbers of the source images
    labels: np.ndarray  # (N,) int64


def read_windows(folder: Path, count: int | None) -> Windows:
    """The first `count` crops by their source images, all for None, unpacked into `folder`."""
    drain(unpack(NEU_CROPS, folder / "images"))
    (table,) = (folder / "images").rglob("split.csv")
    with table.open(encoding="utf-8") as stream:
        of_path = {table.parent / row["path"]: row for row in csv.DictReader(stream)}
    entries = sorted(drain(examine(folder / "images", labels="hide")).entries, key=lambda entry: entry.file)
    rows = [of_path[entry.file] for entry in entries]
    sources = np.unique([row["source_image"] for row in rows], return_inverse=True)[1]
    kept = np.argsort(sources, kind="stable")[:count]
    return Windows(
        files=tuple(entries[i].file for i in kept),
        fingerprints=tuple(entries[i].fingerprint for i in kept),
        windows=np.array([[float(rows[i][name]) for name in ("x", "y", "side")] for i in kept]),
        sources=sources[kept],
        labels=np.unique([rows[i]["label"] for i in kept], return_inverse=True)[1],
    )


def features_of(crops: Windows, folder: Path, side: int) -> Features:
    """What the pretrained network reads of the crops at `side` pixels, kept in `folder`."""
    images = ImageFiles(
        files=tuple(map(str, crops.files)),
        fingerprints=crops.fingerprints,
        cache=folder / "pixels",
        features=folder / "features",
    )
    config = interactive(image_size=side, mirrors=has_mirrors(side))
    features, _ = drain(read_features(images, config, torch.device("cpu")))
    return features
