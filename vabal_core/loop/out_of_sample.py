"""Predictions of images by models that did not learn from them: what Eq. 10 and label errors are honestly read from."""

from collections.abc import Generator
from functools import partial

import numpy as np
import torch
from torch import nn

from vabal_core.loop.events import retold
from vabal_core.loop.task import HeldOutPredictions, RoundTask
from vabal_core.model.backbones import build_classifier
from vabal_core.model.classifier import extract, train_classifier
from vabal_core.model.input import Normalisation, measure_normalisation
from vabal_core.query.scores import probabilities_from_logits
from vabal_core.runtime import numpy_generator, seeded, torch_generator
from vabal_core.types import UNLABELLED, Event

MIN_CROSS_FIT_IMAGES = 3  # labelled images: with one left out, batch norm still has two to train on


def learn(
    task: RoundTask, trained: np.ndarray, device: torch.device
) -> Generator[Event, None, tuple[nn.Module, Normalisation, list[float]]]:
    """A classifier trained on the rows `trained` (L,), the normalisation it wants, and its losses."""
    normalisation = measure_normalisation(task.pixels, np.flatnonzero(task.readable & ~task.evaluation), task.config)
    with seeded(task.seed, "classifier"):
        network = build_classifier(task.config, task.class_count)
    order = torch_generator(task.seed, "classifier order")
    pixels, labels = task.pixels[trained], task.labels[trained]
    losses = yield from train_classifier(network, pixels, labels, task.config, normalisation, order, device)
    return network, normalisation, losses


def predict_held_out(
    task: RoundTask, probabilities: np.ndarray, device: torch.device, *, cross_fit: bool
) -> Generator[Event, None, HeldOutPredictions]:
    """What the round's classifier (probabilities (N, C)) names the evaluation images, which it never learns from; with
    `cross_fit` also what classifiers trained without them name the labelled ones, from MIN_CROSS_FIT_IMAGES up."""
    rows = np.flatnonzero(task.readable & task.evaluation)
    predicted, probability = np.full(len(task.keys), UNLABELLED), np.full(len(task.keys), np.nan)
    predicted[rows], probability[rows] = probabilities[rows].argmax(1), probabilities[rows].max(1)
    if cross_fit and len(task.trained) >= MIN_CROSS_FIT_IMAGES:
        answers = yield from _cross_fit(task, device)
        predicted[task.trained], probability[task.trained] = answers.argmax(1), answers.max(1)
    return HeldOutPredictions(predicted, probability)


def _cross_fit(task: RoundTask, device: torch.device) -> Generator[Event, None, np.ndarray]:
    """For each labelled row, in order, the probabilities of a classifier trained without it: (L, C)."""
    trained = task.trained
    folds = min(task.config.folds, len(trained))
    order = numpy_generator(task.seed, "folds").permutation(len(trained))
    answers = np.empty((len(trained), task.class_count))
    for number, fold in enumerate(np.array_split(order, folds), start=1):
        others = np.setdiff1d(np.arange(len(trained)), fold)
        tell = partial(_as_difficulty, fold=number, folds=folds)
        network, normalisation, _ = yield from retold(learn(task, trained[others], device), tell)
        read = extract(network, task.pixels[trained[fold]], normalisation, device)
        logits, _ = yield from retold(read, tell)
        answers[fold] = probabilities_from_logits(logits)
    return answers


def _as_difficulty(event: Event, fold: int, folds: int) -> Event:
    """The event of one fold as a step of the phase "difficulty"."""
    share = event.done / event.total if event.phase == "train" else 1.0
    return Event("difficulty", round(100 * (fold - 1 + share)), 100 * folds, fold, folds)
