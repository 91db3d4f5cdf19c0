"""Dropout in a network: where it is, that it is seeded, and that reading with it leaves the network as it was."""

from copy import deepcopy

import numpy as np
import pytest
import torch
from long_work import finish, result_of
from loop_tasks import CPU, KINDS, PIXELS, C

from vabal_core.config import Config
from vabal_core.model.classifier import train_classifier
from vabal_core.model.dropout import Dropout, dropouts, one_mask, seed_training
from vabal_core.model.dropout_passes import dropout_passes
from vabal_core.model.input import Normalisation
from vabal_core.model.network import build_classifier, residual_blocks
from vabal_core.runtime import seeded, torch_generator

GREY = Normalisation((0.5,) * 3, (0.25,) * 3)
CONFIG = Config(backbone="resnet18-quarter", image_size=32, epochs=1, batch_size=8, dropout=0.25)


def network(config=CONFIG):
    with seeded(0, "test"):
        return build_classifier(config, C)


def passes(model, rows, **changes):
    return dropout_passes(model, PIXELS, rows, GREY, CPU, **{"passes": 2, "seed": 0} | changes)


def train(model, seed=0):
    order = torch_generator(seed, "order")
    result_of(train_classifier(model, PIXELS[:24], KINDS[:24], CONFIG, GREY, order, CPU))
    return model


@pytest.mark.parametrize(("backbone", "blocks"), [("resnet18", 8), ("resnet34", 16), ("lite0", 16)])
def test_there_is_dropout_before_each_residual_block_and_no_name_of_the_state_dict_changes(backbone, blocks):
    config = Config(backbone=backbone, dropout=0.25)
    model = network(config)
    assert len(residual_blocks(model)) == len(dropouts(model)) == blocks
    assert model.state_dict().keys() == network(Config(backbone=backbone)).state_dict().keys()
    assert dropouts(network(Config(backbone=backbone))) == []


def test_what_a_block_reads_loses_the_rate_and_keeps_its_mean():
    dropout = Dropout(0.25)
    seed_training(dropout, torch_generator(0), CPU)
    dropped = dropout.train()(torch.ones(64, 8, 16, 16))
    assert sorted(dropped.unique().tolist()) == pytest.approx([0, 1 / 0.75])
    assert (dropped == 0).float().mean() == pytest.approx(0.25, abs=0.01)
    assert not torch.equal(dropped[0], dropped[1])  # in training each image has its own mask
    assert torch.equal(dropout.eval()(torch.ones(2, 3)), torch.ones(2, 3))


def test_within_a_pass_all_images_have_the_same_mask_and_after_it_none():
    dropout = Dropout(0.5).eval()
    with one_mask(dropout, torch_generator(1)):
        first, second = dropout(torch.ones(3, 40)), dropout(torch.ones(2, 40))
    assert torch.equal(first[0], first[2]) and torch.equal(first[:2], second)
    assert 0 < (first == 0).sum() < first.numel()
    assert torch.equal(dropout(torch.ones(2, 40)), torch.ones(2, 40))


def test_training_with_dropout_follows_its_generator_and_not_the_global_one():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first, second, other = train(network()), train(network()), train(network(), seed=1)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first.fc.weight, second.fc.weight) and not torch.equal(first.fc.weight, other.fc.weight)


def test_a_network_with_dropout_sees_the_same_batches_as_one_without_and_each_dropout_masks_of_its_own():
    order = torch_generator(3, "order")
    before, model = order.get_state(), network()
    seed_training(model, order, CPU)
    assert torch.equal(order.get_state(), before)
    assert len({dropout.generator.initial_seed() for dropout in dropouts(model)}) == 8


def test_passes_leave_the_network_and_its_running_statistics_as_they_were():
    model = train(network())
    before = deepcopy(model.state_dict())
    result_of(passes(model, np.arange(60)))
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert not model.training


def test_the_answer_of_an_image_does_not_depend_on_its_batch(monkeypatch):
    model = train(network())
    whole = result_of(passes(model, np.arange(60), passes=3))
    alone = result_of(passes(model, np.array([7]), passes=3))
    np.testing.assert_allclose(alone.probabilities[0], whole.probabilities[7], rtol=1e-4)
    monkeypatch.setattr("vabal_core.model.classifier.INFERENCE_BATCH", 7)
    small, events = finish(passes(model, np.arange(60), passes=3))
    np.testing.assert_allclose(small.probabilities, whole.probabilities, rtol=1e-4)
    np.testing.assert_allclose(small.entropy, whole.entropy, rtol=1e-4)
    assert (len(events), events[-1].done, events[-1].total) == (27, 180, 180)


def test_each_pass_has_masks_of_its_own_and_the_seed_decides_which():
    model = train(network())
    single, three, other = (
        result_of(passes(model, np.arange(9), passes=count, seed=seed)) for count, seed in ((1, 0), (3, 0), (1, 1))
    )
    assert not np.allclose(single.probabilities, three.probabilities, rtol=1e-3)
    assert not np.allclose(single.probabilities, other.probabilities, rtol=1e-3)
    np.testing.assert_array_equal(single.probabilities, result_of(passes(model, np.arange(9), passes=1)).probabilities)


def test_passes_can_be_stopped_between_two_batches_and_leave_no_mask_behind():
    model = train(network())
    work = passes(model, np.arange(60))
    next(work)
    work.close()
    assert all(dropout.shared is None and dropout.mask is None for dropout in dropouts(model))
