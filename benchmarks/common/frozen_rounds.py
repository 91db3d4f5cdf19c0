"""Rounds on frozen features of neu-crops-64, without a store or a page."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from common.frozen_features import CPU, FrozenImages
from common.neu_crops import drain
from vabal_core.config import interactive
from vabal_core.evidence.metrics import balanced_accuracy
from vabal_core.loop.cold_start import cold_rows
from vabal_core.loop.fitted import Inputs
from vabal_core.loop.round import run_round
from vabal_core.loop.task import RoundResult, RoundTask
from vabal_core.types import UNLABELLED


def pool_rows(source: FrozenImages) -> np.ndarray:
    return np.flatnonzero(~source.evaluation)


def task_of(source: FrozenImages, labelled: np.ndarray, strategy: str, seed: int, batch: int) -> RoundTask:
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
        config=interactive(),
    )


def learn(source: FrozenImages, labelled: np.ndarray, strategy: str, seed: int, batch: int = 25) -> RoundResult:
    """A refresh: the head, the ranking, and what it measures."""
    task = task_of(source, labelled, strategy, seed, batch)
    inputs = Inputs(readable=np.ones(len(source.truth), bool), features=source.features)
    return drain(run_round(task, inputs, device=CPU))[1]


def balanced(result: RoundResult) -> float:
    """Balanced accuracy on the evaluation images, in %."""
    return 100 * balanced_accuracy(np.array(result.report.confusion)).value


def first_images(source: FrozenImages, count: int, seed: int) -> np.ndarray:
    """The rows that a person meets first, before there is a label."""
    task = task_of(source, np.empty(0, np.int64), "coverage", seed, count)
    task = replace(task, labels=np.full(len(source.truth), UNLABELLED))
    inputs = Inputs(readable=np.ones(len(source.truth), bool), features=source.features)
    return cold_rows(task, inputs)


def labelling(
    source: FrozenImages, strategy: str, *, cold: int, batch: int, most: int, seed: int
) -> Iterator[tuple[int, float]]:
    """(labels, balanced accuracy) of a person who labels what comes first, then `batch` a refresh of the ranking.

    The first `cold` images come by coverage, and at random where `strategy` is "random".
    """
    if strategy == "random":
        labelled = np.random.default_rng(seed).permutation(pool_rows(source))[:cold]
    else:
        labelled = first_images(source, cold, seed)
    while True:
        result = learn(source, labelled, strategy, seed, batch)
        yield len(labelled), balanced(result)
        if len(labelled) >= most:
            return
        labelled = np.concatenate([labelled, result.ranking.rows[:batch]])
