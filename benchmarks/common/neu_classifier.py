"""Pools as a classifier sees them that was trained on random labels of neu-crops-64."""

import tempfile
from pathlib import Path

import numpy as np
import torch

from common.neu_crops import drain, load
from vabal_core.config import Config, interactive
from vabal_core.loop.out_of_sample import learn
from vabal_core.loop.task import RoundTask
from vabal_core.model.classifier import extract
from vabal_core.query.scores import probabilities_from_logits
from vabal_core.types import UNLABELLED, Pool

CPU = torch.device("cpu")


def classified(data: tuple[np.ndarray, ...], labels: int, seed: int, config: Config) -> tuple[Pool, np.ndarray]:
    """A pool with the predictions of a classifier trained on so many random labels, and its taps (N, 960).

    data: pixels (N, S, S), truth (N,), evaluation (N,).
    """
    pixels, truth, evaluation = data
    chosen = np.random.default_rng(seed).choice(np.flatnonzero(~evaluation), labels, replace=False)
    known = np.full(len(truth), UNLABELLED)
    known[chosen] = truth[chosen]
    keys, readable, classes = np.arange(len(truth)), np.ones(len(truth), bool), int(truth.max()) + 1
    task = RoundTask(pixels, readable, keys, known, evaluation, classes, "vabal", config, seed)
    network, normalisation, _ = drain(learn(task, task.trained, CPU))
    logits, taps = drain(extract(network, pixels, normalisation, CPU))
    candidates = ~evaluation & (known == UNLABELLED)
    return Pool(keys, candidates, known, classes, probabilities_from_logits(logits)), taps


def eight_positions(labels: int) -> tuple[Pool, np.ndarray]:
    """As `classified`, of every image turned and mirrored in all eight ways: the labelled ones as they are alone."""
    with tempfile.TemporaryDirectory() as folder:
        pixels, truth, evaluation = load(Path(folder))
    turned = [np.rot90(pixels, quarter, (1, 2)) for quarter in range(4)]
    whole = np.concatenate([*turned, *(one[:, :, ::-1] for one in turned)])
    # Labels are drawn from the images that are not for evaluation: marking the copies so keeps them unlabelled.
    copies = np.arange(len(whole)) >= len(pixels)
    pool, taps = classified((whole, np.tile(truth, 8), np.tile(evaluation, 8) | copies), labels, 0, interactive())
    candidates = ~np.tile(evaluation, 8) & (pool.labels == UNLABELLED)
    return Pool(pool.keys, candidates, pool.labels, pool.class_count, pool.probabilities), taps
