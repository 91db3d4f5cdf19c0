"""Training the class-conditional VAE on the pool, and what is read from it: the terms of Bayes' rule."""

import math
from collections.abc import Generator

import numpy as np
import torch
from torch import Tensor

from vabal_core.config import Config
from vabal_core.model.cvae import BLOCK, CVAE, classify, loss, masked_log_likelihood
from vabal_core.model.training import batches
from vabal_core.runtime import one_thread
from vabal_core.types import Event

SCORING_VALUES = (
    2**24
)  # float32 values of the widest intermediate (draws x images x 512): 64 MiB, so memory is flat in N


def train_vae(
    vae: CVAE, taps: Tensor, predicted: Tensor, config: Config, generator: torch.Generator
) -> Generator[Event, None, list[float]]:
    """Trains `vae` in place on taps (M, 960) and the classifier's predictions (M,); returns each epoch's mean loss."""
    vae.to(taps.device).train()
    optimiser = torch.optim.Adam(vae.parameters(), lr=config.vae_learning_rate, fused=True)
    epochs = vae_epochs(len(taps), config)
    losses: list[float] = []
    for epoch in range(1, epochs + 1):
        with one_thread():
            losses.append(_train_epoch(vae, taps, predicted, config, optimiser, generator))
        if not math.isfinite(losses[-1]):
            raise FloatingPointError(f"auto-encoder loss is {losses[-1]} in epoch {epoch}: lower vae_learning_rate")
        yield Event("vae", epoch, epochs, epoch, epochs, {"loss": losses[-1]})
    return losses


def vae_epochs(images: int, config: Config) -> int:
    """config.vae_epochs, or as many as make config.vae_least_steps."""
    steps_an_epoch = math.ceil(images / config.vae_batch_size)
    return max(config.vae_epochs, math.ceil(config.vae_least_steps / steps_an_epoch))


def _train_epoch(
    vae: CVAE, taps: Tensor, predicted: Tensor, config: Config, optimiser: torch.optim.Adam, generator: torch.Generator
) -> float:
    total = torch.zeros((), device=taps.device)
    for order in batches(torch.randperm(len(taps), generator=generator), config.vae_batch_size):
        noise = torch.randn(len(order), BLOCK * vae.class_count, generator=generator).to(taps.device)
        rows = order.to(taps.device)
        optimiser.zero_grad(set_to_none=True)
        value = loss(vae, taps[rows], predicted[rows], noise, config.class_weight)
        value.backward()
        optimiser.step()
        total += value.detach() * len(rows)
    return float(total) / len(taps)


def common_noise(draws: int, class_count: int, generator: torch.Generator) -> Tensor:
    """Standard normal draws (S, 1, Z) shared by all images: scores depend neither on row order nor on batching."""
    return torch.randn(draws, 1, BLOCK * class_count, generator=generator)


@torch.inference_mode()
def read_likelihood(vae: CVAE, taps: Tensor, noise: Tensor) -> Generator[Event, None, np.ndarray]:
    """`masked_log_likelihood` of every image, streamed: taps (N, 960), noise (S, 1, Z) -> (N, C) float64."""
    vae.eval()
    noise = noise.to(taps.device)
    size = max(1, SCORING_VALUES // (len(noise) * 512))
    result = np.empty((len(taps), vae.class_count))
    for start in range(0, len(taps), size):
        part = slice(start, start + size)
        result[part] = masked_log_likelihood(vae, vae.project(taps[part]), noise).double().cpu()
        yield Event("score", min(start + size, len(taps)), len(taps))
    return result


@torch.inference_mode()
def count_draws(vae: CVAE, taps: Tensor, noise: Tensor) -> np.ndarray:
    """How many draws of each image fall in each class by Eq. 6: taps (N, 960), noise (S, 1, Z) -> (N, C) int64."""
    vae.eval()
    noise = noise.to(taps.device)
    counts = np.empty((len(taps), vae.class_count), np.int64)
    for start in range(0, len(taps), 1024):
        part = slice(start, start + 1024)
        mean, log_variance = vae.encode(vae.project(taps[part]))
        classes = classify(mean + noise * (0.5 * log_variance).exp(), vae.energy)  # (S, n)
        counts[part] = torch.nn.functional.one_hot(classes, vae.class_count).sum(0).cpu()
    return counts
