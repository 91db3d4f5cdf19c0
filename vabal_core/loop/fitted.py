"""What a round has learned and sees: all that a query needs, whatever the strategy."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from vabal_core.images.feature_store import Features
from vabal_core.loop.events import Work
from vabal_core.loop.task import RoundTask
from vabal_core.model.backbones import Backbone, find_backbone
from vabal_core.model.head import FittedHead
from vabal_core.model.input import Normalisation
from vabal_core.model.standardisation import Standardisation
from vabal_core.types import UNLABELLED, Committee, Pool

T = TypeVar("T")
C = TypeVar("C", np.ndarray, Committee)


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What a round may look at; row i is image i. Pixels where a network is trained, features where it is frozen."""

    readable: np.ndarray  # (N,) bool; the other rows hold nothing: neither learned from, ranked nor measured
    pixels: np.ndarray | None = None  # (N, S, S) or (N, S, S, 3) uint8
    features: Features | np.ndarray | None = None  # (N, F) float32, rows as `Backbone.row_channels` has them
    standardisation: Standardisation | None = None  # of the pool's features, where it is measured already
    initial_vae: Mapping[str, Tensor] | None = None  # state of an earlier round's auto-encoder, to go on from
    scratch: Path | None = None  # folder for arrays that may outgrow the memory; None: they are kept in memory


@dataclass(frozen=True, kw_only=True)
class Classifier:
    """A trained network, and how its input is normalised."""

    network: nn.Module
    normalisation: Normalisation
    losses: tuple[float, ...] = ()  # of each epoch


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A round's classifier and what it sees. Row i is image i.

    `pool` holds none of the fields that a strategy requires; fields.py computes them from here, each once: `computed`
    remembers them by name.
    """

    task: RoundTask
    inputs: Inputs
    pool: Pool
    classifier: Classifier | FittedHead
    probabilities: np.ndarray  # (N, C) float64
    features: Features | np.ndarray  # (N, F) float32: the taps, then what the last layer reads where that is more
    device: torch.device
    from_checkpoint: bool = False  # then nothing is trained any more
    computed: dict[str, Any] = field(default_factory=dict)

    @property
    def backbone(self) -> Backbone:
        return find_backbone(self.task.config.backbone)

    @property
    def taps(self) -> Features | np.ndarray:
        """(N, T) float32, T channels of all tapped stages."""
        return columns(self.features, slice(0, sum(self.backbone.tap_channels)))

    @property
    def labelled(self) -> np.ndarray:
        """Rows (L,) of the pool that the classifier learned from."""
        return np.flatnonzero(self.pool.labels != UNLABELLED)

    @property
    def evaluation(self) -> np.ndarray:
        """Rows (E,) of the evaluation images that can be read, labelled or not."""
        return np.flatnonzero(self.task.evaluation & self.inputs.readable)


def columns(features: Features | np.ndarray, part: slice) -> Features | np.ndarray:
    """All rows of these columns, without reading any."""
    return features[:, part] if isinstance(features, np.ndarray) else features.columns(part)


def in_rows(values: C, pool: Pool) -> C:
    """Values (M, ...) of the candidates, or a committee's, in their rows: (N, ...) float64, NaN elsewhere."""
    if isinstance(values, Committee):
        return Committee(**{name: in_rows(part, pool) for name, part in vars(values).items()})
    result = np.full((len(pool.keys), *values.shape[1:]), np.nan)
    result[pool.candidates] = values
    return result


def once(compute: Callable[[Fitted], Work[T]]) -> Callable[[Fitted], Work[T]]:
    """`compute`, done the first time only and remembered with what it was computed from."""

    @wraps(compute)
    def computed(fitted: Fitted) -> Work[T]:
        if compute.__name__ not in fitted.computed:
            fitted.computed[compute.__name__] = yield from compute(fitted)
        return fitted.computed[compute.__name__]

    return computed


def of_candidates(compute: Callable[[Fitted, np.ndarray], Work[C]]) -> Callable[[Fitted], Work[C]]:
    """What `compute` says of the rows (M,) of the candidates, in their rows of the pool: done `once`."""

    @once
    @wraps(compute)
    def computed(fitted: Fitted) -> Work[C]:
        values = yield from compute(fitted, np.flatnonzero(fitted.pool.candidates))
        return in_rows(values, fitted.pool)

    return computed


def remembered(fitted: Fitted, compute: Callable[[Fitted], Work[T]]) -> T | None:
    """What `compute`, which is done `once`, has given; None where nobody asked yet."""
    return fitted.computed.get(compute.__name__)


def check_training(fitted: Fitted, what: str) -> None:
    """ValueError where `what` would have to be trained after the round is over."""
    if fitted.from_checkpoint:
        raise ValueError(f"strategy {fitted.task.strategy!r} needs {what}, and this round trained none")
