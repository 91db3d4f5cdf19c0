"""neu-crops-64 as a frozen network sees it, and heads fitted to a few of its labels."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from common.neu_classifier import make_task
from common.neu_crops import drain, examined
from vabal_core.config import Config
from vabal_core.loop.features import read_features
from vabal_core.loop.files import ImageFiles
from vabal_core.loop.fitted import Fitted, Inputs
from vabal_core.loop.frozen import fit_frozen
from vabal_core.types import UNLABELLED

CPU = torch.device("cpu")


@dataclass(frozen=True, kw_only=True)
class FrozenImages:
    """Features (N, F) float32, true classes (N,) and the evaluation mask (N,)."""

    features: np.ndarray
    truth: np.ndarray
    evaluation: np.ndarray


def read_frozen(folder: Path, config: Config, every: int = 1) -> FrozenImages:
    """Every so-manieth image, read by the network of `config`."""
    crops = examined(folder, every)
    files, fingerprints = tuple(crops.files), tuple(crops.fingerprints)
    images = ImageFiles(files=files, fingerprints=fingerprints, cache=folder / "pixels", features=folder / "features")
    features, readable = drain(read_features(images, config, CPU))
    assert readable.all()
    return FrozenImages(features=features[:], truth=crops.labels, evaluation=crops.evaluation)


def head_on(images: FrozenImages, labels: int, seed: int, config: Config) -> Fitted:
    """A head on so many random labels; those of a smaller number are among them."""
    task = make_task(images.truth, images.evaluation, labels, seed=seed, config=config, measured=False)
    drawn = np.random.default_rng(seed).permutation(np.flatnonzero(~images.evaluation))[:labels]
    given = np.full(len(images.truth), UNLABELLED)
    given[drawn] = images.truth[drawn]
    inputs = Inputs(features=images.features, readable=np.ones(len(given), bool))
    return drain(fit_frozen(replace(task, labels=given), inputs, device=CPU))
