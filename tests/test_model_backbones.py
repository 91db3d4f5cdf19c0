"""The backbones as data, the classifier built from them, and the weights it starts from."""

from collections import OrderedDict
from dataclasses import fields
from typing import get_args

import numpy as np
import pytest
import torch
from torchvision.models import get_model_weights

from vabal_core.config import Config
from vabal_core.model.backbones import BACKBONES, build_classifier, find_backbone, forward_with_taps
from vabal_core.model.input import measure_normalisation
from vabal_core.types import StudioError


def test_each_backbone_of_the_settings_has_a_record_and_no_other():
    choices = next(field.type for field in fields(Config) if field.name == "backbone")
    assert get_args(choices) == tuple(BACKBONES)


def test_an_unknown_backbone_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match="backbone 'vgg16' is unknown: choose one of resnet18, resnet34"):
        find_backbone("vgg16")


@pytest.mark.parametrize("name", BACKBONES)
def test_a_record_says_what_torchvision_says_of_its_weights(name):
    backbone = BACKBONES[name]
    transforms = backbone.weights.transforms()
    assert (list(backbone.mean), list(backbone.std)) == (transforms.mean, transforms.std)
    assert [backbone.input_size] == transforms.crop_size
    assert backbone.weights == get_model_weights(name).DEFAULT


@pytest.mark.parametrize("name", BACKBONES)
@torch.inference_mode()
def test_a_records_channels_are_those_of_its_networks_taps(name):
    network = build_classifier(Config(backbone=name), 2).eval()
    _, taps = forward_with_taps(network, torch.zeros(1, 3, 32, 32))
    assert taps.shape == (1, sum(BACKBONES[name].tap_channels)) == (1, sum(network.tap_channels))


@pytest.mark.parametrize(("stem", "first_side"), [("3x3", 64), ("7x7", 16)])
def test_the_stem_decides_how_much_resolution_the_stages_see(stem, first_side):
    network = build_classifier(Config(stem=stem), 3)
    sides = []
    network.layer1.register_forward_hook(lambda _m, inputs, _o: sides.append(inputs[0].shape[-1]))
    logits, taps = forward_with_taps(network.eval(), torch.zeros(2, 3, 64, 64))
    assert (sides, logits.shape, taps.shape) == ([first_side], (2, 3), (2, 960))


@torch.inference_mode()
def test_taps_are_the_stages_averages_and_logits_are_the_networks_own():
    network = build_classifier(Config(), 4).eval()
    outputs = []
    for stage in (network.layer1, network.layer2, network.layer3, network.layer4):
        stage.register_forward_hook(lambda _m, _i, output: outputs.append(output.mean((2, 3))))
    x = torch.rand(2, 3, 64, 64)
    logits, taps = forward_with_taps(network, x)
    torch.testing.assert_close(taps, torch.cat(outputs, 1))
    torch.testing.assert_close(logits, network(x))


def test_local_weights_are_loaded_but_for_the_last_layer_of_another_task(tmp_path):
    source = build_classifier(Config(), 7)
    torch.save(source.state_dict(), tmp_path / "weights.pt")
    network = build_classifier(Config(weights=str(tmp_path / "weights.pt")), 3)
    torch.testing.assert_close(network.layer3[0].conv1.weight, source.layer3[0].conv1.weight)
    assert network.fc.out_features == 3


@pytest.mark.parametrize("content", [b"", b"not a checkpoint"])
def test_unreadable_weights_are_refused_in_words(tmp_path, content):
    file = tmp_path / "weights.pt"
    file.write_bytes(content)
    with pytest.raises(StudioError, match="not a readable state dict"):
        build_classifier(Config(weights=str(file)), 3)
    with pytest.raises(StudioError, match="not a readable state dict"):
        build_classifier(Config(weights=str(tmp_path / "absent.pt")), 3)


def test_weights_of_another_network_are_refused_with_the_first_missing_tensor(tmp_path):
    torch.save({"conv1.weight": torch.zeros(1)}, tmp_path / "weights.pt")
    with pytest.raises(StudioError, match="first conv1.weight"):
        build_classifier(Config(weights=str(tmp_path / "weights.pt")), 3)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda state: {"state_dict": state, "epoch": 90, "optimizer": {"lr": 0.1}},
        lambda state: {"model": state, "args": {"lr": 0.1}},
        lambda state: OrderedDict((f"module.{name}", tensor) for name, tensor in state.items()),
        lambda state: {"state_dict": {f"module.{name}": tensor for name, tensor in state.items()}, "epoch": 90},
    ],
    ids=["state_dict", "model", "module.", "both"],
)
def test_weights_are_found_where_training_scripts_put_them(tmp_path, wrap):
    source = build_classifier(Config(), 7)
    torch.save(wrap(source.state_dict()), tmp_path / "weights.pt")
    network = build_classifier(Config(weights=str(tmp_path / "weights.pt")), 3)
    torch.testing.assert_close(network.layer3[0].conv1.weight, source.layer3[0].conv1.weight)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ([1, 2], "holds list, no tensors by name"),
        (torch.zeros(3), "holds Tensor, no tensors by name"),
        ({"epoch": 90, "layers": [1, 2]}, "holds a mapping of epoch, layers, no tensors by name"),
        ({"state_dict": {"epoch": 90}}, "holds a mapping of epoch, no tensors by name"),
    ],
)
def test_a_file_that_holds_no_tensors_by_name_is_refused_in_words(tmp_path, content, kind):
    torch.save(content, tmp_path / "weights.pt")
    with pytest.raises(StudioError, match=f"weights.pt: {kind}; save the network's state_dict"):
        build_classifier(Config(weights=str(tmp_path / "weights.pt")), 3)


@pytest.mark.parametrize("name", BACKBONES)
def test_imagenet_weights_are_the_file_of_the_backbone_in_all_but_the_last_layer(monkeypatch, name):
    """Nothing is downloaded here: whoever asks for the file's address gets a state dict of the right shapes instead."""
    published = BACKBONES[name].build().state_dict()
    addresses = []

    def download(url: str, **_: object) -> dict[str, torch.Tensor]:
        addresses.append(url)
        return published

    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", download)
    build_classifier(Config(backbone=name), 5)
    assert addresses == []  # none are fetched where none are asked for
    loaded = build_classifier(Config(backbone=name, weights="imagenet"), 5).state_dict()
    assert [address.rpartition("/")[2].partition("-")[0] for address in addresses] == [name]
    body = [tensor for tensor in published if not tensor.startswith("fc.")]
    assert all(torch.equal(loaded[tensor], published[tensor]) for tensor in body)
    assert loaded["fc.weight"].shape == (5, 512)


def test_pixels_are_normalised_as_the_weights_were_trained():
    pixels = np.zeros((2, 4, 4), np.uint8)
    normalisation = measure_normalisation(pixels, np.arange(2), Config(weights="imagenet"))
    assert (normalisation.mean, normalisation.std) == (BACKBONES["resnet18"].mean, BACKBONES["resnet18"].std)
