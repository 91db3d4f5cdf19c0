"""The likelihood of Bayes' rule for one pool: where the VAE (model) and the equations (query) meet."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from vabal_core.config import Config
from vabal_core.loop.events import Work, map_events
from vabal_core.loop.report import Histogram
from vabal_core.model.cvae import CVAE
from vabal_core.model.vae import cold_steps, read_likelihood, train_vae
from vabal_core.query.scores import log_joint
from vabal_core.runtime import seeded, torch_generator
from vabal_core.types import Pool, Progress

MIN_REFINED_IMAGES = 1_000  # images that get all draws, at least
REFINED_SHARE = 20  # one of so many gets all draws
HISTOGRAM_BINS = 40
MAX_BYTES_IN_MEMORY = 2**28  # of taps that are read once for all steps; more are read from the disk for every batch


def train_on_pool(
    pool: Pool, taps: np.ndarray, predicted: np.ndarray, config: Config, seed: int, device: torch.device,
    initial: Mapping[str, Tensor] | None = None,
) -> Work[tuple[CVAE, list[float]]]:  # fmt: skip
    """A VAE trained on the unlabelled pool with the classifier's predictions, and its losses.

    taps (N, T), predicted (N,) int64. `initial`: the state dict of a VAE that has learned from the same features and
    the same classes in the same order; it goes on from there for config.vae_warm_steps (0: never). Where its tensors
    are of other shapes, an event says so and the VAE starts from its first weights. Same arguments, same result.
    """
    unlabelled = np.flatnonzero(pool.candidates)
    # A pool labelled to the last image leaves the VAE too little to learn from (batch norm needs two images).
    rows = unlabelled if len(unlabelled) > 1 else np.concatenate([np.flatnonzero(pool.labels >= 0), unlabelled])
    with seeded(seed, "vae"):
        vae = CVAE(pool.class_count, config)
    steps = cold_steps(len(rows), config)
    if initial is not None and config.vae_warm_steps:
        if difference := _shape_difference(vae, initial):
            yield Progress("vae", message=f"The auto-encoder starts anew, not from the round before: {difference}.")
        else:
            vae.load_state_dict(initial)
            steps = config.vae_warm_steps
    if len(rows) * taps.shape[1] * np.dtype(np.float32).itemsize <= MAX_BYTES_IN_MEMORY:
        taps, predicted, rows = taps[rows], predicted[rows], np.arange(len(rows))
    order = torch_generator(seed, "vae order")
    losses = yield from train_vae(vae, taps, rows, predicted, config, order, device, steps=steps)
    return vae, losses


def _shape_difference(vae: CVAE, initial: Mapping[str, Tensor]) -> str:
    """Why `vae` cannot take on the state dict `initial`; "" where it can."""
    shapes, there = ({name: tuple(t.shape) for name, t in s.items()} for s in (vae.state_dict(), initial))
    differing = [name for name in {**shapes, **there} if shapes.get(name) != there.get(name)]
    if not differing:
        return ""
    name = differing[0]
    return f"its {name} is {there.get(name, 'missing')}, here {shapes.get(name, 'none')} (other classes or backbone)"


def read_in_stages(
    vae: CVAE,
    taps: np.ndarray,
    rows: np.ndarray,
    noise: Tensor,
    *,
    coarse_draws: int,
    log_prior: np.ndarray,
    reliability: np.ndarray,
    batch: int = 0,
) -> Work[tuple[np.ndarray, np.ndarray]]:
    """Eq. 8 for taps[rows] (M, C), and which of them (M,) are read from all draws: those the joint score wants most.

    Every image gets the first `coarse_draws` (0: all) of the noise (S, 1, Z); the most wanted twentieth,
    MIN_REFINED_IMAGES and the `batch` that is labelled next at least, then gets all.
    """
    refined_count = max(MIN_REFINED_IMAGES, len(rows) // REFINED_SHARE, batch)
    if not 0 < coarse_draws < len(noise) or len(rows) <= refined_count:
        return (yield from read_likelihood(vae, taps, rows, noise)), np.ones(len(rows), bool)
    total = len(rows) + refined_count  # one progress for both stages
    coarse = read_likelihood(vae, taps, rows, noise[:coarse_draws])
    values = yield from map_events(coarse, lambda event: replace(event, total=total))
    best = np.argsort(log_joint(values, log_prior, reliability), kind="stable")[:refined_count]
    fine = read_likelihood(vae, taps, rows[best], noise)
    values[best] = yield from map_events(fine, lambda event: replace(event, done=len(rows) + event.done, total=total))
    refined = np.zeros(len(rows), bool)
    refined[best] = True
    return values, refined


def likelihood_histogram(log_likelihood: np.ndarray, predicted: np.ndarray) -> Histogram:
    """For each class, how the log-likelihoods of the images predicted so are spread, under that class.

    (N, C) with NaN in rows to leave out, (N,) -> HISTOGRAM_BINS bins.
    """
    rows = np.flatnonzero(~np.isnan(log_likelihood[:, 0]))
    own = log_likelihood[rows, predicted[rows]]
    edges = np.histogram_bin_edges(own, HISTOGRAM_BINS)
    classes = range(log_likelihood.shape[1])
    counts = [np.histogram(own[predicted[rows] == n], edges)[0].tolist() for n in classes]
    return Histogram(edges=tuple(edges.tolist()), counts=tuple(map(tuple, counts)))
