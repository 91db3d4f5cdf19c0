"""The class-conditional variational auto-encoder of VaB-AL: its network and Eqs. 6 to 9 of the paper.

The generative story of an image with features x that the classifier calls y, one line a factor:

    z ~ Normal(0, I)                      Z = BLOCK * C dimensions: one block a class
    x ~ Bernoulli(logits=decoder(z))      D = WIDTH features a tap; with "gaussian" Normal(decoder(z), I)
    y ~ Categorical(softmax(-w(z)))       w_n, the energy of block n: the block nearest to zero is the class (Eq. 6)

    q(z | x) = Normal(mean(x), exp(log_variance(x)))      the encoder, where p(z | x) is out of reach

Training (Eq. 9) raises E_q[log p(x|z)] - KL(q(z|x) || p(z)) + lambda * E_q[log p(y|z)], the first two being the ELBO
(Eq. 8). Shapes: N images, C classes, S draws; D = 512 and 960 channels of taps are those of a ResNet.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vabal_core.config import Config
from vabal_core.model.backbones import find_backbone

BLOCK = 10  # latent dimensions a class
WIDTH = 128  # units of every hidden layer and of each tap's projection


class CVAE(nn.Module):
    """Projections of the classifier's taps, encoder and decoder.

    The projections belong here: they learn through the encoder, while the reconstruction target is detached (else the
    cheapest reconstruction is a constant).
    """

    def __init__(self, class_count: int, config: Config) -> None:
        super().__init__()
        if class_count < 2:
            raise ValueError(f"class_count={class_count}: a class-conditional auto-encoder needs at least 2 classes")
        self.class_count, self.tap_channels = class_count, find_backbone(config.backbone).tap_channels
        self.features, self.latent = WIDTH * len(self.tap_channels), BLOCK * class_count  # D and Z
        self.reconstruction, self.reduction, self.kl_weight = config.reconstruction, config.reduction, config.kl_weight
        self.energy, self.mask_kl = config.latent_energy, config.mask_kl
        self.mask_while_training = config.mask_while_training
        self.projections = nn.ModuleList(_projection(channels, config.projection) for channels in self.tap_channels)
        self.encoder = nn.Sequential(*_hidden(self.features), *_hidden(WIDTH), *_hidden(WIDTH))
        self.mean, self.log_variance = nn.Linear(WIDTH, self.latent), nn.Linear(WIDTH, self.latent)
        self.decoder = nn.Sequential(
            *_hidden(self.latent), *_hidden(WIDTH), *_hidden(WIDTH), nn.Linear(WIDTH, self.features)
        )

    def project(self, taps: Tensor) -> Tensor:
        """taps (N, 960) -> x (N, 512) in (0, 1)."""
        parts = taps.split(self.tap_channels, dim=1)
        return torch.cat([projection(part) for projection, part in zip(self.projections, parts, strict=True)], dim=1)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """x (N, 512) -> mean and log variance of q(z|x), each (N, Z)."""
        hidden = self.encoder(x)
        return self.mean(hidden), self.log_variance(hidden)

    def elbo(self, log_likelihood: Tensor, kl: Tensor, latent: int) -> Tensor:
        """log p(x|z) - KL of Eq. 8 in nats, the KL over `latent` dimensions; with "mean" in nats a dimension.

        A "mean" divides each by its own dimensions, which gives the KL D / latent times its weight in the ELBO; with
        the `kl_weight` "elbo" it divides both by D.
        """
        if self.reduction == "sum":
            return log_likelihood - kl
        return log_likelihood / self.features - kl / (self.features if self.kl_weight == "elbo" else latent)


def _projection(channels: int, order: str) -> nn.Sequential:
    if order == "norm_linear":
        return nn.Sequential(nn.BatchNorm1d(channels), nn.Linear(channels, WIDTH), nn.Sigmoid())
    return nn.Sequential(nn.Linear(channels, WIDTH), nn.BatchNorm1d(WIDTH), nn.Sigmoid())


def _hidden(inputs: int) -> tuple[nn.Linear, nn.ReLU]:
    return nn.Linear(inputs, WIDTH), nn.ReLU()


def latent_energy(z: Tensor, kind: str) -> Tensor:
    """w_n of Eq. 6: how far block n of z is from zero. z (..., Z) -> (..., C).

    kind "square": sum of z^2 (the paper's); "absolute": sum of |z|; "sigmoid": sum of sigmoid(z) (both Table 2).
    """
    blocks = z.unflatten(-1, (-1, BLOCK))  # (..., C, BLOCK)
    terms = {"square": Tensor.square, "absolute": Tensor.abs, "sigmoid": Tensor.sigmoid}[kind](blocks)
    return terms.sum(-1)


def classify(z: Tensor, kind: str) -> Tensor:
    """The class of each draw, argmin_n w_n (Eq. 6). z (..., Z) -> (...) int64."""
    return latent_energy(z, kind).argmin(-1)


def reconstruction_log_likelihood(output: Tensor, x: Tensor, kind: str) -> Tensor:
    """log p(x|z) of Eq. 8 for the decoder's `output`; both (..., 512) -> (...), in nats.

    "bernoulli" reads the output as logits, "gaussian" as the mean of a normal with unit variance.
    """
    if kind == "bernoulli":
        terms = x * output - F.softplus(output)
    else:
        terms = -0.5 * (x - output).square() - 0.5 * math.log(2 * math.pi)
    return terms.sum(-1)


def kl_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(q(z|x) || N(0, I)) of Eq. 8. (..., Z) -> (...), in nats."""
    return _kl_terms(mean, log_variance).sum(-1)


def masked_kl_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """The same over all blocks but n, for every n. (..., Z) -> (..., C)."""
    blocks = _kl_terms(mean, log_variance).unflatten(-1, (-1, BLOCK)).sum(-1)  # (..., C)
    return blocks.sum(-1, keepdim=True) - blocks


def _kl_terms(mean: Tensor, log_variance: Tensor) -> Tensor:
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance)


def loss(vae: CVAE, taps: Tensor, predicted: Tensor, noise: Tensor, class_weight: float) -> Tensor:
    """Eq. 9 for a batch: -ELBO + lambda * cross-entropy(softmax(-w), predicted class), averaged over images.

    taps (N, 960), predicted (N,) int64, noise (N, Z) standard normal.
    """
    x = vae.project(taps)
    mean, log_variance = vae.encode(x)
    z = mean + noise * (0.5 * log_variance).exp()
    decoded = vae.decoder(without_block(z, predicted) if vae.mask_while_training else z)
    log_likelihood = reconstruction_log_likelihood(decoded, x.detach(), vae.reconstruction)
    elbo = vae.elbo(log_likelihood, kl_divergence(mean, log_variance), vae.latent)
    return -elbo.mean() + class_weight * F.cross_entropy(-latent_energy(z, vae.energy), predicted)


def without_block(z: Tensor, n: Tensor) -> Tensor:
    """z with block n of each row set to zero: the mask of Eq. 8. z (N, Z), n (N,) int64 -> (N, Z)."""
    blocks = z.unflatten(-1, (-1, BLOCK))  # (N, C, BLOCK)
    kept = torch.arange(blocks.shape[1], device=z.device) != n.unsqueeze(1)  # (N, C)
    return (blocks * kept.unsqueeze(-1)).flatten(1)


def masked_log_likelihood(vae: CVAE, x: Tensor, noise: Tensor) -> Tensor:
    """log p(x | class n) of Eq. 8: the ELBO with block n of z set to zero, averaged over draws (logs, never exps).

    x (N, 512), noise (S, N, Z) or (S, 1, Z) -> (N, C). Encodes once and draws once for all classes; the decoder's first
    layer is linear, so masking block n takes W_n z_n away from W z instead of decoding a masked z from the start.
    """
    mean, log_variance = vae.encode(x)
    z = torch.addcmul(mean, noise, (0.5 * log_variance).exp()).flatten(0, 1)  # (S N, Z)
    first, *rest = vae.decoder[:-1]
    whole = first(z)  # (S N, 128)
    columns = []
    for n in range(vae.class_count):
        block = slice(n * BLOCK, (n + 1) * BLOCK)
        hidden = torch.addmm(whole, z[:, block], first.weight[:, block].T, alpha=-1)
        for layer in rest:
            hidden = F.relu_(hidden) if isinstance(layer, nn.ReLU) else layer(hidden)
        columns.append(_mean_over_draws(vae, hidden.view(len(noise), len(x), WIDTH), x))
    log_likelihood = torch.stack(columns, dim=1)
    if vae.mask_kl:
        return vae.elbo(log_likelihood, masked_kl_divergence(mean, log_variance), vae.latent - BLOCK)
    return vae.elbo(log_likelihood, kl_divergence(mean, log_variance).unsqueeze(1), vae.latent)


def _mean_over_draws(vae: CVAE, hidden: Tensor, x: Tensor) -> Tensor:
    """Reconstruction log-likelihood averaged over draws. hidden (S, N, 128): the last layer's, x (N, 512) -> (N,).

    What is linear in the output needs no outputs: sum_d x_d (V h + c)_d = h . V'x + c . x, and the squared error of a
    Gaussian head is a quadratic form in h with V'V (128 x 128). Only the Bernoulli head's softplus needs all 512.
    """
    head, average = vae.decoder[-1], hidden.mean(0)  # (N, 128)
    weight, bias = head.weight, head.bias  # V (512, 128), c (512,)
    if vae.reconstruction == "bernoulli":
        # softplus(v) = v/2 + |v|/2 + log(1 + exp(-|v|)): the first is linear too.
        linear = (average * ((x - 0.5) @ weight)).sum(-1) + (x - 0.5) @ bias
        return linear - _sum_of_even_softplus(head(hidden)).mean(0)
    rest = x - bias
    cross = (average * (rest @ weight)).sum(-1)
    square = (hidden @ (weight.T @ weight)).mul_(hidden).sum(-1).mean(0)
    error = rest.square().sum(-1) - 2 * cross + square
    return -0.5 * error - 0.5 * vae.features * math.log(2 * math.pi)


def _sum_of_even_softplus(v: Tensor) -> Tensor:
    """sum_d |v_d|/2 + log(1 + exp(-|v_d|)), the even part of softplus; overwrites v. (..., 512) -> (...).

    One logarithm does for 64 terms (64 divides WIDTH): their product stays below 2**64. A logarithm each takes longer
    than the matrix product before it.
    """
    size = v.abs_().sum(-1)
    products = v.neg_().exp_().add_(1).unflatten(-1, (-1, 64)).prod(-1)  # (..., 8)
    return 0.5 * size + products.log_().sum(-1)
