"""Devices and randomness. The only file that touches a global seed, and it puts it back."""

import contextlib
import hashlib
import platform
from collections.abc import Iterator

import numpy as np
import torch


def derive_seed(seed: int, *names: object) -> int:
    """A seed of its own for each purpose, in [0, 2**63): a hash of (seed, *names), so that none disturbs another."""
    digest = hashlib.sha256(repr((seed, *names)).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def numpy_generator(seed: int, *names: object) -> np.random.Generator:
    return np.random.default_rng(derive_seed(seed, *names))


def torch_generator(seed: int, *names: object) -> torch.Generator:
    """A CPU generator; draws are made on the CPU and moved, so that CPU and GPU see the same numbers."""
    return torch.Generator().manual_seed(derive_seed(seed, *names))


@contextlib.contextmanager
def seeded(seed: int, *names: object) -> Iterator[None]:
    """Within the block torch's global generators, of the CPU and every GPU, follow (seed, *names); then as before.

    Needed where torch offers no generator argument: the initialisation of layers.
    """
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):  # manual_seed reseeds them all
        torch.manual_seed(derive_seed(seed, *names))
        yield


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Within the block torch computes on one CPU thread: matrices of 128 x 128 gain nothing from two, and where the
    processor is busy their threads wait for each other far longer than they compute.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def choose_device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def describe_device(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    threads = torch.get_num_threads()
    return f"CPU ({threads} {'thread' if threads == 1 else 'threads'})"


def versions() -> dict[str, str]:
    """What a result depends on: stored with every round."""
    return {"python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__}
