"""From cached pixels to what the network eats: normalisation and augmentation, on whole batches."""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from vabal_core.config import Config
from vabal_core.model.backbones import find_backbone

SHIFT = 4  # pixels of padding for random crops, as is usual for small images
_SAMPLE = 2000  # images that stand for the pool when its mean is taken


@dataclass(frozen=True)
class Normalisation:
    """Per-channel mean and standard deviation of pixels in [0, 1]; three values each."""

    mean: tuple[float, ...]
    std: tuple[float, ...]


def measure_normalisation(pixels: np.ndarray, rows: np.ndarray, config: Config) -> Normalisation:
    """Mean and deviation of `rows` (the pool), from evenly spaced ones; the backbone's where it was trained before."""
    if config.weights == "imagenet" or config.learning != "scratch":
        backbone = find_backbone(config.backbone)
        return Normalisation(backbone.mean, backbone.std)
    sample = pixels[rows[:: max(1, len(rows) // _SAMPLE)]].astype(np.float32) / 255
    if sample.ndim == 3:
        sample = sample[..., np.newaxis]  # grey: one channel, repeated below as `to_input` repeats it
    mean = np.broadcast_to(sample.mean((0, 1, 2)), 3)
    std = np.broadcast_to(sample.std((0, 1, 2)), 3).clip(min=1 / 255)  # a pool of one flat grey is legal
    return Normalisation(tuple(mean.tolist()), tuple(std.tolist()))


def to_input(pixels: Tensor, normalisation: Normalisation) -> Tensor:
    """uint8 (N, S, S) or (N, S, S, 3) -> float (N, 3, S, S), normalised. Grey is repeated over the three channels."""
    x = pixels.float().div_(255)
    x = x.permute(0, 3, 1, 2) if x.ndim == 4 else x.unsqueeze(1).expand(-1, 3, -1, -1)
    mean = torch.tensor(normalisation.mean, device=pixels.device).view(1, 3, 1, 1)
    std = torch.tensor(normalisation.std, device=pixels.device).view(1, 3, 1, 1)
    return (x - mean) / std


def augment(x: Tensor, generator: torch.Generator, flips: str) -> Tensor:
    """Random shifts of up to SHIFT pixels and `flips` ("both" ways or "horizontal"), one draw an image.

    x (N, 3, S, S) -> the same shape. Either kind of flips makes the same draws.
    """
    n, side = len(x), x.shape[-1]
    flipped = torch.rand(n, 2, generator=generator).to(x.device) < 0.5
    x = torch.where(flipped[:, 0].view(n, 1, 1, 1), x.flip(3), x)
    if flips == "both":
        x = torch.where(flipped[:, 1].view(n, 1, 1, 1), x.flip(2), x)
    shift = torch.randint(0, 2 * SHIFT + 1, (n, 2), generator=generator).to(x.device)
    along = torch.arange(side, device=x.device)
    rows = (shift[:, :1] + along).view(n, 1, side, 1)  # (N, 1, S, 1): each image reads its own window
    columns = (shift[:, 1:] + along).view(n, 1, 1, side)
    padded = F.pad(x, (SHIFT,) * 4, mode="reflect")
    image = torch.arange(n, device=x.device).view(n, 1, 1, 1)
    channel = torch.arange(x.shape[1], device=x.device).view(1, -1, 1, 1)
    return padded[image, channel, rows, columns]
