"""The three terms of Bayes' rule for one round: where the VAE (model) and the equations (query) meet."""

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vabal_core.config import Config
from vabal_core.model.cvae import CVAE
from vabal_core.model.inference import common_noise, count_draws, read_likelihood, train_vae
from vabal_core.query.scoring import log_prior, reliability
from vabal_core.runtime import seeded, torch_generator
from vabal_core.types import Event, Pool


@dataclass(frozen=True)
class BayesTerms:
    """What "vabal" ranks by, and how well the VAE learned the classes."""

    log_likelihood: np.ndarray  # (N, C) float64, NaN where the row is no candidate
    log_prior: np.ndarray  # (C,)
    reliability: np.ndarray  # (C,)
    agreement: float  # share of the unlabelled pool where Eq. 6 and the classifier name the same class
    losses: list[float]
    vae: CVAE


def compute_terms(
    pool: Pool, taps: Tensor, config: Config, seed: int, held_out: np.ndarray | None = None
) -> Generator[Event, None, BayesTerms]:
    """Trains the VAE on the unlabelled pool with the classifier's predictions, and reads Eqs. 6, 8, 10 and 11 from it.

    taps (N, 960), on the device to compute on. held_out (L,): for the labelled rows in order, the class named without
    having seen them; Eq. 10 then counts these instead of draws.
    """
    unlabelled = np.flatnonzero(pool.candidates)
    labelled = np.flatnonzero(pool.labels >= 0)
    # A pool labelled to the last image leaves the VAE too little to learn from (batch norm needs two images).
    seen = unlabelled if len(unlabelled) > 1 else np.concatenate([labelled, unlabelled])
    predicted = pool.probabilities.argmax(1)
    with seeded(seed, "vae"):
        vae = CVAE(pool.class_count, config)
    losses = yield from train_vae(
        vae, taps[seen], torch.from_numpy(predicted[seen]).to(taps.device), config,
        torch_generator(seed, "vae order"),
    )  # fmt: skip
    noise = common_noise(config.draws, pool.class_count, torch_generator(seed, "draws"))
    likelihood = np.full((len(taps), pool.class_count), np.nan)  # a row that nobody may choose needs none
    likelihood[unlabelled] = yield from read_likelihood(vae, taps[unlabelled], noise)
    draws = count_draws(vae, taps, noise)
    judged = draws[labelled] if held_out is None else np.eye(pool.class_count)[held_out]
    prior_rows = labelled if config.prior_from == "labelled" else unlabelled
    return BayesTerms(
        likelihood,
        log_prior(draws[prior_rows], config.shrinkage) if config.use_prior else _even(pool.class_count),
        reliability(judged, pool.labels[labelled], config.shrinkage)
        if config.use_reliability
        else np.ones(pool.class_count),
        float((draws[unlabelled].argmax(1) == predicted[unlabelled]).mean()),
        losses,
        vae,
    )


def _even(class_count: int) -> np.ndarray:
    return np.full(class_count, -np.log(class_count))


def with_terms(pool: Pool, terms: BayesTerms) -> Pool:
    return replace(pool, log_likelihood=terms.log_likelihood, log_prior=terms.log_prior, reliability=terms.reliability)


def describe_terms(terms: BayesTerms) -> dict[str, Any]:
    """The terms as plain JSON values, to be kept with the round."""
    return {
        "agreement": terms.agreement,
        "reliability": terms.reliability.tolist(),
        "prior": np.exp(terms.log_prior).tolist(),
        "vae_losses": terms.losses,
    }
