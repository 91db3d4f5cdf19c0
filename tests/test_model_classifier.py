"""The classifier and its training on tiny images."""

import numpy as np
import pytest
import torch
from image_files import finish
from torch import nn

from vabal_core.config import Config
from vabal_core.model.backbones import build_classifier, forward_with_taps
from vabal_core.model.classifier import batches, extract, rate_factor, train_classifier
from vabal_core.model.input import SHIFT, Normalisation, augment, measure_normalisation, to_input
from vabal_core.model.vae import vae_epochs
from vabal_core.runtime import seeded, torch_generator
from vabal_core.types import StudioError

CPU = torch.device("cpu")
PLAIN = Normalisation((0.0,) * 3, (1.0,) * 3)


@pytest.mark.parametrize(("stem", "first_side"), [("3x3", 64), ("7x7", 16)])
def test_the_stem_decides_how_much_resolution_the_stages_see(stem, first_side):
    network = build_classifier(Config(stem=stem), 3)
    seen = []
    network.layer1.register_forward_hook(lambda _m, inputs, _o: seen.append(inputs[0].shape[-1]))
    logits, taps = forward_with_taps(network.eval(), torch.zeros(2, 3, 64, 64))
    assert (seen, logits.shape, taps.shape) == ([first_side], (2, 3), (2, 960))


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


def test_imagenet_weights_come_from_torchvisions_own_loader(monkeypatch):
    """Nothing is downloaded here: the loader is handed a state dict of the right shape instead."""
    from torchvision.models import ResNet18_Weights, resnet18

    published = resnet18().state_dict()
    asked = []
    monkeypatch.setattr(ResNet18_Weights, "get_state_dict", lambda self, **_: asked.append(self) or published)
    network = build_classifier(Config(weights="imagenet"), 5)
    assert asked == [ResNet18_Weights.DEFAULT]
    torch.testing.assert_close(network.layer1[0].conv1.weight, published["layer1.0.conv1.weight"])
    assert network.fc.out_features == 5


def test_grey_pixels_fill_three_channels_and_colour_keeps_its_order():
    grey = torch.full((1, 2, 2), 51, dtype=torch.uint8)
    assert to_input(grey, PLAIN).shape == (1, 3, 2, 2)
    assert float(to_input(grey, PLAIN).mean()) == pytest.approx(0.2)
    colour = torch.zeros((1, 2, 2, 3), dtype=torch.uint8)
    colour[..., 2] = 255
    assert to_input(colour, PLAIN)[0, :, 0, 0].tolist() == [0, 0, 1]


@pytest.mark.parametrize("shape", [(5, 4, 4), (5, 4, 4, 3)])
def test_normalised_pixels_have_mean_zero_and_deviation_one(shape):
    pixels = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    x = to_input(torch.tensor(pixels), measure_normalisation(pixels, np.arange(5), Config()))
    torch.testing.assert_close(x.mean((0, 2, 3)), torch.zeros(3), atol=1e-5, rtol=0)
    torch.testing.assert_close(x.std((0, 2, 3), correction=0), torch.ones(3), atol=1e-4, rtol=0)


def test_a_pool_of_one_flat_grey_has_a_normalisation():
    pixels = np.full((3, 4, 4), 7, np.uint8)
    assert torch.isfinite(to_input(torch.tensor(pixels), measure_normalisation(pixels, np.arange(3), Config()))).all()


def test_augmentation_equals_a_loop_of_crops_and_flips():
    x = torch.rand(6, 3, 12, 12)
    fast = augment(x, torch.Generator().manual_seed(4))
    generator = torch.Generator().manual_seed(4)
    flips = torch.rand(6, 2, generator=generator) < 0.5
    shift = torch.randint(0, 2 * SHIFT + 1, (6, 2), generator=generator)
    for i in range(6):
        image = x[i].flip(2) if flips[i, 0] else x[i]
        image = image.flip(1) if flips[i, 1] else image
        padded = nn.functional.pad(image, (SHIFT,) * 4, mode="reflect")
        row, column = shift[i].tolist()
        torch.testing.assert_close(fast[i], padded[:, row : row + 12, column : column + 12])


def test_no_batch_holds_a_single_image():
    assert [len(b) for b in batches(torch.arange(9), 4)] == [4, 5]
    assert [len(b) for b in batches(torch.arange(8), 4)] == [4, 4]
    assert torch.cat(batches(torch.arange(9), 4)).tolist() == list(range(9))


def test_the_step_schedule_drops_to_a_tenth_after_the_drop_epoch():
    config = Config(schedule="step", drop_epoch=3, epochs=5)
    assert [rate_factor(config, step, 2) for step in range(10)] == [1.0] * 6 + [0.1] * 4


def test_the_one_cycle_schedule_rises_to_one_and_ends_near_zero():
    config = Config(schedule="one_cycle", epochs=10)
    factors = [rate_factor(config, step, 10) for step in range(100)]
    assert max(factors) == pytest.approx(1.0)
    assert factors[0] < 0.1 and factors[-1] < 0.01
    assert np.argmax(factors) in (14, 15)


def test_the_vae_takes_at_least_the_steps_asked_for():
    config = Config(vae_epochs=20, vae_batch_size=128, vae_least_steps=3000)
    assert vae_epochs(3370, config) == 112  # 27 steps an epoch
    assert vae_epochs(1_000_000, config) == 20


def two_kinds(n: int = 24) -> tuple[np.ndarray, np.ndarray]:
    """Dark and bright noise: what any classifier learns at once."""
    labels = np.arange(n) % 2
    noise = np.random.default_rng(0).integers(0, 60, (n, 32, 32))
    return (noise + 180 * labels[:, None, None]).astype(np.uint8), labels


def trained(epochs: int = 4):
    pixels, labels = two_kinds()
    config = Config(epochs=epochs, batch_size=8, learning_rate=0.005)
    normalisation = measure_normalisation(pixels, np.arange(len(pixels)), config)
    with seeded(0, "network"):
        network = build_classifier(config, 2)
    losses, events = finish(
        train_classifier(network, pixels, labels, config, normalisation, torch_generator(0, "order"), CPU)
    )
    return network, normalisation, events, losses


def test_training_learns_and_reports_a_loss_an_epoch():
    network, normalisation, events, losses = trained(12)
    pixels, labels = two_kinds()
    (logits, taps), _ = finish(extract(network, pixels, normalisation, CPU))
    assert (logits.argmax(1) == labels).all()
    assert [e.epoch for e in events if "loss" in e.metrics] == list(range(1, 13))
    assert losses[-1] < losses[0]
    assert (events[-1].done, events[-1].total) == (36, 36)
    assert taps.shape == (24, 960)


def test_the_same_seed_trains_the_same_network_and_leaves_the_global_generator_alone():
    torch.manual_seed(123)
    before = torch.random.get_rng_state()
    one, other = trained(1)[0], trained(1)[0]
    assert all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True))
    assert torch.equal(torch.random.get_rng_state(), before)


def test_a_loss_that_explodes_is_said_in_words():
    pixels, labels = two_kinds()
    config = Config(epochs=3, batch_size=8, learning_rate=1e30, optimiser="sgd")
    work = train_classifier(build_classifier(config, 2), pixels, labels, config, PLAIN, torch_generator(0, "o"), CPU)
    with pytest.raises(FloatingPointError, match="lower the learning rate"):
        finish(work)
