"""Reading features from a network that is not trained any more, in batches as large as the memory allows."""

from collections.abc import Generator

import numpy as np
import torch
from torch import Tensor, nn

from vabal_core.model.input import Normalisation, to_input
from vabal_core.model.network import forward_with_features
from vabal_core.types import Progress

MIRRORS = ((), (3,), (2,), (2, 3))  # axes along which an image is turned round: none, left-right, up-down, both
BATCH = {"cpu": 32, "cuda": 256}  # images at once


def prepare(network: nn.Module, device: torch.device) -> nn.Module:
    """The network ready to read: channels last, which a CPU reads a pretrained network by half as fast again with."""
    return network.eval().requires_grad_(False).to(device, memory_format=torch.channels_last)


@torch.inference_mode()
def read_rows(
    network: nn.Module,
    pixels: np.ndarray,
    normalisation: Normalisation,
    device: torch.device,
    size: int,
    *,
    mirrors: bool = False,
) -> Generator[Progress, None, tuple[np.ndarray, int]]:
    """Rows of features (n, F) float32 of uint8 pixels (n, S, S) or (n, S, S, 3), and how many fit at once.

    With `mirrors` the mean of the rows of an image and its three mirror images. `size` images at a time; half as many,
    and an event that says so, where the device runs out of memory. Raises torch.OutOfMemoryError where not even one
    fits. FloatingPointError where a feature is not finite.
    """
    rows: list[np.ndarray] = []
    done = 0
    while done < len(pixels):
        part = _forward(network, pixels[done : done + size], normalisation, device, mirrors=mirrors, must_fit=size == 1)
        if part is None:
            size //= 2
            yield Progress("features", message=f"The device ran out of memory; reading {size} images at once now.")
            continue
        rows.append(part)
        done += len(part)
    return np.concatenate(rows), size


def _forward(
    network: nn.Module,
    pixels: np.ndarray,
    normalisation: Normalisation,
    device: torch.device,
    *,
    mirrors: bool,
    must_fit: bool,
) -> np.ndarray | None:
    """None where the device is out of memory, and one image alone is not what `must_fit`."""
    try:
        x = to_input(torch.tensor(pixels, device=device), normalisation)
        with reading_precision(device):
            rows = [_rows(network, x.flip(axes)) for axes in (MIRRORS if mirrors else MIRRORS[:1])]
    except torch.OutOfMemoryError:
        if must_fit:
            raise
        return None
    return _finite(torch.stack(rows).mean(0).cpu())


def _rows(network: nn.Module, x: Tensor) -> Tensor:
    return forward_with_features(network, x.contiguous(memory_format=torch.channels_last))[1].float()


def reading_precision(device: torch.device) -> torch.autocast:
    """float16 on a GPU, within 1e-3 of the CPU's full precision, which bfloat16 is not."""
    return torch.autocast(device.type, torch.float16, enabled=device.type == "cuda")


def _finite(rows: Tensor) -> np.ndarray:
    if not torch.isfinite(rows).all():
        raise FloatingPointError("features are not finite: these weights do not suit the network; choose others")
    return rows.numpy()
