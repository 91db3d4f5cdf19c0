"""Before the first label: every image read once, and which of them to show first."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from vabal_core.loop.events import Work
from vabal_core.loop.features import read_features
from vabal_core.loop.files import ImageFiles, read_images, read_task, write_order
from vabal_core.loop.fitted import Inputs
from vabal_core.loop.frozen import Standardised, head_columns, pool_standardisation
from vabal_core.loop.task import RoundTask
from vabal_core.model.backbones import find_backbone
from vabal_core.query.strategies import find_strategy
from vabal_core.runtime import choose_device, numpy_generator
from vabal_core.types import Progress

STRATEGY = "coverage"


def run_cold_start(folder: Path) -> Work[None]:
    """Reads the features of the images of the task in `folder`, and leaves the keys to show first there."""
    task, images = read_task(folder), read_images(folder)
    keys = yield from cold_order(task, images)
    write_order(folder, keys.tolist())


def cold_order(task: RoundTask, images: ImageFiles) -> Work[np.ndarray]:
    """The keys (k,) of the images that show the pool best, typical ones first; k = task.batch at most."""
    features, readable = yield from read_features(images, task.config, choose_device())
    rows = cold_rows(task, Inputs(readable=readable, features=features))
    yield Progress("cold start", len(rows), len(rows))
    return task.keys[rows]


def cold_rows(task: RoundTask, inputs: Inputs) -> np.ndarray:
    """The rows (k,) of those images, by inputs.features (N, F)."""
    pool, backbone = task.pool(inputs.readable), find_backbone(task.config.backbone)
    count = min(task.batch, int(pool.candidates.sum()))
    if not count:
        return np.empty(0, np.int64)
    read = head_columns(inputs.features, backbone)
    embeddings = Standardised(read=read, standardisation=pool_standardisation(read, pool, backbone))
    rng = numpy_generator(task.seed, "cold start")
    return find_strategy(STRATEGY).query(replace(pool, embeddings=embeddings), count, rng).rows
