"""Features of neu-crops-64 as the Studio reads them, and rounds on them without a store or a page."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from common.neu_crops import NEU_CROPS, drain
from vabal_core.config import Config, interactive
from vabal_core.evidence.metrics import balanced_accuracy
from vabal_core.images.ingest.archive import unpack
from vabal_core.images.ingest.examine import examine
from vabal_core.loop.cold_start import cold_rows
from vabal_core.loop.features import read_features
from vabal_core.loop.files import ImageFiles
from vabal_core.loop.fitted import Inputs
from vabal_core.loop.round import run_round
from vabal_core.loop.task import RoundResult, RoundTask
from vabal_core.types import UNLABELLED

CPU = torch.device("cpu")


@dataclass(frozen=True, kw_only=True)
class Source:
    """Images with their truth: features (N, F) float32, truth (N,), evaluation (N,) bool, read at `side` pixels."""

    features: np.ndarray
    truth: np.ndarray
    evaluation: np.ndarray
    side: int

    @property
    def pool(self) -> np.ndarray:
        return np.flatnonzero(~self.evaluation)


def images_in(folder: Path) -> tuple[ImageFiles, np.ndarray, np.ndarray]:
    """The files of neu-crops-64 unpacked into `folder`, their labels (N,) and the evaluation mask (N,)."""
    drain(unpack(NEU_CROPS, folder / "images"))
    entries = drain(examine(folder / "images", labels="hide")).entries
    names = sorted({entry.label for entry in entries})
    images = ImageFiles(
        files=tuple(str(entry.file) for entry in entries),
        fingerprints=tuple(entry.fingerprint for entry in entries),
        cache=folder / "pixels",
        features=folder / "features",
    )
    truth = np.array([names.index(entry.label) for entry in entries])
    return images, truth, np.array([entry.split == "evaluation" for entry in entries])


def read(folder: Path, side: int) -> Source:
    """The features of all images, read now."""
    images, truth, evaluation = images_in(folder)
    features, _ = drain(read_features(images, interactive(image_size=side), CPU))
    return Source(features=features[np.arange(len(truth))], truth=truth, evaluation=evaluation, side=side)


def task_of(source: Source, labelled: np.ndarray, strategy: str, seed: int, config: Config, batch: int) -> RoundTask:
    """A round that knows the truth of the `labelled` rows and of the evaluation images."""
    labels = np.where(source.evaluation, source.truth, UNLABELLED)
    labels[labelled] = source.truth[labelled]
    return RoundTask(
        keys=np.arange(len(labels)),
        labels=labels,
        evaluation=source.evaluation,
        prequential=np.full(len(labels), UNLABELLED),
        class_count=int(source.truth.max()) + 1,
        strategy=strategy,
        batch=batch,
        seed=seed,
        config=config,
    )


def learn(source: Source, labelled: np.ndarray, strategy: str, seed: int, batch: int = 25) -> RoundResult:
    """A refresh: the head, the ranking, and what it measures."""
    task = task_of(source, labelled, strategy, seed, interactive(image_size=source.side), batch)
    inputs = Inputs(readable=np.ones(len(source.truth), bool), features=source.features)
    return drain(run_round(task, inputs, device=CPU))[1]


def balanced(result: RoundResult) -> float:
    """Balanced accuracy on the evaluation images, in %."""
    return 100 * balanced_accuracy(np.array(result.report.confusion)).value


def first_images(source: Source, count: int, seed: int) -> np.ndarray:
    """The rows that a person meets first, before there is a label."""
    task = task_of(source, source.pool[:0], "coverage", seed, interactive(image_size=source.side), count)
    task = replace(task, labels=np.full(len(source.truth), UNLABELLED))
    inputs = Inputs(readable=np.ones(len(source.truth), bool), features=source.features)
    return cold_rows(task, inputs)


def labelling(
    source: Source, strategy: str, *, cold: int, batch: int, most: int, seed: int
) -> Iterator[tuple[int, float]]:
    """(labels, balanced accuracy) of a person who labels what comes first, then `batch` a refresh of the ranking.

    The first `cold` images come by coverage, and at random where `strategy` is "random".
    """
    if strategy == "random":
        labelled = np.random.default_rng(seed).permutation(source.pool)[:cold]
    else:
        labelled = first_images(source, cold, seed)
    while True:
        result = learn(source, labelled, strategy, seed, batch)
        yield len(labelled), balanced(result)
        if len(labelled) >= most:
            return
        labelled = np.concatenate([labelled, result.ranking.rows[:batch]])
