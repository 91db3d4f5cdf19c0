"""A small task for a round, its pixels, and the round run."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import torch
from long_work import finish

from vabal_core.config import Config
from vabal_core.loop.fit import fit
from vabal_core.loop.fitted import Fitted, Inputs
from vabal_core.loop.round import run_round
from vabal_core.loop.task import RoundResult, RoundTask
from vabal_core.types import UNLABELLED, Progress

CPU = torch.device("cpu")
SMALL = Config(image_size=32, epochs=3, batch_size=8, vae_epochs=2, vae_batch_size=16, vae_least_steps=0, draws=4)
N, C = 60, 3
KINDS = np.arange(N) % C
PIXELS = (np.random.default_rng(0).integers(0, 60, (N, 32, 32)) + 80 * KINDS[:, None, None]).astype(np.uint8)
READABLE = np.ones(N, bool)


def make_task(strategy: str = "vabal", **changes: Any) -> RoundTask:
    """Three kinds of noise; rows 0-23 labelled, 24-43 unlabelled, 44-59 evaluation."""
    task = RoundTask(
        keys=np.arange(N) + 100,
        labels=np.where((np.arange(N) < 24) | (np.arange(N) >= 44), KINDS, UNLABELLED),
        evaluation=np.arange(N) >= 44,
        prequential=np.full(N, UNLABELLED),
        class_count=C,
        strategy=strategy,
        batch=8,
        seed=0,
        config=SMALL,
    )
    return replace(task, **changes)


def run(
    task: RoundTask, pixels: np.ndarray = PIXELS, readable: np.ndarray = READABLE
) -> tuple[list[Progress], Fitted, RoundResult]:
    """The events of the round, what was fitted, and its result."""
    (fitted, result), events = finish(run_round(task, Inputs(pixels=pixels, readable=readable), device=CPU))
    return events, fitted, result


def result(task: RoundTask, **images: np.ndarray) -> RoundResult:
    """The result of the round alone."""
    return run(task, **images)[2]


@cache
def usual() -> RoundResult:
    """The result of `make_task` as it is, computed once for all tests."""
    return result(make_task())


def fitted(task: RoundTask) -> Fitted:
    """The classifier of the round and what it sees."""
    return finish(fit(task, Inputs(pixels=PIXELS, readable=READABLE), device=CPU))[0]
