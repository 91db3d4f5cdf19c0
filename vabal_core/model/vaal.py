"""Variational adversarial active learning (Sinha, Ebrahimi and Darrell, ICCV 2019): which images look labelled.

An auto-encoder brings labelled and unlabelled images into one latent space and has the discriminator take all of them
for labelled; the discriminator tells them apart. What it is then surest of to be unlabelled is unlike what has labels.

n images in a batch. Departures from the paper: the auto-encoder of pixels is an eighth as wide and reads images at SIDE
pixels, the discriminator is a quarter as wide. Labelled and unlabelled images pass through batch norm together, or its
statistics would tell which is which. The ELBO is in nats, as the paper's Eq. 1 has it. (Divided by the dimensions of an
image it weighs so little beside the fooling that the latent space keeps nothing by which the two could be told apart.)
"""

import math
from collections.abc import Callable, Generator

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vabal_core.types import Progress

LATENT = 32
HIDDEN, DISCRIMINATOR_LAYERS = 128, 4
CHANNELS, SIDE = (16, 32, 64, 128), 32  # of the convolutions, each of which halves the side of an image
RATE, BATCH, AUTO_ENCODER_STEPS = 5e-4, 64, 2  # Adam; images of each set; of the auto-encoder, for one of the other
READ = 1_024  # images read at once

Read = Callable[[np.ndarray], Tensor]  # rows (n,) -> images (n, ...) on a device, each value of about unit variance


class AutoEncoder(nn.Module):
    """A variational auto-encoder with a Gaussian decoder of unit variance."""

    def __init__(self, encoder: nn.Module, width: int, decoder: nn.Module) -> None:
        super().__init__()
        self.encoder, self.decoder = encoder, decoder
        self.mean, self.log_variance = nn.Linear(width, LATENT), nn.Linear(width, LATENT)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """x (n, ...) -> mean and log variance of q(z|x), each (n, LATENT)."""
        hidden = self.encoder(x)
        return self.mean(hidden), self.log_variance(hidden)


def feature_auto_encoder(features: int) -> AutoEncoder:
    """Of rows of features (n, F)."""
    encoder = nn.Sequential(nn.Linear(features, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, HIDDEN), nn.ReLU())
    decoder = nn.Sequential(
        nn.Linear(LATENT, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, features)
    )
    return AutoEncoder(encoder, HIDDEN, decoder)


def pixel_auto_encoder() -> AutoEncoder:
    """Of images (n, 3, SIDE, SIDE), by four convolutions that halve the side and four that double it."""
    down, up, side = [], [], SIDE // 2 ** len(CHANNELS)
    for narrow, wide in zip((3, *CHANNELS), CHANNELS, strict=False):
        down += [nn.Conv2d(narrow, wide, 4, 2, 1, bias=False), nn.BatchNorm2d(wide), nn.ReLU()]
    backwards = CHANNELS[::-1]
    for wide, narrow in zip(backwards, backwards[1:], strict=False):
        up += [nn.ConvTranspose2d(wide, narrow, 4, 2, 1, bias=False), nn.BatchNorm2d(narrow), nn.ReLU()]
    width = CHANNELS[-1] * side**2
    decoder = nn.Sequential(
        nn.Linear(LATENT, width), nn.Unflatten(1, (CHANNELS[-1], side, side)), *up,
        nn.ConvTranspose2d(CHANNELS[0], 3, 4, 2, 1),
    )  # fmt: skip
    return AutoEncoder(nn.Sequential(*down, nn.Flatten()), width, decoder)


def shrink(x: Tensor) -> Tensor:
    """Images (n, 3, S, S) as the auto-encoder of pixels reads them: (n, 3, SIDE, SIDE)."""
    return F.interpolate(x, size=(SIDE, SIDE), mode="area")


def build_discriminator() -> nn.Sequential:
    """From the mean of q(z|x) (n, LATENT) to a logit (n, 1) of "labelled": five layers, as published."""
    layers: list[nn.Module] = [nn.Linear(LATENT, HIDDEN), nn.ReLU()]
    for _ in range(DISCRIMINATOR_LAYERS - 1):
        layers += [nn.Linear(HIDDEN, HIDDEN), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(HIDDEN, 1))


def train_vaal(
    auto_encoder: AutoEncoder,
    discriminator: nn.Module,
    read: Read,
    labelled: np.ndarray,
    unlabelled: np.ndarray,
    generator: torch.Generator,
    *,
    steps: int,
) -> Generator[Progress, None, None]:
    """Trains both in place on the rows labelled (L,) and unlabelled (M,), in batches of BATCH of each.

    Batches are drawn with replacement, so that any number of labels will do.
    """
    optimisers = [
        torch.optim.Adam(module.parameters(), lr=RATE, fused=True) for module in (auto_encoder, discriminator)
    ]
    auto_encoder.train()
    discriminator.train()
    for step in range(1, steps + 1):
        discriminator.requires_grad_(False)  # its weights do not learn from being fooled
        for _ in range(AUTO_ENCODER_STEPS):
            x = torch.cat([read(_draw(rows, generator)) for rows in (labelled, unlabelled)])
            noise = torch.randn(len(x), LATENT, generator=generator).to(x.device)
            loss = auto_encoder_loss(auto_encoder, discriminator, x, noise)
            _update(optimisers[0], loss)
        discriminator.requires_grad_(True)
        with torch.no_grad():
            mean = auto_encoder.encode(x)[0]
        _update(optimisers[1], discriminator_loss(discriminator, mean))
        yield Progress("discriminator", step, steps)
    if not math.isfinite(float(loss.detach())):
        raise FloatingPointError(f"the auto-encoder's loss is {float(loss.detach())}: it diverged")


def _draw(rows: np.ndarray, generator: torch.Generator) -> np.ndarray:
    return rows[torch.randint(len(rows), (BATCH,), generator=generator).numpy()]


def _update(optimiser: torch.optim.Optimizer, loss: Tensor) -> None:
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    optimiser.step()


def auto_encoder_loss(auto_encoder: AutoEncoder, discriminator: nn.Module, x: Tensor, noise: Tensor) -> Tensor:
    """-ELBO in nats (Eq. 1) + cross-entropy of calling all of them labelled (Eq. 2), each averaged over images.

    x (n, ...), noise (n, LATENT) standard normal.
    """
    mean, log_variance = auto_encoder.encode(x)
    decoded = auto_encoder.decoder(mean + noise * (0.5 * log_variance).exp())
    error = 0.5 * (x - decoded).square().flatten(1).sum(1)
    divergence = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(1)
    logits = discriminator(mean)
    fooling = F.binary_cross_entropy_with_logits(logits, torch.ones_like(logits))
    return (error + divergence).mean() + fooling


def discriminator_loss(discriminator: nn.Module, mean: Tensor) -> Tensor:
    """Cross-entropy of telling the first half of `mean` (n, LATENT), labelled, from the second (Eq. 3)."""
    logits = discriminator(mean)
    labelled = (torch.arange(len(mean), device=mean.device) < len(mean) // 2).to(logits.dtype).unsqueeze(1)
    return F.binary_cross_entropy_with_logits(logits, labelled)


@torch.inference_mode()
def probability_of_labelled(
    auto_encoder: AutoEncoder, discriminator: nn.Module, read: Read, rows: np.ndarray
) -> Generator[Progress, None, np.ndarray]:
    """What the discriminator says of the images at rows (M,): (M,) float64 in [0, 1]."""
    auto_encoder.eval()
    discriminator.eval()
    result = np.empty(len(rows))
    for start in range(0, len(rows), READ):
        part = slice(start, min(start + READ, len(rows)))
        logits = discriminator(auto_encoder.encode(read(rows[part]))[0])
        result[part] = logits.squeeze(1).double().sigmoid().cpu().numpy()
        yield Progress("discriminator", part.stop, len(rows))
    return result
