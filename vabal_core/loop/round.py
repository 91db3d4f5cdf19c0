"""One active-learning round as a generator of events: train, features, vae, score, evaluate. No store, no page."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import torch
from torch import nn

from vabal_core.config import Config
from vabal_core.evidence.metrics import confusion_matrix
from vabal_core.loop.bayes import compute_terms, describe_terms, with_terms
from vabal_core.loop.job import why_no_round
from vabal_core.model.backbone import build_classifier
from vabal_core.model.images import Normalisation, measure_normalisation
from vabal_core.model.training import extract, train_classifier
from vabal_core.query.scoring import probabilities_from_logits
from vabal_core.query.strategies import find_strategy
from vabal_core.runtime import describe_device, numpy_generator, seeded, torch_generator, versions
from vabal_core.types import UNLABELLED, Event, Pool, Query

T = TypeVar("T")


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

    @property
    def known(self) -> np.ndarray:
        """(N,) bool: readable and labelled."""
        return self.readable & (self.labels != UNLABELLED)


@dataclass(frozen=True)
class RoundResult:
    """What a round found out. `ranking` holds every unlabelled pool image, best first."""

    ranking: Query
    predicted: np.ndarray  # (N,) int64
    probability: np.ndarray  # (N,) float64, of the predicted class
    log_likelihood: np.ndarray | None  # (N, C), where the strategy asked for it; NaN where the row is not ranked
    confusion: np.ndarray  # (C, C) counts of evaluation images, rows true, columns predicted
    facts: dict[str, Any]  # losses, Bayes terms, device, versions: plain JSON
    checkpoint: dict[str, Any]  # state dicts and normalisation: enough to score again without training


def run_round(task: RoundTask, device: torch.device) -> Generator[Event, None, RoundResult]:
    """Trains on the labelled pool, ranks the unlabelled one, measures on the evaluation images.

    Same task, same device, same result. Closing the generator stops the round between two steps. Raises ValueError
    where `why_no_round` finds a reason or the strategy is unknown.
    """
    strategy = find_strategy(task.strategy)
    pool = task.readable & ~task.evaluation
    labelled = np.bincount(task.labels[pool & task.known], minlength=task.class_count)
    if problem := why_no_round(labelled.tolist(), int((pool & ~task.known).sum())):
        raise ValueError(problem)
    trained = np.flatnonzero(task.known & ~task.evaluation)
    network, normalisation, losses = yield from _learn(task, trained, device)
    logits, taps = yield from extract(network, task.pixels, normalisation, device)
    pool = _make_pool(task, probabilities_from_logits(logits))
    facts: dict[str, Any] = {"classifier_losses": losses}
    checkpoint = {"classifier": network.state_dict(), "normalisation": vars(normalisation)}
    if "log_likelihood" in strategy.needs:
        held_out = (yield from _cross_fit(task, trained, device)) if task.config.difficulty == "cross_fit" else None
        terms = yield from compute_terms(pool, torch.from_numpy(taps).to(device), task.config, task.seed, held_out)
        pool = with_terms(pool, terms)
        facts |= describe_terms(terms)
        checkpoint["vae"] = terms.vae.state_dict()
    ranking = strategy.ask(pool, int(pool.candidates.sum()), numpy_generator(task.seed, "query"))
    yield Event("score", len(ranking.rows), len(ranking.rows))
    confusion = _evaluate(task, pool)
    yield Event("evaluate", 1, 1)
    facts |= {"device": describe_device(device), "versions": versions()}
    facts["unreadable"] = int((~task.readable).sum())
    predicted, probability = pool.probabilities.argmax(1), pool.probabilities.max(1)
    return RoundResult(ranking, predicted, probability, pool.log_likelihood, confusion, facts, checkpoint)


def _learn(
    task: RoundTask, trained: np.ndarray, device: torch.device
) -> Generator[Event, None, tuple[nn.Module, Normalisation, list[float]]]:
    normalisation = measure_normalisation(task.pixels, np.flatnonzero(task.readable & ~task.evaluation), task.config)
    with seeded(task.seed, "classifier"):
        network = build_classifier(task.config, task.class_count)
    order = torch_generator(task.seed, "classifier order")
    pixels, labels = task.pixels[trained], task.labels[trained]
    losses = yield from train_classifier(network, pixels, labels, task.config, normalisation, order, device)
    return network, normalisation, losses


def _cross_fit(task: RoundTask, trained: np.ndarray, device: torch.device) -> Generator[Event, None, np.ndarray]:
    """For each of the rows `trained` (L,), the class that a classifier trained without it names: (L,) int64."""
    folds = min(task.config.folds, len(trained))
    order = numpy_generator(task.seed, "folds").permutation(len(trained))
    predicted = np.empty(len(trained), np.int64)
    for number, fold in enumerate(np.array_split(order, folds), start=1):
        others = np.setdiff1d(np.arange(len(trained)), fold)
        network, normalisation, _ = yield from _as_difficulty(_learn(task, trained[others], device), number, folds)
        read = extract(network, task.pixels[trained[fold]], normalisation, device)
        logits, _ = yield from _as_difficulty(read, number, folds)
        predicted[fold] = logits.argmax(1)
    return predicted


def _as_difficulty(work: Generator[Event, None, T], fold: int, folds: int) -> Generator[Event, None, T]:
    """The same work, its events told as the phase "difficulty", fold by fold."""
    while True:
        try:
            event = next(work)
        except StopIteration as finished:
            return finished.value
        share = event.done / event.total if event.phase == "train" else 1.0
        yield Event("difficulty", round(100 * (fold - 1 + share)), 100 * folds, fold, folds)


def _make_pool(task: RoundTask, probabilities: np.ndarray) -> Pool:
    """What the strategy may see: evaluation and unreadable images are neither candidates nor labelled there."""
    return Pool(
        keys=task.keys,
        candidates=task.readable & ~task.evaluation & (task.labels == UNLABELLED),
        labels=np.where(task.known & ~task.evaluation, task.labels, UNLABELLED),
        class_count=task.class_count,
        probabilities=probabilities,
        score=task.config.score,
        temperature=task.config.temperature,
    )


def _evaluate(task: RoundTask, pool: Pool) -> np.ndarray:
    known = task.known & task.evaluation
    return confusion_matrix(task.labels[known], pool.probabilities[known].argmax(1), task.class_count)
