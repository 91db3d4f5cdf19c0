"""Inverted dropout before the residual blocks of a network, by masks from generators of its own."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from vabal_core.runtime import derive_seed


class Dropout(nn.Module):
    """Sets a share `rate` of the values to zero and divides the others by 1 - rate.

    While training a mask a value, drawn on the device of the values (a mask is as large as they are). While reading
    nothing, but within `one_mask`: a mask that all images share.
    """

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate
        self.generator: torch.Generator | None = None  # of masks in training
        self.shared: torch.Generator | None = None  # of the one mask, until that is drawn
        self.mask: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            return x * self._draw(x.shape, self.generator).to(x.dtype)
        if self.shared is None:
            return x
        if self.mask is None:
            self.mask = self._draw(x.shape[1:], self.shared).to(x.device)
        return x * self.mask.to(x.dtype)

    def _draw(self, shape: Sequence[int], generator: torch.Generator) -> Tensor:
        kept = torch.rand(shape, generator=generator, device=generator.device) >= self.rate
        return kept / (1 - self.rate)


def add_dropout(network: nn.Module, blocks: Sequence[nn.Module], rate: float) -> None:
    """Dropout on what each of the `blocks` of `network` reads; no name in its state dict changes."""
    network.dropouts = nn.ModuleList(Dropout(rate) for _ in blocks)
    for block, dropout in zip(blocks, network.dropouts, strict=True):
        block.register_forward_pre_hook(lambda _, inputs, dropout=dropout: (dropout(inputs[0]), *inputs[1:]))


def dropouts(network: nn.Module) -> list[Dropout]:
    """Those of `network`; [] where it has none."""
    return [module for module in network.modules() if isinstance(module, Dropout)]


def seed_training(network: nn.Module, generator: torch.Generator, device: torch.device) -> None:
    """The masks of a training on `device` follow from the seed of `generator`, which gives no number: so a network with
    dropout sees the same batches as one without."""
    for number, dropout in enumerate(dropouts(network)):
        seed = derive_seed(generator.initial_seed(), "dropout", number)
        dropout.generator = torch.Generator(device).manual_seed(seed)


@contextmanager
def one_mask(network: nn.Module, generator: torch.Generator) -> Iterator[None]:
    """Within the block each dropout of `network`, in eval mode, drops the same of every image.

    The masks are drawn from `generator`, of the CPU, by the first images that come.
    """
    for dropout in dropouts(network):
        dropout.shared = generator
    try:
        yield
    finally:
        for dropout in dropouts(network):
            dropout.shared = dropout.mask = None
