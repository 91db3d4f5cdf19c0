"""A backbone with a last layer of one output a class: built from settings, and read."""

from pathlib import Path

import torch
from torch import Tensor, nn

from vabal_core.config import Config
from vabal_core.model.backbones import Backbone, find_backbone
from vabal_core.model.dropout import add_dropout
from vabal_core.model.loss_prediction import LossPrediction
from vabal_core.model.weights import load_into, read_state_dict


def build_classifier(config: Config, class_count: int) -> nn.Module:
    """The network of `config` with `class_count` outputs. Raises StudioError if its weights cannot be read."""
    backbone = find_backbone(config.backbone)
    network = backbone.build()
    network.backbone = backbone  # for whoever reads its stages
    if config.weights == "imagenet":
        load_into(network, backbone.published(), backbone.origin, backbone.last_layer)
    if config.stem == "3x3":
        _use_small_stem(network, config.backbone)
    _replace_last_layer(network, class_count)
    if config.weights not in ("none", "imagenet"):
        load_into(network, read_state_dict(Path(config.weights)), config.weights, backbone.last_layer)
    if config.dropout:
        add_dropout(network, residual_blocks(network), config.dropout)
    if config.learning_loss:
        network.loss_prediction = LossPrediction(backbone.tap_channels)
    return network


def _use_small_stem(network: nn.Module, name: str) -> None:
    """For small images: keep every pixel, as in the paper."""
    if not network.backbone.small_stem:
        raise ValueError(f"stem='3x3': backbone {name} has its own; choose 7x7 with it")
    network.conv1 = nn.Conv2d(3, network.conv1.out_channels, kernel_size=3, stride=1, padding=1, bias=False)
    nn.init.kaiming_normal_(network.conv1.weight, mode="fan_out", nonlinearity="relu")
    network.maxpool = nn.Identity()


def _replace_last_layer(network: nn.Module, class_count: int) -> None:
    parent, _, name = network.backbone.last_layer.rpartition(".")
    setattr(network.get_submodule(parent), name, nn.Linear(last_layer(network).in_features, class_count))


def residual_blocks(network: nn.Module) -> list[nn.Module]:
    """The blocks of every stage, in order; a stage that is no sequence of blocks is one."""
    stages = [network.get_submodule(name) for name in network.backbone.stage_names]
    return [block for stage in stages for block in (stage if isinstance(stage, nn.Sequential) else [stage])]


def last_layer(network: nn.Module) -> nn.Linear:
    """The layer whose outputs are the logits."""
    return network.get_submodule(network.backbone.last_layer)


def forward_with_features(network: nn.Module, x: Tensor) -> tuple[Tensor, Tensor]:
    """x (N, 3, H, W) -> logits (N, C), and the row of features of each image (N, F).

    The row holds the average of each tapped stage's output, then what the last layer reads (`Backbone.row_channels`).
    """
    backbone: Backbone = network.backbone
    outputs, last = backbone.stages(network, x)
    blocks = [output.mean(dim=(2, 3)) for output in outputs]  # each (N, channels of this stage)
    if backbone.last_channels:
        blocks.append(last)
    return last_layer(network)(last), torch.cat(blocks, dim=1)


def last_stage(network: nn.Module) -> list[nn.Parameter]:
    """The parameters that come after the last tap but one: the last stage and the last layer."""
    names, parameters = zip(*network.named_parameters(), strict=True)
    before = [index for index, name in enumerate(names) if name.startswith(f"{network.backbone.third_tap}.")]
    return list(parameters[before[-1] + 1 :])
