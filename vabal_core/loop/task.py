"""What a round starts from and what it finds out: arrays alone, no store, no network."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vabal_core.config import Config
from vabal_core.loop.report import RoundReport
from vabal_core.types import UNLABELLED, Pool, Query


@dataclass(frozen=True, kw_only=True)
class RoundTask:
    """What a round starts from. Row i of every array is image i; its pixels come separately (see `fit`)."""

    keys: np.ndarray  # (N,) int64
    labels: np.ndarray  # (N,) int64, UNLABELLED where unknown
    evaluation: np.ndarray  # (N,) bool: never trained on, never ranked
    prequential: np.ndarray  # (N,) int64: the class that a round named before the label was given, or UNLABELLED
    class_count: int
    strategy: str
    batch: int  # labels that are meant to be given next: k of the strategy's query
    seed: int
    config: Config

    def pool(self, readable: np.ndarray) -> Pool:
        """What a strategy may see: evaluation and unreadable images are neither candidates nor labelled there."""
        in_pool, labelled = readable & ~self.evaluation, self.labels != UNLABELLED
        return Pool(
            keys=self.keys,
            candidates=in_pool & ~labelled,
            labels=np.where(in_pool & labelled, self.labels, UNLABELLED),
            class_count=self.class_count,
        )


@dataclass(frozen=True, kw_only=True)
class OutOfSamplePredictions:
    """What models named that had not learned from the image."""

    predicted: np.ndarray  # (N,) int64, UNLABELLED where there is none
    probability: np.ndarray  # (N,) float64, of the class named; NaN where there is none
    # (N, C) of all classes, NaN in the rows where there is none; None in a result of an older version.
    probabilities: np.ndarray | None


@dataclass(frozen=True, kw_only=True)
class RoundResult:
    """What a round found out. `ranking` holds every unlabelled pool image, best first: the strategy's choice, then the
    others by its fallback score."""

    ranking: Query
    predicted: np.ndarray  # (N,) int64
    probability: np.ndarray  # (N,) float64, of the predicted class
    # The classes behind the predicted one, likeliest first (N, K), K up to 2, and their probabilities (N, K); None in a
    # result of an older version.
    next_classes: np.ndarray | None
    next_probabilities: np.ndarray | None
    # (N, C) float16: of all classes, also where the classifier learned from the image; None as above.
    probabilities: np.ndarray | None
    # What the strategy required of these, where the row is ranked.
    log_likelihood: np.ndarray | None  # (N, C) float64, NaN elsewhere
    draw_counts: np.ndarray | None  # (N, C) integers, draws of the auto-encoder in each class; 0 elsewhere
    out_of_sample: OutOfSamplePredictions
    # (k,) int64: the rows whose label looks wrong by those, the likeliest error first; None as above.
    label_issues: np.ndarray | None
    report: RoundReport


def why_no_round(labelled: Sequence[int], unlabelled: int) -> str:
    """Why no round can start, in words for the person; "" where one can.

    `labelled` counts the labels of each class in the pool, `unlabelled` the images of the pool without a label.
    """
    present = sum(count > 0 for count in labelled)
    if not sum(labelled) + unlabelled:
        return "This project holds no images to learn from yet. Add images on the Data page."
    if len(labelled) < 2:
        classes = "1 class" if len(labelled) == 1 else f"{len(labelled)} classes"
        return f"This project has {classes}; a round needs at least 2. Add classes on the Label page."
    if not unlabelled:
        return "Every image to learn from is labelled: nothing is left to rank."
    if present < 2:
        return f"Labels of {present} different classes so far; a round needs at least 2. Label some more images."
    return ""
