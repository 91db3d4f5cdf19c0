"""Features of images by a pretrained network: each image is read once, and kept in the store for whoever comes next."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from filelock import FileLock, Timeout
from torch import nn

from vabal_core.config import Config
from vabal_core.images.feature_store import Features, append, open_features, present, remove_damaged, store_lock
from vabal_core.images.fit import read_square
from vabal_core.images.parallel import in_order
from vabal_core.loop.decode import check_readable
from vabal_core.loop.events import Work
from vabal_core.loop.files import ImageFiles, feature_folder
from vabal_core.model.backbones import find_backbone
from vabal_core.model.input import Normalisation
from vabal_core.model.network import build_classifier
from vabal_core.model.reading import BATCH, prepare, read_rows
from vabal_core.model.weights import download
from vabal_core.types import Progress

APPENDED_ROWS = 512  # read between two writes: a kill costs no more
SECONDS_BETWEEN_TRIES = 0.5
DAMAGED = "What was read of some images was damaged on the disk; they are read again."
WAITING = "Other images are being read just now; these come after them."


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Decoded images: their rows (n,), their pixels (n, S, S) or (n, S, S, 3), and why others could not be read."""

    rows: tuple[int, ...]
    pixels: np.ndarray
    problems: tuple[str, ...]


def read_features(images: ImageFiles, config: Config, device: torch.device) -> Work[tuple[Features, np.ndarray]]:
    """Features (N, F) of every image, and which of them could be read, bool (N,); reads those that the store lacks.

    Two processes never read for the same store at once: the second waits, and finds what the first has read.
    StudioError where the weights are not to be had, the disk is full, or most images cannot be read.
    """
    folder = feature_folder(images.features, config, images.scale)
    if remove_damaged(folder):
        yield Progress("features", message=DAMAGED)
    if not present(folder, images.fingerprints).all():
        lock = store_lock(folder)
        yield from _acquire(lock)
        try:
            missing = np.flatnonzero(~present(folder, images.fingerprints)).tolist()
            if missing:
                yield from _read(folder, images, missing, config, device)
        finally:
            lock.release()
    features, readable = open_features(folder, images.fingerprints)
    check_readable(images.files, readable)
    return features, readable


def _acquire(lock: FileLock) -> Work[None]:
    while True:
        try:
            lock.acquire(blocking=False)
        except Timeout:
            yield Progress("features", message=WAITING)
            time.sleep(SECONDS_BETWEEN_TRIES)
        else:
            return


def _read(folder: Path, images: ImageFiles, missing: Sequence[int], config: Config, device: torch.device) -> Work[None]:
    network = yield from _network(config, device)
    normalisation = Normalisation(network.backbone.mean, network.backbone.std)
    read = partial(read_square, side=config.image_size, colour=config.colour, scale=images.scale)
    decoded = in_order(lambda row: (row, read(Path(images.files[row]))), missing)
    size, done = BATCH[device.type], 0
    rows: list[int] = []
    values: list[np.ndarray] = []
    try:
        while batch := _batch(images, decoded, size):
            for problem in batch.problems:
                yield Progress("features", done, len(missing), message=problem)
            if batch.rows:
                read_now, size = yield from read_rows(
                    network, batch.pixels, normalisation, device, size, mirrors=config.mirrors
                )
                rows += batch.rows
                values.append(read_now)
            done += len(batch.rows) + len(batch.problems)
            if len(rows) >= APPENDED_ROWS:
                _keep(folder, images, rows, values)
            yield Progress("features", done, len(missing))
    finally:
        decoded.close()
        _keep(folder, images, rows, values)


def _batch(images: ImageFiles, decoded: Iterator[tuple[int, np.ndarray | str]], size: int) -> Batch | None:
    """The next `size` images; None at the end."""
    answers = list(islice(decoded, size))
    if not answers:
        return None
    good = [(row, pixels) for row, pixels in answers if not isinstance(pixels, str)]
    return Batch(
        rows=tuple(row for row, _ in good),
        pixels=np.stack([pixels for _, pixels in good]) if good else np.empty(0, np.uint8),
        problems=tuple(f"{images.files[row]}: {reason}" for row, reason in answers if isinstance(reason, str)),
    )


def _keep(folder: Path, images: ImageFiles, rows: list[int], values: list[np.ndarray]) -> None:
    if rows:
        append(folder, [images.fingerprints[row] for row in rows], np.concatenate(values))
        rows.clear()
        values.clear()


def _network(config: Config, device: torch.device) -> Work[nn.Module]:
    """The pretrained network of `config`, ready to read; says how far a download is."""
    yield from fetch_weights(config)
    return prepare(build_classifier(config, 1), device)


def fetch_weights(config: Config) -> Work[None]:
    """Downloads the weights of `config` where they come from elsewhere and are not here yet."""
    backbone = find_backbone(config.backbone)
    if config.weights == "imagenet" and backbone.url:
        yield from download(backbone.url, backbone.megabytes)
