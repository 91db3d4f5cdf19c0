"""A module that predicts which images a classifier loses most on (Yoo and Kweon, CVPR 2019), from its taps.

It learns the order of losses, not their size, which falls while the classifier learns. n images, F features in blocks.
"""

import math
from collections.abc import Generator, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vabal_core.runtime import one_thread
from vabal_core.types import Progress

WIDTH = 128  # units of each block
MARGIN = 1.0  # by which predictions of a pair should differ
IMAGES = 4_096  # read at once
# Trained by itself: on the losses of a classifier that is there already.
STEPS, BATCH, RATE, WEIGHT_DECAY = 300, 128, 1e-3, 0.1


class LossPrediction(nn.Module):
    """Each block of the features: linear, ReLU; all of them: linear to one number, which has an order but no unit."""

    def __init__(self, blocks: Sequence[int]) -> None:
        super().__init__()
        self.blocks = list(blocks)
        self.layers = nn.ModuleList(nn.Linear(width, WIDTH) for width in blocks)
        self.last = nn.Linear(WIDTH * len(self.blocks), 1)

    def forward(self, features: Tensor) -> Tensor:
        """(n, F) -> (n,)."""
        parts = zip(self.layers, features.split(self.blocks, dim=1), strict=True)
        return self.last(torch.cat([F.relu(layer(part)) for layer, part in parts], dim=1)).squeeze(1)


def pair_loss(predicted: Tensor, losses: Tensor) -> Tensor:
    """max(0, MARGIN - sign(l_i - l_j) (p_i - p_j)), averaged over pairs (Eq. 2 of the paper). (n,), (n,) -> ().

    Image i of the first half and image i of the second are a pair, an odd last one is left out; n of 2 or more. A pair
    of equal losses has no order and teaches nothing.
    """
    half = len(losses) // 2
    order = torch.sign(losses[:half] - losses[half : 2 * half])
    return F.relu(MARGIN - order * (predicted[:half] - predicted[half : 2 * half])).mean()


def train_loss_prediction(
    prediction: LossPrediction,
    features: np.ndarray,
    losses: np.ndarray,
    generator: torch.Generator,
    device: torch.device,
) -> Generator[Progress, None, None]:
    """Trains it in place on features (L, F) float32 and losses (L,) of labelled images, 2 or more."""
    prediction.to(device).train()
    x, y = torch.from_numpy(features).to(device), torch.from_numpy(losses).to(device)
    optimiser = torch.optim.AdamW(prediction.parameters(), lr=RATE, weight_decay=WEIGHT_DECAY, fused=True)
    for step in range(1, STEPS + 1):
        rows = torch.randperm(len(y), generator=generator)[:BATCH].to(device)
        with one_thread():
            optimiser.zero_grad(set_to_none=True)
            loss = pair_loss(prediction(x[rows]), y[rows])
            loss.backward()
            optimiser.step()
        if step % 10 == 0:
            yield Progress("predicted_loss", step, STEPS)
    if not math.isfinite(float(loss.detach())):
        raise FloatingPointError(
            f"the loss of the loss prediction is {float(loss.detach())}: the features are too large"
        )


@torch.inference_mode()
def predict_losses(
    prediction: LossPrediction, read: np.ndarray, rows: np.ndarray, device: torch.device
) -> Generator[Progress, None, np.ndarray]:
    """What it predicts for read[rows] (M, F): (M,) float64, higher where the classifier should lose more."""
    prediction.to(device).eval()
    result = np.empty(len(rows))
    for start in range(0, len(rows), IMAGES):
        part = slice(start, min(start + IMAGES, len(rows)))
        values = torch.from_numpy(np.asarray(read[rows[part]], np.float32)).to(device)
        result[part] = prediction(values).double().cpu().numpy()
        yield Progress("predicted_loss", part.stop, len(rows))
    return result
