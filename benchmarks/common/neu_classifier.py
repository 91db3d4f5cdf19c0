"""Pools as a classifier sees them that was trained on random labels of neu-crops-64."""

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from common.neu_crops import drain, load
from vabal_core.config import Config
from vabal_core.loop.fit import fit
from vabal_core.loop.fitted import Fitted, Inputs
from vabal_core.loop.task import RoundTask
from vabal_core.types import UNLABELLED

CPU = torch.device("cpu")


def make_task(
    truth: np.ndarray,
    evaluation: np.ndarray,
    labels: int,
    *,
    strategy: str = "vabal",
    seed: int,
    config: Config,
    measured: bool = True,
) -> RoundTask:
    """A round on so many random labels of the pool, and where `measured` on all of the evaluation images.

    truth (N,), evaluation (N,) bool.
    """
    drawn = np.random.default_rng(seed).choice(np.flatnonzero(~evaluation), labels, replace=False)
    given = np.where(evaluation & measured, truth, UNLABELLED)
    given[drawn] = truth[drawn]
    return RoundTask(
        keys=np.arange(len(truth)),
        labels=given,
        evaluation=evaluation,
        prequential=np.full(len(truth), UNLABELLED),
        class_count=int(truth.max()) + 1,
        strategy=strategy,
        batch=labels,
        seed=seed,
        config=config,
    )


def classified(data: tuple[np.ndarray, ...], labels: int, seed: int, config: Config) -> Fitted:
    """A classifier trained on so many random labels. data: pixels (N, S, S), truth (N,), evaluation (N,)."""
    pixels, truth, evaluation = data
    task = make_task(truth, evaluation, labels, seed=seed, config=config, measured=False)
    return drain(fit(task, Inputs(pixels=pixels, readable=np.ones(len(pixels), bool)), device=CPU))


def eight_positions(labels: int) -> Fitted:
    """As `classified`, of every image turned and mirrored in all eight ways: the labelled ones as they are alone."""
    with tempfile.TemporaryDirectory() as folder:
        pixels, truth, evaluation = load(Path(folder))
    turned = [np.rot90(pixels, quarter, (1, 2)) for quarter in range(4)]
    whole = np.concatenate([*turned, *(images[:, :, ::-1] for images in turned)])
    # Labels are drawn from the images that are not for evaluation: marking the copies so keeps them unlabelled.
    copies = np.arange(len(whole)) >= len(pixels)
    data = whole, np.tile(truth, 8), np.tile(evaluation, 8) | copies
    fitted = classified(data, labels, 0, Config())
    candidates = ~np.tile(evaluation, 8) & (fitted.pool.labels == UNLABELLED)
    return replace(fitted, pool=replace(fitted.pool, candidates=candidates))
