"""The three terms of Bayes' rule for one round: where the VAE (model) and the equations (query) meet."""

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from vabal_core.config import Config
from vabal_core.loop.events import retold
from vabal_core.model.cvae import CVAE
from vabal_core.model.vae import common_noise, count_draws, read_likelihood, train_vae
from vabal_core.query.scores import log_joint, log_prior, reliability
from vabal_core.runtime import seeded, torch_generator
from vabal_core.types import UNLABELLED, Event, Pool

MIN_REFINED_IMAGES = 1_000  # images that get all draws, at least
HISTOGRAM_BINS = 40
JUST_AFTER = 1e-9  # nats: far below what draws tell apart, far above what float64 rounds


@dataclass(frozen=True)
class BayesTerms:
    """What "vabal" ranks by, and how well the VAE learned the classes."""

    log_likelihood: np.ndarray  # (N, C) float64, NaN where the row is no candidate
    log_prior: np.ndarray  # (C,)
    reliability: np.ndarray  # (C,)
    agreement: float  # share of the unlabelled pool where Eq. 6 and the classifier name the same class
    judged: np.ndarray  # (C,) int64: the labelled images that Eq. 10 saw in each class (the likeliest, of draws)
    losses: list[float]
    vae: CVAE


def train_on_pool(
    pool: Pool, taps: np.ndarray, config: Config, seed: int, device: torch.device
) -> Generator[Event, None, tuple[CVAE, list[float]]]:
    """A VAE trained on the unlabelled pool with the classifier's predictions, and its losses. taps (N, 960)."""
    unlabelled = np.flatnonzero(pool.candidates)
    # A pool labelled to the last image leaves the VAE too little to learn from (batch norm needs two images).
    seen = unlabelled if len(unlabelled) > 1 else np.concatenate([np.flatnonzero(pool.labels >= 0), unlabelled])
    with seeded(seed, "vae"):
        vae = CVAE(pool.class_count, config)
    predicted = pool.probabilities.argmax(1)
    losses = yield from train_vae(vae, taps, seen, predicted, config, torch_generator(seed, "vae order"), device)
    return vae, losses


def read_terms(
    pool: Pool, taps: np.ndarray, vae: CVAE, losses: list[float], config: Config, seed: int,
    foretold: np.ndarray | None = None,
) -> Generator[Event, None, BayesTerms]:  # fmt: skip
    """Eqs. 6, 8, 10 and 11 read from a trained VAE. taps (N, 960).

    foretold (N,): the class a model named that had not learned from the image, UNLABELLED where none did; Eq. 10 then
    counts these instead of draws.
    """
    unlabelled, labelled = np.flatnonzero(pool.candidates), np.flatnonzero(pool.labels >= 0)
    noise = common_noise(config.draws, pool.class_count, torch_generator(seed, "draws"))
    own = yield from retold(count_draws(vae, taps, unlabelled, noise), _not_yet)
    of_labelled = yield from retold(count_draws(vae, taps, labelled, noise), _not_yet)
    rows, judged = labelled, of_labelled
    if foretold is not None:
        rows = labelled[foretold[labelled] != UNLABELLED]
        judged = np.eye(pool.class_count, dtype=np.int64)[foretold[rows]]
    even, sure = np.full(pool.class_count, -np.log(pool.class_count)), np.ones(pool.class_count)
    prior = log_prior(of_labelled if config.prior_from == "labelled" else own, config.shrinkage)
    trust = reliability(judged, pool.labels[rows], config.shrinkage)
    prior, trust = prior if config.use_prior else even, trust if config.use_reliability else sure
    likelihood = np.full((len(taps), pool.class_count), np.nan)  # a row that nobody may choose needs none
    likelihood[unlabelled] = yield from _likelihood(vae, taps, unlabelled, noise, prior, trust, config)
    agreement = float((own.argmax(1) == pool.probabilities[unlabelled].argmax(1)).mean())
    seen = np.bincount(judged.argmax(1), minlength=pool.class_count)
    return BayesTerms(likelihood, prior, trust, agreement, seen, losses, vae)


def _not_yet(event: Event) -> Event:
    """Counting takes a twentieth of the time of what follows: it is heard of, and the phase's progress waits."""
    return replace(event, done=0)


def _likelihood(
    vae: CVAE, taps: np.ndarray, rows: np.ndarray, noise: torch.Tensor, prior: np.ndarray, trust: np.ndarray,
    config: Config,
) -> Generator[Event, None, np.ndarray]:  # fmt: skip
    """Eq. 8 for taps[rows], from all draws; or, where few rank well enough, from all for the most wanted alone.

    With `coarse_draws` every image gets so many first. The most wanted twentieth then gets all, and comes first; the
    others follow in the order of their few draws: the lead that noise may give one of them over the refined is taken
    off all of them alike. Only "joint" can be shifted so: "posterior" takes all draws.
    """
    coarse_draws = config.coarse_draws if config.score == "joint" else 0
    refined = max(MIN_REFINED_IMAGES, len(rows) // 20)
    if not 0 < coarse_draws < len(noise) or len(rows) <= refined:
        return (yield from read_likelihood(vae, taps, rows, noise))
    total = len(rows) + refined  # one progress for both stages
    coarse = read_likelihood(vae, taps, rows, noise[:coarse_draws])
    result = yield from retold(coarse, lambda event: replace(event, total=total))
    order = np.argsort(log_joint(result, prior, trust), kind="stable")
    best, others = order[:refined], order[refined:]
    fine = read_likelihood(vae, taps, rows[best], noise)
    result[best] = yield from retold(fine, lambda event: replace(event, done=len(rows) + event.done, total=total))
    lead = log_joint(result[best], prior, trust).max() - log_joint(result[others[:1]], prior, trust)[0]
    result[others] += max(0.0, lead + JUST_AFTER)
    return result


def with_terms(pool: Pool, terms: BayesTerms) -> Pool:
    return replace(pool, log_likelihood=terms.log_likelihood, log_prior=terms.log_prior, reliability=terms.reliability)


def describe_terms(terms: BayesTerms, predicted: np.ndarray) -> dict[str, Any]:
    """The terms as plain JSON values, to be kept with the round. predicted (N,): the classifier's classes."""
    return {
        "agreement": terms.agreement,
        "reliability": terms.reliability.tolist(),
        "difficulty_counts": terms.judged.tolist(),
        "prior": np.exp(terms.log_prior).tolist(),
        "vae_losses": terms.losses,
        "likelihood_histogram": likelihood_histogram(terms.log_likelihood, predicted),
    }


def likelihood_histogram(log_likelihood: np.ndarray, predicted: np.ndarray) -> dict[str, Any]:
    """For each class, how the log-likelihoods of the images predicted so are spread, under that class.

    (N, C) with NaN in rows to leave out, (N,) -> {"edges": B + 1 values, "counts": C lists of B}; the bins are common
    to all classes.
    """
    rows = np.flatnonzero(~np.isnan(log_likelihood[:, 0]))
    own = log_likelihood[rows, predicted[rows]]
    edges = np.histogram_bin_edges(own, HISTOGRAM_BINS)
    classes = range(log_likelihood.shape[1])
    counts = [np.histogram(own[predicted[rows] == n], edges)[0].tolist() for n in classes]
    return {"edges": edges.tolist(), "counts": counts}
