"""The classifier: a ResNet whose four residual stages can be tapped."""

import pickle
from pathlib import Path

import torch
import torchvision
from torch import Tensor, nn

from vabal_core.config import Config
from vabal_core.types import StudioError

TAP_CHANNELS = (64, 128, 256, 512)

_BUILDERS = {
    "resnet18": (torchvision.models.resnet18, torchvision.models.ResNet18_Weights),
    "resnet34": (torchvision.models.resnet34, torchvision.models.ResNet34_Weights),
}


def build_classifier(config: Config, class_count: int) -> nn.Module:
    """The network of `config` with `class_count` outputs. Raises StudioError if its weights cannot be read."""
    build, published = _BUILDERS[config.backbone]
    network = build(weights=published.DEFAULT if config.weights == "imagenet" else None)
    if config.stem == "3x3":  # for small images: keep every pixel, as in the paper
        network.conv1 = nn.Conv2d(3, 64, kernel_size=3, stride=1, padding=1, bias=False)
        nn.init.kaiming_normal_(network.conv1.weight, mode="fan_out", nonlinearity="relu")
        network.maxpool = nn.Identity()
    network.fc = nn.Linear(network.fc.in_features, class_count)
    if config.weights not in ("none", "imagenet"):
        _load_local(network, Path(config.weights))
    return network


def _load_local(network: nn.Module, path: Path) -> None:
    """Loads what fits; the last layer of another task (other class count) is left as initialised."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, ValueError, EOFError, pickle.UnpicklingError) as error:
        raise StudioError(f"weights {path}: not a readable state dict ({type(error).__name__}: {error})") from error
    own = network.state_dict()
    fitting = {k: v for k, v in state.items() if k in own and own[k].shape == v.shape}
    missing = [k for k in own if k not in fitting and not k.startswith("fc.")]
    if missing:
        raise StudioError(
            f"weights {path}: {len(missing)} of {len(own)} tensors are missing or of another shape, first {missing[0]}"
        )
    network.load_state_dict(fitting, strict=False)


def forward_with_taps(network: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    """x (N, 3, H, W) -> logits (N, C) and the global average of each stage's output, concatenated: (N, 960)."""
    x = network.maxpool(network.relu(network.bn1(network.conv1(x))))
    taps = []
    for stage in (network.layer1, network.layer2, network.layer3, network.layer4):
        x = stage(x)
        taps.append(x.mean(dim=(2, 3)))  # (N, channels of this stage)
    return network.fc(taps[-1]), torch.cat(taps, dim=1)
