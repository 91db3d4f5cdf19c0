"""The first half of a round on frozen features: a head fitted in a second, and what it says of every image."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from vabal_core.images.feature_store import Features
from vabal_core.loop.events import Work
from vabal_core.loop.fitted import Fitted, Inputs, columns
from vabal_core.loop.task import RoundTask
from vabal_core.model.backbones import Backbone, find_backbone
from vabal_core.model.head import FittedHead, fit_head, predict
from vabal_core.model.standardisation import Standardisation, measure_standardisation, standardise
from vabal_core.runtime import derive_seed
from vabal_core.types import UNLABELLED, Pool

SAMPLE = 5_000  # images that stand for the pool when its features' mean and deviation are taken
PIECE = 4_096  # images read at once: memory does not grow with their number


@dataclass(frozen=True, kw_only=True, eq=False)
class Standardised:
    """Features (N, F) standardised where they are asked for: `rows[places]` -> float32 (n, F), the others are not read.
    What distances between images are measured on; a million images would not fit the memory."""

    read: Features | np.ndarray
    standardisation: Standardisation

    @property
    def shape(self) -> tuple[int, int]:
        return self.read.shape

    def __len__(self) -> int:
        return len(self.read)

    def __getitem__(self, rows: np.ndarray | slice) -> np.ndarray:
        return standardise(self.standardisation, self.read[rows])


def fit_frozen(task: RoundTask, inputs: Inputs, *, device: torch.device) -> Work[Fitted]:
    """A head on the features of the labelled images, and its probabilities of all."""
    pool, backbone = task.pool(inputs.readable), find_backbone(task.config.backbone)
    labelled, read = np.flatnonzero(pool.labels != UNLABELLED), head_columns(inputs.features, backbone)
    head = yield from fit_head(
        read[labelled],
        pool.labels[labelled],
        task.class_count,
        inputs.standardisation or pool_standardisation(read, pool, backbone),
        seed=derive_seed(task.seed, "folds"),
    )
    return see_frozen(task, head, inputs, device=device)


def see_frozen(task: RoundTask, fitted_head: FittedHead, inputs: Inputs, *, device: torch.device) -> Fitted:
    """What the head says of every image."""
    read = head_columns(inputs.features, find_backbone(task.config.backbone))
    probabilities = np.empty((len(read), task.class_count))
    for part in pieces(len(read)):
        probabilities[part] = predict(fitted_head.head, read[part])
    return Fitted(
        task=task,
        inputs=inputs,
        pool=task.pool(inputs.readable),
        classifier=fitted_head,
        probabilities=probabilities,
        features=inputs.features,
        device=device,
    )


def head_columns(features: Features | np.ndarray, backbone: Backbone) -> Features | np.ndarray:
    """The columns of features (N, F) that a head reads."""
    return columns(features, slice(features.shape[1] - sum(backbone.head_channels), features.shape[1]))


def pool_standardisation(read: Features | np.ndarray, pool: Pool, backbone: Backbone) -> Standardisation:
    """Of the columns that a head reads, from evenly spaced images of the pool."""
    in_pool = np.flatnonzero(pool.candidates | (pool.labels != UNLABELLED))
    sample = read[in_pool[:: max(1, len(in_pool) // SAMPLE)]]
    return measure_standardisation(sample, backbone.head_channels)


def pieces(count: int) -> Iterator[slice]:
    return (slice(start, min(start + PIECE, count)) for start in range(0, count, PIECE))
