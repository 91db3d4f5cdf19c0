"""The fields of a pool that a strategy may require: one generator function each, computed on demand and once.

What several of them rest on (the auto-encoder, its draws, where Eq. 10 looks) is computed once likewise. A strategy
that requires no field of the auto-encoder trains none.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from vabal_core.loop.bayes import read_in_stages, train_on_pool
from vabal_core.loop.committee_fields import dropout, heavy_dropout
from vabal_core.loop.embeddings import embeddings
from vabal_core.loop.ensemble import ensemble
from vabal_core.loop.events import Work, map_events
from vabal_core.loop.fitted import Fitted, check_training, in_rows, once, remembered
from vabal_core.loop.loss_field import predicted_loss
from vabal_core.loop.out_of_sample import cross_fitted, out_of_fold
from vabal_core.loop.vaal_field import discriminator
from vabal_core.model.cvae import CVAE
from vabal_core.model.vae import common_noise, count_draws, read_likelihood
from vabal_core.query import scores
from vabal_core.runtime import torch_generator
from vabal_core.types import UNLABELLED, Pool, Progress


@dataclass(frozen=True, kw_only=True)
class TrainedVAE:
    vae: CVAE
    losses: list[float]  # of each epoch


@dataclass(frozen=True, kw_only=True)
class DrawCounts:
    """How many draws of each image fall in each class by Eq. 6."""

    unlabelled: np.ndarray  # (M, C) int64, candidates in row order
    labelled: np.ndarray  # (L, C) int64


@dataclass(frozen=True, kw_only=True)
class Difficulty:
    """What Eq. 10 is read from: `source`, the setting `difficulty` as it could be had, and counts a labelled image."""

    source: str
    rows: np.ndarray  # (R,) labelled rows
    counts: np.ndarray  # (R, C) int64: draws, or the one prediction, of each row in each class


def pool_with(fitted: Fitted, names: Sequence[str]) -> Work[Pool]:
    """The pool with the fields `names`, in this order, and no others. ValueError for a name that is no field."""
    if unknown := [name for name in names if name not in FIELDS]:
        raise ValueError(f"fields {', '.join(unknown)} are unknown: choose from {', '.join(FIELDS)}")
    values = {}
    for name in names:
        values[name] = yield from FIELDS[name](fitted)
    return replace(fitted.pool, **values)


def probabilities(fitted: Fitted) -> Work[np.ndarray]:
    yield from ()
    return fitted.probabilities


@once
def reliability(fitted: Fitted) -> Work[np.ndarray]:
    """Eq. 10; ones where it is ablated."""
    evidence = yield from difficulty(fitted)
    if not fitted.task.config.use_reliability:
        return np.ones(fitted.pool.class_count)
    return scores.reliability(evidence.counts, fitted.pool.labels[evidence.rows], fitted.task.config.shrinkage)


@once
def log_prior(fitted: Fitted) -> Work[np.ndarray]:
    """Eq. 11; the same for every class where it is ablated."""
    draws, config = (yield from counted_draws(fitted)), fitted.task.config
    if not config.use_prior:
        return np.full(fitted.pool.class_count, -np.log(fitted.pool.class_count))
    return scores.log_prior(draws.labelled if config.prior_from == "labelled" else draws.unlabelled, config.shrinkage)


@once
def log_likelihood(fitted: Fitted) -> Work[np.ndarray]:
    """Eq. 8 from all draws."""
    trained = yield from trained_vae(fitted)
    rows = np.flatnonzero(fitted.pool.candidates)  # a row that nobody may choose needs none
    values = yield from read_likelihood(trained.vae, fitted.taps, rows, _noise(fitted))
    return in_rows(values, fitted.pool)


def staged_log_likelihood(fitted: Fitted) -> Work[np.ndarray]:
    return (yield from _stages(fitted))[0]


def refined(fitted: Fitted) -> Work[np.ndarray]:
    return (yield from _stages(fitted))[1]


def posterior(fitted: Fitted) -> Work[np.ndarray]:
    likelihood, prior = (yield from log_likelihood(fitted)), (yield from log_prior(fitted))
    candidates = fitted.pool.candidates
    return in_rows(scores.posterior(likelihood[candidates], prior, fitted.task.config.temperature), fitted.pool)


@once
def draw_counts(fitted: Fitted) -> Work[np.ndarray]:
    return in_rows((yield from counted_draws(fitted)).unlabelled.astype(np.float64), fitted.pool)


FIELDS = {
    "probabilities": probabilities,
    "embeddings": embeddings,
    "reliability": reliability,
    "log_prior": log_prior,
    "log_likelihood": log_likelihood,
    "staged_log_likelihood": staged_log_likelihood,
    "refined": refined,
    "posterior": posterior,
    "draw_counts": draw_counts,
    "out_of_fold": out_of_fold,
    "dropout": dropout,
    "heavy_dropout": heavy_dropout,
    "ensemble": ensemble,
    "predicted_loss": predicted_loss,
    "discriminator": discriminator,
}


@once
def trained_vae(fitted: Fitted) -> Work[TrainedVAE]:
    check_training(fitted, "an auto-encoder")
    predicted, config, seed = fitted.probabilities.argmax(1), fitted.task.config, fitted.task.seed
    vae, losses = yield from train_on_pool(
        fitted.pool, fitted.taps, predicted, config, seed, fitted.device, fitted.inputs.initial_vae
    )
    return TrainedVAE(vae=vae, losses=losses)


@once
def counted_draws(fitted: Fitted) -> Work[DrawCounts]:
    trained, noise = (yield from trained_vae(fitted)), _noise(fitted)
    unlabelled = count_draws(trained.vae, fitted.taps, np.flatnonzero(fitted.pool.candidates), noise)
    labelled = count_draws(trained.vae, fitted.taps, fitted.labelled, noise)
    return DrawCounts(
        unlabelled=(yield from map_events(unlabelled, _without_progress)),
        labelled=(yield from map_events(labelled, _without_progress)),
    )


@once
def difficulty(fitted: Fitted) -> Work[Difficulty]:
    """Predictions made without the image where the setting asks for them and there are any; else draws (the paper)."""
    source, predicted = fitted.task.config.difficulty, None
    if source == "cross_fit":
        predicted = (yield from cross_fitted(fitted)).predicted
    elif source == "prequential":
        predicted = fitted.task.prequential
    rows = fitted.labelled
    if predicted is None or (predicted[rows] == UNLABELLED).all():
        return Difficulty(source="in_sample", rows=rows, counts=(yield from counted_draws(fitted)).labelled)
    rows = rows[predicted[rows] != UNLABELLED]
    return Difficulty(source=source, rows=rows, counts=np.eye(fitted.pool.class_count, dtype=np.int64)[predicted[rows]])


@once
def _stages(fitted: Fitted) -> Work[tuple[np.ndarray, np.ndarray]]:
    """Eq. 8 from few draws, and from all for those the joint score wants most: (N, C), and which these are (N,)."""
    right, prior = (yield from reliability(fitted)), (yield from log_prior(fitted))
    trained = yield from trained_vae(fitted)
    values, refined_rows = yield from read_in_stages(
        trained.vae,
        fitted.taps,
        np.flatnonzero(fitted.pool.candidates),
        _noise(fitted),
        coarse_draws=fitted.task.config.coarse_draws,
        log_prior=prior,
        reliability=right,
        batch=fitted.task.batch,
    )
    marked = np.zeros(len(fitted.pool.keys), bool)
    marked[fitted.pool.candidates] = refined_rows
    return in_rows(values, fitted.pool), marked


def likelihood_read(fitted: Fitted) -> np.ndarray | None:
    """The likelihood (N, C) that queries were read from; None where none of them required one."""
    stages = remembered(fitted, _stages)
    return remembered(fitted, log_likelihood) if stages is None else stages[0]


def _without_progress(event: Progress) -> Progress:
    """Counting takes a twentieth of the time of what follows: it is heard of, and the phase's progress waits."""
    return replace(event, done=0)


def _noise(fitted: Fitted) -> torch.Tensor:
    """(S, 1, Z): the same for every image, and whenever it is asked for."""
    return common_noise(fitted.task.config.draws, fitted.pool.class_count, torch_generator(fitted.task.seed, "draws"))
