"""A small task for a round on frozen features, these features, and the round run."""

from dataclasses import replace
from typing import Any

import numpy as np
from feature_images import FROZEN
from long_work import finish, result_of
from loop_tasks import CPU, KINDS, READABLE, C, N, make_task

from vabal_core.loop.fit import fit
from vabal_core.loop.fitted import Fitted, Inputs
from vabal_core.loop.round import run_round
from vabal_core.loop.task import RoundResult, RoundTask
from vabal_core.model.backbones import find_backbone
from vabal_core.types import Progress

BACKBONE = find_backbone("lite0")
RNG = np.random.default_rng(0)
CENTRES = RNG.normal(0, 0.5, (C, sum(BACKBONE.row_channels)))
FEATURES = (CENTRES[KINDS] + RNG.normal(0, 1, (N, CENTRES.shape[1]))).astype(np.float32)


def frozen_task(strategy: str = "margin", **settings: Any) -> RoundTask:
    return make_task(strategy, config=replace(FROZEN, **settings))


def run_frozen(
    task: RoundTask, features: np.ndarray = FEATURES, readable: np.ndarray = READABLE, **inputs: Any
) -> tuple[Fitted, RoundResult, list[Progress]]:
    """What was fitted, the result of the round, and its events."""
    (fitted, result), events = finish(
        run_round(task, Inputs(readable=readable, features=features, **inputs), device=CPU)
    )
    return fitted, result, events


def fitted_frozen(task: RoundTask, features: np.ndarray = FEATURES) -> Fitted:
    """The head of the round and what it says."""
    return result_of(fit(task, Inputs(features=features, readable=READABLE), device=CPU))
