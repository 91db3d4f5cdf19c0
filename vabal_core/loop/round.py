"""One active-learning round as a generator of events: train, features, vae, score, evaluate. No store, no page."""

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import nn

from vabal_core.evidence.metrics import confusion_matrix
from vabal_core.loop.bayes import describe_terms, read_terms, train_on_pool, with_terms
from vabal_core.loop.files import why_no_round
from vabal_core.loop.out_of_sample import learn, predict_held_out
from vabal_core.loop.task import HeldOutPredictions, RoundResult, RoundTask
from vabal_core.model.backbones import build_classifier
from vabal_core.model.classifier import extract
from vabal_core.model.cvae import CVAE
from vabal_core.model.input import Normalisation
from vabal_core.query.scores import probabilities_from_logits
from vabal_core.query.strategies import find_strategy
from vabal_core.runtime import describe_device, numpy_generator, versions
from vabal_core.types import UNLABELLED, Event, Pool

# Settings that a checkpoint was trained with: another value would need another training.
SCORING_SETTINGS = (
    "score", "draws", "coarse_draws", "temperature", "use_prior", "use_reliability", "prior_from", "shrinkage",
    "mask_kl",
)  # fmt: skip


@dataclass(frozen=True)
class _Models:
    """All that is trained in a round, and what the images look like to the classifier."""

    network: nn.Module
    normalisation: Normalisation
    losses: list[float]
    pool: Pool
    taps: np.ndarray  # (N, 960)
    held_out: HeldOutPredictions
    vae: CVAE | None
    vae_losses: list[float]


def run_round(task: RoundTask, device: torch.device) -> Generator[Event, None, RoundResult]:
    """Trains on the labelled pool, ranks the unlabelled one, measures on the evaluation images.

    Same task, same device, same result. Closing the generator stops the round between two steps. Raises ValueError
    where `why_no_round` finds a reason or the strategy is unknown.
    """
    needs_vae = "log_likelihood" in find_strategy(task.strategy).needs
    pool = task.readable & ~task.evaluation
    labelled = np.bincount(task.labels[pool & task.known], minlength=task.class_count)
    if problem := why_no_round(labelled.tolist(), int((pool & ~task.known).sum())):
        raise ValueError(problem)
    network, normalisation, losses = yield from learn(task, task.trained, device)
    logits, taps = yield from extract(network, task.pixels, normalisation, device, task.scratch)
    pool = _make_pool(task, probabilities_from_logits(logits))
    cross_fit = needs_vae and task.config.difficulty == "cross_fit"
    held_out = yield from predict_held_out(task, pool.probabilities, device, cross_fit=cross_fit)
    vae, vae_losses = None, []
    if needs_vae:
        vae, vae_losses = yield from train_on_pool(pool, taps, task.config, task.seed, device)
    models = _Models(network, normalisation, losses, pool, taps, held_out, vae, vae_losses)
    return (yield from _rank(task, models, device))


def rescore(task: RoundTask, checkpoint: dict[str, Any], device: torch.device) -> Generator[Event, None, RoundResult]:
    """The round of `task` again from its checkpoint, without training: the same ranking, bit for bit on a CPU.

    The settings in SCORING_SETTINGS and the strategy may differ from the ones it was trained with.
    """
    network = build_classifier(replace(task.config, weights="none"), task.class_count)
    network.load_state_dict(checkpoint["classifier"])
    normalisation = Normalisation(**checkpoint["normalisation"])
    logits, taps = yield from extract(network.to(device), task.pixels, normalisation, device, task.scratch)
    pool = _make_pool(task, probabilities_from_logits(logits))
    vae = None
    if "log_likelihood" in find_strategy(task.strategy).needs:
        if "vae" not in checkpoint:
            raise ValueError(f"strategy {task.strategy!r} needs an auto-encoder, and this round trained none")
        vae = CVAE(task.class_count, task.config).to(device)
        vae.load_state_dict(checkpoint["vae"])
    held_out = HeldOutPredictions(**{name: values.numpy() for name, values in checkpoint["held_out"].items()})
    return (yield from _rank(task, _Models(network, normalisation, [], pool, taps, held_out, vae, []), device))


def _rank(task: RoundTask, models: _Models, device: torch.device) -> Generator[Event, None, RoundResult]:
    """From trained models to the ranking and what is measured."""
    facts: dict[str, Any] = {"classifier_losses": models.losses, "seed": task.seed}
    pool = models.pool
    if models.vae is not None:
        difficulty, foretold = _foretold(task, models.held_out)
        fixed = models.vae, models.vae_losses, task.config, task.seed
        terms = yield from read_terms(pool, models.taps, *fixed, foretold)
        pool = with_terms(pool, terms)
        facts |= describe_terms(terms, pool.probabilities.argmax(1)) | {"difficulty": difficulty}
    ask = find_strategy(task.strategy).ask
    ranking = ask(pool, int(pool.candidates.sum()), numpy_generator(task.seed, "query"))
    yield Event("score", len(ranking.rows), len(ranking.rows))
    confusion = _evaluate(task, pool)
    yield Event("evaluate", 1, 1)
    facts |= {"device": describe_device(device), "versions": versions()}
    facts["unreadable"] = int((~task.readable).sum())
    predicted, probability = pool.probabilities.argmax(1), pool.probabilities.max(1)
    found = ranking, predicted, probability, pool.log_likelihood, models.held_out, confusion, facts
    return RoundResult(*found, _checkpoint(models))


def _foretold(task: RoundTask, held_out: HeldOutPredictions) -> tuple[str, np.ndarray | None]:
    """The difficulty that can be had, and the predictions (N,) that Eq. 10 then counts; None: it counts draws."""
    honest = {"cross_fit": held_out.predicted, "prequential": task.foretold}.get(task.config.difficulty)
    if honest is None or (honest[task.trained] == UNLABELLED).all():
        return "in_sample", None
    return task.config.difficulty, honest


def _checkpoint(models: _Models) -> dict[str, Any]:
    held_out = {name: torch.from_numpy(values) for name, values in vars(models.held_out).items()}
    state = {"classifier": models.network.state_dict(), "normalisation": vars(models.normalisation)}
    state |= {"held_out": held_out}
    return state if models.vae is None else state | {"vae": models.vae.state_dict()}


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
