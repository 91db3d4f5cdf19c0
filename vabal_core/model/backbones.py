"""Backbones as data, and the classifier built from one: a ResNet whose four residual stages can be tapped."""

import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.models import ResNet18_Weights, ResNet34_Weights, WeightsEnum, resnet18, resnet34

from vabal_core.config import Config
from vabal_core.types import StudioError


@dataclass(frozen=True, kw_only=True)
class Backbone:
    """A network, and all that the rest of the code needs to know of it."""

    build: Callable[..., nn.Module]  # build(weights=...), with the names of a torchvision ResNet
    weights: WeightsEnum  # published: what `Config.weights` "imagenet" means
    licence: str  # of these weights
    input_size: int  # side in pixels of the images these weights were trained on
    mean: tuple[float, float, float]  # of their pixels in [0, 1], by channel: what they were normalised with
    std: tuple[float, float, float]
    tap_channels: tuple[int, ...]  # of each tapped stage's output


_IMAGENET: dict[str, Any] = {
    "licence": "BSD-3-Clause (torchvision); learned from ImageNet-1k, whose own terms speak of research",
    "input_size": 224,
    "mean": (0.485, 0.456, 0.406),
    "std": (0.229, 0.224, 0.225),
}
BACKBONES = {
    "resnet18": Backbone(
        build=resnet18, weights=ResNet18_Weights.DEFAULT, tap_channels=(64, 128, 256, 512), **_IMAGENET
    ),
    "resnet34": Backbone(
        build=resnet34, weights=ResNet34_Weights.DEFAULT, tap_channels=(64, 128, 256, 512), **_IMAGENET
    ),
}


def find_backbone(name: str) -> Backbone:
    """The record called `name`; ValueError names those there are."""
    if name not in BACKBONES:
        raise ValueError(f"backbone {name!r} is unknown: choose one of {', '.join(BACKBONES)}")
    return BACKBONES[name]


def build_classifier(config: Config, class_count: int) -> nn.Module:
    """The network of `config` with `class_count` outputs. Raises StudioError if its weights cannot be read."""
    backbone = find_backbone(config.backbone)
    network = _with_published(backbone) if config.weights == "imagenet" else backbone.build(weights=None)
    network.tap_channels = backbone.tap_channels  # for whoever reads its taps
    if config.stem == "3x3":  # for small images: keep every pixel, as in the paper
        network.conv1 = nn.Conv2d(3, 64, kernel_size=3, stride=1, padding=1, bias=False)
        nn.init.kaiming_normal_(network.conv1.weight, mode="fan_out", nonlinearity="relu")
        network.maxpool = nn.Identity()
    network.fc = nn.Linear(network.fc.in_features, class_count)
    if config.weights not in ("none", "imagenet"):
        _load_local(network, Path(config.weights))
    return network


def _with_published(backbone: Backbone) -> nn.Module:
    """The network with its published weights, downloaded the first time. RuntimeError is what torch raises where the
    bytes that came are not the file's."""
    try:
        return backbone.build(weights=backbone.weights)
    except (OSError, RuntimeError) as error:
        raise StudioError(
            f"the published weights could not be downloaded from {backbone.weights.url} ({error}); connect "
            "this machine to the internet, or give a file with weights=PATH"
        ) from error


def _load_local(network: nn.Module, path: Path) -> None:
    """Loads what fits; the last layer of another task (other class count) is left as initialised."""
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, ValueError, EOFError, pickle.UnpicklingError) as error:
        raise StudioError(f"weights {path}: not a readable state dict ({type(error).__name__}: {error})") from error
    state, own = _state_dict(content, path), network.state_dict()
    fitting = {k: v for k, v in state.items() if k in own and own[k].shape == v.shape}
    missing = [k for k in own if k not in fitting and not k.startswith("fc.")]
    if missing:
        raise StudioError(
            f"weights {path}: {len(missing)} of {len(own)} tensors are missing or of another shape, first {missing[0]}"
        )
    network.load_state_dict(fitting, strict=False)


def _state_dict(content: Any, path: Path) -> dict[str, Tensor]:
    """The tensors by name in what a weights file holds, also where a training script has wrapped them.

    As "state_dict" or "model" beside other things, or by DataParallel, which begins every name with "module.".
    """
    advice = "no tensors by name; save the network's state_dict() there"
    if not isinstance(content, Mapping):
        raise StudioError(f"weights {path}: holds {type(content).__name__}, {advice}")
    for key in ("state_dict", "model"):
        if isinstance(content.get(key), Mapping):
            content = content[key]
    if not all(isinstance(value, Tensor) for value in content.values()):
        raise StudioError(f"weights {path}: holds a mapping of {', '.join(map(str, content))}, {advice}")
    prefix = "module." if all(str(name).startswith("module.") for name in content) else ""
    return {str(name).removeprefix(prefix): tensor for name, tensor in content.items()}


def forward_with_taps(network: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    """x (N, 3, H, W) -> logits (N, C) and the global average of each stage's output, concatenated: (N, 960)."""
    x = network.maxpool(network.relu(network.bn1(network.conv1(x))))
    taps = []
    for stage in (network.layer1, network.layer2, network.layer3, network.layer4):
        x = stage(x)
        taps.append(x.mean(dim=(2, 3)))  # (N, channels of this stage)
    return network.fc(taps[-1]), torch.cat(taps, dim=1)
