"""Small images of three kinds of steel, their features, and a network that reads them at once instead of in seconds."""

import hashlib
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from vabal_core.config import Config
from vabal_core.loop.files import ImageFiles

FROZEN = Config(
    learning="frozen", backbone="lite0", weights="imagenet", difficulty="cross_fit", image_size=32,
    vae_epochs=2, vae_batch_size=16, vae_least_steps=0, draws=4,
)  # fmt: skip


def write_images(folder: Path, count: int = 12, side: int = 32) -> ImageFiles:
    """`count` grey images; image i is noise of kind i % 3."""
    rng, files = np.random.default_rng(0), []
    for i in range(count):
        pixels = rng.integers(0, 60, (side, side)) + 80 * (i % 3)
        file = folder / f"{i}.png"
        Image.fromarray(pixels.astype(np.uint8)).save(file)
        files.append(str(file))
    return image_files(folder, files)


def image_files(folder: Path, files: list[str]) -> ImageFiles:
    fingerprints = tuple(hashlib.sha256(Path(file).read_bytes()).hexdigest() for file in files)
    return ImageFiles(
        files=tuple(files), fingerprints=fingerprints, cache=folder / "pixels", features=folder / "features"
    )


class Stub(nn.Module):
    """A network as `Backbone` records one, of four means an image instead of convolutions."""

    def __init__(self) -> None:
        super().__init__()
        self.classifier = nn.Linear(8, 2)


def stub_stages(network: nn.Module, x: Tensor) -> tuple[list[Tensor], Tensor]:
    quarters = torch.stack([part.mean((1, 2, 3)) for part in (*x.chunk(2, 2), *x.chunk(2, 3))], 1)  # (N, 4)
    maps = [quarters[:, :2, None, None], quarters[:, 2:, None, None], quarters[:, 1:3, None, None], x[:, :1]]
    return maps, torch.cat([quarters, quarters.square()], 1)
