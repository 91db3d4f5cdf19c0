"""Training the class-conditional VAE on the pool, and what is read from it: the terms of Bayes' rule.

Taps come as an array or a memory map (N, 960) float32 and are read piece by piece, so that N may outgrow the memory.
"""

import math
from collections.abc import Generator, Iterator

import numpy as np
import torch
from torch import Tensor

from vabal_core.config import Config
from vabal_core.model.classifier import batches
from vabal_core.model.cvae import BLOCK, CVAE, classify, loss, masked_log_likelihood
from vabal_core.runtime import one_thread
from vabal_core.types import Progress

# Values of the widest intermediate (draws x images x outputs) computed at once. On a CPU they should stay in the
# cache of its cores, on a GPU they should keep all of it busy.
SCORING_VALUES = {"cpu": 2**21, "cuda": 2**28}


def train_vae(
    vae: CVAE, taps: np.ndarray, rows: np.ndarray, predicted: np.ndarray, config: Config, generator: torch.Generator,
    device: torch.device, *, steps: int,
) -> Generator[Progress, None, list[float]]:  # fmt: skip
    """Trains `vae` in place on taps[rows] and the classifier's predicted[rows]; returns each epoch's mean loss.

    taps (N, T), rows (M,) int64, predicted (N,) int64. `steps`: updates of the weights from the state that `vae` is in;
    the last epoch ends with them, however few images it has seen.
    """
    vae.to(device).train()
    optimiser = torch.optim.Adam(vae.parameters(), lr=config.vae_learning_rate, fused=True)
    steps_an_epoch = _steps_an_epoch(len(rows), config)
    epochs = math.ceil(steps / steps_an_epoch)
    losses: list[float] = []
    for epoch in range(1, epochs + 1):
        rest = steps - (epoch - 1) * steps_an_epoch
        with one_thread():
            losses.append(_train_epoch(vae, taps, rows, predicted, config, optimiser, generator, rest))
        if not math.isfinite(losses[-1]):
            raise FloatingPointError(f"auto-encoder loss is {losses[-1]} in epoch {epoch}: lower vae_learning_rate")
        yield Progress("vae", epoch, epochs, epoch=epoch, epochs=epochs, metrics={"loss": losses[-1]})
    return losses


def cold_steps(images: int, config: Config) -> int:
    """Updates of a VAE trained from its first weights: config.vae_epochs, or as many as make vae_least_steps."""
    steps_an_epoch = _steps_an_epoch(images, config)
    return steps_an_epoch * max(config.vae_epochs, math.ceil(config.vae_least_steps / steps_an_epoch))


def _steps_an_epoch(images: int, config: Config) -> int:
    return len(batches(torch.arange(images), config.vae_batch_size))


def _train_epoch(
    vae: CVAE, taps: np.ndarray, rows: np.ndarray, predicted: np.ndarray, config: Config, optimiser: torch.optim.Adam,
    generator: torch.Generator, most_steps: int,
) -> float:  # fmt: skip
    """The mean loss of the images seen: all of rows, or those of the first `most_steps` batches."""
    device = vae.mean.weight.device
    total, images = torch.zeros((), device=device), 0
    for order in batches(torch.randperm(len(rows), generator=generator), config.vae_batch_size)[:most_steps]:
        noise = torch.randn(len(order), BLOCK * vae.class_count, generator=generator).to(device)
        batch = rows[order.numpy()]
        optimiser.zero_grad(set_to_none=True)
        target = torch.from_numpy(predicted[batch]).to(device)
        value = loss(vae, _on(device, taps, batch), target, noise, config.class_weight)
        value.backward()
        optimiser.step()
        total += value.detach() * len(batch)
        images += len(batch)
    return float(total) / images


def common_noise(draws: int, class_count: int, generator: torch.Generator) -> Tensor:
    """Standard normal draws (S, 1, Z) shared by all images: scores depend neither on row order nor on batching."""
    return torch.randn(draws, 1, BLOCK * class_count, generator=generator)


@torch.inference_mode()
def read_likelihood(
    vae: CVAE, taps: np.ndarray, rows: np.ndarray, noise: Tensor
) -> Generator[Progress, None, np.ndarray]:
    """`masked_log_likelihood` of taps[rows], streamed: taps (N, 960), rows (M,), noise (S, 1, Z) -> (M, C) float64."""
    vae.eval()
    noise = noise.to(vae.mean.weight.device)
    result = np.empty((len(rows), vae.class_count))
    for part, batch in _pieces(vae, taps, rows, len(noise) * vae.features):
        result[part] = masked_log_likelihood(vae, vae.project(batch), noise).double().cpu()
        yield Progress("score", part.stop, len(rows))
    return result


@torch.inference_mode()
def count_draws(vae: CVAE, taps: np.ndarray, rows: np.ndarray, noise: Tensor) -> Generator[Progress, None, np.ndarray]:
    """How many draws of each image fall in each class by Eq. 6: as `read_likelihood` -> (M, C) int64."""
    vae.eval()
    noise = noise.to(vae.mean.weight.device)
    counts = np.empty((len(rows), vae.class_count), np.int64)
    for part, batch in _pieces(vae, taps, rows, len(noise) * vae.latent):
        mean, log_variance = vae.encode(vae.project(batch))
        classes = classify(mean + noise * (0.5 * log_variance).exp(), vae.energy).T  # (n, S)
        zeros = torch.zeros(len(batch), vae.class_count, dtype=torch.int64, device=noise.device)
        counts[part] = zeros.scatter_add_(1, classes, torch.ones_like(classes)).cpu()
        yield Progress("score", part.stop, len(rows))
    return counts


def _pieces(vae: CVAE, taps: np.ndarray, rows: np.ndarray, values: int) -> Iterator[tuple[slice, Tensor]]:
    """taps[rows] piece by piece, where the widest intermediate has `values` values an image."""
    size = max(1, SCORING_VALUES[vae.mean.weight.device.type] // values)
    for start in range(0, len(rows), size):
        part = slice(start, min(start + size, len(rows)))
        yield part, _on(vae.mean.weight.device, taps, rows[part])


def _on(device: torch.device, taps: np.ndarray, rows: np.ndarray) -> Tensor:
    return torch.from_numpy(taps[rows]).to(device)
