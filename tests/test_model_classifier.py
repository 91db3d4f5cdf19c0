"""The classifier and its training on tiny images."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from long_work import finish
from torch import nn

from vabal_core.config import Config, thorough
from vabal_core.model.classifier import (
    batches,
    class_weights,
    extract,
    memory_format,
    rate_factor,
    train_classifier,
)
from vabal_core.model.input import SHIFT, Normalisation, augment, measure_normalisation, to_input
from vabal_core.model.network import build_classifier, forward_with_features
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
    return trained_on(*two_kinds(), Config(epochs=epochs, batch_size=8, learning_rate=0.005))


def trained_on(pixels: np.ndarray, labels: np.ndarray, config: Config, class_count: int = 2):
    normalisation = measure_normalisation(pixels, np.arange(len(pixels)), config)
    with seeded(0, "network"):
        network = build_classifier(config, class_count)
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


def test_each_class_that_has_labels_weighs_the_same_in_all_and_a_label_one_on_the_mean():
    weights = class_weights(torch.tensor([0, 0, 0, 1, 3, 3]), 4)  # 6 labels of 3 classes: 2 a class
    torch.testing.assert_close(weights, torch.tensor([2 / 3, 2.0, 0.0, 1.0]))
    torch.testing.assert_close(class_weights(torch.tensor([1, 1]), 2), torch.tensor([0.0, 1.0]))


def test_a_class_balanced_loss_finds_a_rare_class_that_a_plain_one_does_not():
    """A quarter of the bright images is of the rare class, and nothing else tells them from the others."""
    bright = np.arange(64) % 4 == 0
    labels = (np.arange(64) % 16 == 0).astype(int)
    pixels = np.broadcast_to(np.where(bright, 180, 60)[:, None, None], (64, 16, 16)).astype(np.uint8)
    called_rare = {}
    for class_balance in (False, True):
        config = Config(epochs=12, batch_size=16, learning_rate=0.005, class_balance=class_balance)
        network, normalisation, _, _ = trained_on(pixels, labels, config)
        (logits, _), _ = finish(extract(network, pixels, normalisation, CPU))
        called_rare[class_balance] = logits.argmax(1) == 1
    assert not called_rare[False].any()
    np.testing.assert_array_equal(called_rare[True], bright)  # weights 32/60 and 32/4: 32 of rare, 6.4 of the other


TUNED = thorough(image_size=32, epochs=6, batch_size=4)
LAST_STAGE = ("blocks.5.", "blocks.6.", "conv_head.", "bn2.", "classifier.")  # of EfficientNet-Lite0


def state_of(network: nn.Module) -> dict[str, torch.Tensor]:
    """A copy of the parameters and the running statistics, without the counts of batches."""
    state = network.state_dict().items()
    return {name: tensor.clone() for name, tensor in state if tensor.is_floating_point()}


def test_fine_tuning_trains_the_last_stage_alone_for_a_third_of_the_epochs_and_then_all():
    pixels, labels = two_kinds(9)  # batches of 4 and 5: the last image alone would have no batch norm
    network = build_classifier(TUNED, 3)  # one class has no label
    states = [state_of(network)]
    work = train_classifier(network, pixels, labels, TUNED, PLAIN, torch_generator(0, "order"), CPU)
    states += [state_of(network) for event in work if "loss" in event.metrics]
    assert len(states) == 7
    for epoch, (before, after) in enumerate(pairwise(states), start=1):
        changed = {name for name in before if not torch.equal(before[name], after[name])}
        if epoch <= 2:  # the statistics that all layers normalise by follow the images
            assert changed == {name for name in before if name.startswith(LAST_STAGE) or "running" in name}
        else:
            assert changed == set(before)


def test_a_network_from_scratch_trains_all_its_layers_from_the_first_epoch():
    pixels, labels = two_kinds(8)
    config = Config(epochs=3, batch_size=8)
    network = build_classifier(config, 2)
    before = state_of(network)
    next(train_classifier(network, pixels, labels, config, PLAIN, torch_generator(0, "order"), CPU))
    assert not any(torch.equal(before[name], tensor) for name, tensor in state_of(network).items())


def test_fine_tuning_learns_where_a_class_has_no_label_and_the_same_seed_gives_the_same_network():
    pixels, labels = two_kinds()
    config = replace(TUNED, epochs=8, batch_size=8)
    (first, normalisation, _, losses), (second, _, _, _) = (trained_on(pixels, labels, config, 3) for _ in range(2))
    assert all(torch.equal(first.state_dict()[name], tensor) for name, tensor in second.state_dict().items())
    (logits, rows), _ = finish(extract(first, pixels, normalisation, CPU))
    assert losses[-1] < losses[0] / 2
    assert not (logits.argmax(1) == 2).any()
    assert rows.shape == (len(pixels), sum(first.backbone.row_channels))


def test_each_network_is_laid_out_in_memory_as_its_record_says_and_gives_the_same_either_way():
    pixels, _ = two_kinds(6)
    lite, resnet = build_classifier(TUNED, 2), build_classifier(Config(), 2)
    assert memory_format(CPU, lite) == torch.channels_last
    assert memory_format(CPU, resnet) == torch.contiguous_format
    (logits, rows), _ = finish(extract(lite, pixels, PLAIN, CPU))
    assert lite.conv_stem.weight.is_contiguous(memory_format=torch.channels_last)
    with torch.inference_mode():
        lite.to(memory_format=torch.contiguous_format)
        expected_logits, expected_rows = forward_with_features(lite, to_input(torch.tensor(pixels), PLAIN))
    np.testing.assert_allclose(logits, expected_logits, atol=1e-4)
    np.testing.assert_allclose(rows, expected_rows, atol=1e-4)
