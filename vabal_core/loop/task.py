"""What a round starts from and what it finds out: arrays alone, no store, no network."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from vabal_core.config import Config
from vabal_core.types import UNLABELLED, Query


@dataclass(frozen=True)
class RoundTask:
    """What a round starts from. Row i of every field is image i."""

    pixels: np.ndarray  # (N, S, S) or (N, S, S, 3) uint8
    readable: np.ndarray  # (N,) bool; the other rows hold no pixels: they are neither learned from, ranked nor measured
    keys: np.ndarray  # (N,) int64
    labels: np.ndarray  # (N,) int64, UNLABELLED where unknown
    evaluation: np.ndarray  # (N,) bool: never trained on, never ranked
    class_count: int
    strategy: str
    config: Config
    seed: int
    foretold: np.ndarray | None = None  # (N,) int64: named by an earlier round before the label came, or UNLABELLED
    scratch: Path | None = None  # folder for features that may outgrow the memory; None: they are kept in memory

    @property
    def known(self) -> np.ndarray:
        """(N,) bool: readable and labelled."""
        return self.readable & (self.labels != UNLABELLED)

    @property
    def trained(self) -> np.ndarray:
        """Rows (L,) that the classifier learns from."""
        return np.flatnonzero(self.known & ~self.evaluation)


@dataclass(frozen=True)
class HeldOutPredictions:
    """What models named that had not learned from the image."""

    predicted: np.ndarray  # (N,) int64, UNLABELLED where there is none
    probability: np.ndarray  # (N,) float64, of the class named; NaN where there is none


@dataclass(frozen=True)
class RoundResult:
    """What a round found out. `ranking` holds every unlabelled pool image, best first."""

    ranking: Query
    predicted: np.ndarray  # (N,) int64
    probability: np.ndarray  # (N,) float64, of the predicted class
    log_likelihood: np.ndarray | None  # (N, C), where the strategy asked for it; NaN where the row is not ranked
    held_out: HeldOutPredictions
    confusion: np.ndarray  # (C, C) counts of evaluation images, rows true, columns predicted
    facts: dict[str, Any]  # losses, Bayes terms, device, versions: plain JSON
    checkpoint: dict[str, Any]  # state dicts and normalisation: enough to score again without training
