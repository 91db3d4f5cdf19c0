"""The first half of a round: a classifier trained on the labelled pool, and what it sees in every image."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from torch import nn

from vabal_core.config import Config
from vabal_core.loop.task import RoundTask, why_no_round
from vabal_core.model.backbones import build_classifier
from vabal_core.model.classifier import extract, train_classifier
from vabal_core.model.input import Normalisation, measure_normalisation
from vabal_core.query.scores import probabilities_from_logits
from vabal_core.runtime import seeded, torch_generator
from vabal_core.types import UNLABELLED, Pool, Progress

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Classifier:
    """A trained network, and how its input is normalised."""

    network: nn.Module
    normalisation: Normalisation
    losses: list[float]  # of each epoch


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A round's classifier and what it sees: all that a query needs, whatever the strategy. Row i is image i.

    `pool` holds none of the fields that a strategy requires; fields.py computes them from here, each once: `computed`
    remembers them by name.
    """

    task: RoundTask
    pixels: np.ndarray  # (N, S, S) or (N, S, S, 3) uint8
    readable: np.ndarray  # (N,) bool; the other rows hold no pixels: they are neither learned from, ranked nor measured
    pool: Pool
    classifier: Classifier
    probabilities: np.ndarray  # (N, C) float64
    taps: np.ndarray  # (N, T) float32, T channels of all stages
    device: torch.device
    from_checkpoint: bool = False  # then nothing is trained any more
    computed: dict[str, Any] = field(default_factory=dict)

    @property
    def labelled(self) -> np.ndarray:
        """Rows (L,) of the pool that the classifier learned from."""
        return np.flatnonzero(self.pool.labels != UNLABELLED)

    @property
    def evaluation(self) -> np.ndarray:
        """Rows (E,) of the evaluation images that can be read, labelled or not."""
        return np.flatnonzero(self.task.evaluation & self.readable)


Work = Generator[Progress, None, T]


def once(compute: Callable[[Fitted], Work[T]]) -> Callable[[Fitted], Work[T]]:
    """`compute`, done the first time only and remembered with what it was computed from."""

    @wraps(compute)
    def computed(fitted: Fitted) -> Work[T]:
        if compute.__name__ not in fitted.computed:
            fitted.computed[compute.__name__] = yield from compute(fitted)
        return fitted.computed[compute.__name__]

    return computed


def remembered(fitted: Fitted, compute: Callable[[Fitted], Work[T]]) -> T | None:
    """What `compute`, which is done `once`, has given; None where nobody asked yet."""
    return fitted.computed.get(compute.__name__)


def check_training(fitted: Fitted, what: str) -> None:
    """ValueError where `what` would have to be trained after the round is over."""
    if fitted.from_checkpoint:
        raise ValueError(f"strategy {fitted.task.strategy!r} needs {what}, and this round trained none")


def fit(
    task: RoundTask, *, pixels: np.ndarray, readable: np.ndarray, device: torch.device, scratch: Path | None = None
) -> Work[Fitted]:
    """Trains on the labelled pool and reads the features of every image; no strategy has a say yet.

    pixels (N, S, S) or (N, S, S, 3) uint8, readable (N,) bool. `scratch`: folder for features that may outgrow the
    memory; None: they are kept in memory. Same task, same device, same result. ValueError where `why_no_round` finds a
    reason.
    """
    pool = task.pool(readable)
    labelled = np.flatnonzero(pool.labels != UNLABELLED)
    counts = np.bincount(pool.labels[labelled], minlength=task.class_count)
    if problem := why_no_round(counts.tolist(), int(pool.candidates.sum())):
        raise ValueError(problem)
    classifier = yield from learn(pool, labelled, pixels=pixels, config=task.config, seed=task.seed, device=device)
    return (yield from see(task, classifier, pixels=pixels, readable=readable, device=device, scratch=scratch))


def learn(
    pool: Pool, rows: np.ndarray, *, pixels: np.ndarray, config: Config, seed: int, device: torch.device
) -> Work[Classifier]:
    """A classifier trained on the labelled `rows` (L,), its input normalised by the whole pool's pixels."""
    in_pool = np.flatnonzero(pool.candidates | (pool.labels != UNLABELLED))
    normalisation = measure_normalisation(pixels, in_pool, config)
    with seeded(seed, "classifier"):
        network = build_classifier(config, pool.class_count)
    order = torch_generator(seed, "classifier order")
    losses = yield from train_classifier(network, pixels[rows], pool.labels[rows], config, normalisation, order, device)
    return Classifier(network=network, normalisation=normalisation, losses=losses)


def see(
    task: RoundTask,
    classifier: Classifier,
    *,
    pixels: np.ndarray,
    readable: np.ndarray,
    device: torch.device,
    scratch: Path | None = None,
) -> Work[Fitted]:
    """What `classifier`, on `device`, makes of every image."""
    logits, taps = yield from extract(classifier.network, pixels, classifier.normalisation, device, scratch)
    return Fitted(
        task=task,
        pixels=pixels,
        readable=readable,
        pool=task.pool(readable),
        classifier=classifier,
        probabilities=probabilities_from_logits(logits),
        taps=taps,
        device=device,
    )
