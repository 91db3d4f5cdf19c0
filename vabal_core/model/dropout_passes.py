"""MC-dropout (Gal and Ghahramani, ICML 2016): a network trained with dropout, read many times with dropout."""

from collections.abc import Generator

import numpy as np
import torch
from torch import nn

from vabal_core.model.classifier import class_probabilities
from vabal_core.model.committee import Tally
from vabal_core.model.dropout import one_mask
from vabal_core.model.input import Normalisation
from vabal_core.model.network import last_layer
from vabal_core.runtime import torch_generator
from vabal_core.types import Committee, Progress


def dropout_passes(
    network: nn.Module,
    pixels: np.ndarray,
    rows: np.ndarray,
    normalisation: Normalisation,
    device: torch.device,
    *,
    passes: int,
    seed: int,
) -> Generator[Progress, None, Committee]:
    """The committee of `passes` dropout masks, for pixels[rows] (M, S, S[, 3]).

    The network is in eval mode but for its dropout: batch norm keeps its running statistics and normalises by them. A
    mask is the same for all images of a pass, so what is said of an image does not depend on its batch, and the passes
    are functions whose disagreement over different images can be compared.
    """
    tally = Tally(len(rows), last_layer(network).out_features)
    for number in range(passes):
        with one_mask(network, torch_generator(seed, "dropout", number)):
            for part, probabilities in class_probabilities(network, pixels, rows, normalisation, device):
                tally.add(part, probabilities)
                yield Progress("committee", number * len(rows) + part.stop, passes * len(rows))
    return tally.committee(passes)
