"""The plain loop that the fast likelihood is held against: nothing is shared between draws or classes."""

import torch
from torch import Tensor

from vabal_core.model.cvae import BLOCK, CVAE, kl_divergence, reconstruction_log_likelihood


def plain_masked_log_likelihood(vae: CVAE, x: Tensor, noise: Tensor) -> Tensor:
    """Eq. 8 as one would first write it. x (N, 512), noise (S, 1, Z) -> (N, C)."""
    result = torch.zeros(len(x), vae.class_count, device=x.device)
    for draw in noise:
        mean, log_variance = vae.encode(x)
        z = mean + draw * (0.5 * log_variance).exp()
        kl = kl_divergence(mean, log_variance)
        for n in range(vae.class_count):
            masked = z.clone()
            masked[:, n * BLOCK : (n + 1) * BLOCK] = 0
            output = vae.decoder(masked)
            log_likelihood = reconstruction_log_likelihood(output, x, vae.reconstruction)
            result[:, n] += vae.elbo(log_likelihood, kl, vae.latent)
    return result / len(noise)
