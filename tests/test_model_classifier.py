"""The classifier and its training on tiny images."""

import numpy as np
import pytest
import torch
from long_work import finish
from torch import nn

from vabal_core.config import Config
from vabal_core.model.classifier import batches, extract, rate_factor, train_classifier
from vabal_core.model.input import SHIFT, Normalisation, augment, measure_normalisation, to_input
from vabal_core.model.network import build_classifier
from vabal_core.runtime import seeded, torch_generator

CPU = torch.device("cpu")
PLAIN = Normalisation((0.0,) * 3, (1.0,) * 3)


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


@pytest.mark.parametrize("kind", ["both", "horizontal"])
def test_augmentation_equals_a_loop_of_crops_and_flips(kind):
    x = torch.rand(6, 3, 12, 12)
    fast = augment(x, torch.Generator().manual_seed(4), kind)
    generator = torch.Generator().manual_seed(4)
    flips = torch.rand(6, 2, generator=generator) < 0.5
    shift = torch.randint(0, 2 * SHIFT + 1, (6, 2), generator=generator)
    for i in range(6):
        image = x[i].flip(2) if flips[i, 0] else x[i]
        image = image.flip(1) if flips[i, 1] and kind == "both" else image
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
    first, second = (trained(1)[0].state_dict() for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first | second)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_a_loss_that_explodes_is_said_in_words():
    pixels, labels = two_kinds()
    config = Config(epochs=3, batch_size=8, learning_rate=1e30, optimiser="sgd")
    work = train_classifier(build_classifier(config, 2), pixels, labels, config, PLAIN, torch_generator(0, "o"), CPU)
    with pytest.raises(FloatingPointError, match="lower the learning rate"):
        finish(work)
