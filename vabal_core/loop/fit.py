"""The first half of a round: a classifier learned from the labelled pool, and what it sees in every image."""

import numpy as np
import torch

from vabal_core.config import Config
from vabal_core.loop.events import Work
from vabal_core.loop.fitted import Classifier, Fitted, Inputs
from vabal_core.loop.frozen import fit_frozen
from vabal_core.loop.task import RoundTask, why_no_round
from vabal_core.model.classifier import extract, train_classifier
from vabal_core.model.input import measure_normalisation
from vabal_core.model.network import build_classifier
from vabal_core.query.scores import probabilities_from_logits
from vabal_core.runtime import seeded, torch_generator
from vabal_core.types import UNLABELLED, Pool


def fit(task: RoundTask, inputs: Inputs, *, device: torch.device) -> Work[Fitted]:
    """Learns from the labelled pool and reads every image; no strategy has a say yet.

    Same task, same inputs, same device, same result. ValueError where `why_no_round` finds a reason.
    """
    pool = task.pool(inputs.readable)
    labelled = np.flatnonzero(pool.labels != UNLABELLED)
    counts = np.bincount(pool.labels[labelled], minlength=task.class_count)
    if problem := why_no_round(counts.tolist(), int(pool.candidates.sum())):
        raise ValueError(problem)
    return (yield from fit_labels(task, inputs, device=device))


def fit_labels(task: RoundTask, inputs: Inputs, *, device: torch.device) -> Work[Fitted]:
    """`fit` where nothing may be left to choose from: what the last label of a pool is worth. For labels of two classes
    at least."""
    pool = task.pool(inputs.readable)
    labelled = np.flatnonzero(pool.labels != UNLABELLED)
    if task.config.learning == "frozen":
        return (yield from fit_frozen(task, inputs, device=device))
    learning = learn(pool, labelled, pixels=inputs.pixels, config=task.config, seed=task.seed, device=device)
    classifier = yield from learning
    return (yield from see(task, classifier, inputs, device=device))


def learn(
    pool: Pool, rows: np.ndarray, *, pixels: np.ndarray, config: Config, seed: int, device: torch.device
) -> Work[Classifier]:
    """A network trained on the labelled `rows` (L,), its input normalised by the whole pool's pixels."""
    in_pool = np.flatnonzero(pool.candidates | (pool.labels != UNLABELLED))
    normalisation = measure_normalisation(pixels, in_pool, config)
    with seeded(seed, "classifier"):
        network = build_classifier(config, pool.class_count)
    order = torch_generator(seed, "classifier order")
    losses = yield from train_classifier(network, pixels[rows], pool.labels[rows], config, normalisation, order, device)
    return Classifier(network=network, normalisation=normalisation, losses=tuple(losses))


def see(task: RoundTask, classifier: Classifier, inputs: Inputs, *, device: torch.device) -> Work[Fitted]:
    """What `classifier`, on `device`, makes of every image."""
    logits, features = yield from extract(
        classifier.network, inputs.pixels, classifier.normalisation, device, inputs.scratch
    )
    return Fitted(
        task=task,
        inputs=inputs,
        pool=task.pool(inputs.readable),
        classifier=classifier,
        probabilities=probabilities_from_logits(logits),
        features=features,
        device=device,
    )
