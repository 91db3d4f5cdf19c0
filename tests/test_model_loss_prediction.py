"""Predicting losses: the pairs by hand, what is learned, and how a network learns together with it."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from long_work import finish, result_of
from loop_tasks import CPU, KINDS, PIXELS, SMALL, C

from vabal_core.model import classifier
from vabal_core.model.classifier import train_classifier
from vabal_core.model.input import Normalisation
from vabal_core.model.loss_prediction import LossPrediction, pair_loss, predict_losses, train_loss_prediction
from vabal_core.model.network import build_classifier
from vabal_core.runtime import seeded, torch_generator

GREY = Normalisation((0.5,) * 3, (0.25,) * 3)
JOINT = replace(SMALL, backbone="resnet18-quarter", epochs=1, learning_loss=1.0)
RNG = np.random.default_rng(0)
FEATURES = RNG.normal(size=(80, 6)).astype(np.float32)


def module(blocks=(2, 4)):
    with seeded(0, "test"):
        return LossPrediction(blocks)


def trained(features, losses, seed=0):
    prediction = module()
    result_of(train_loss_prediction(prediction, features, losses, torch_generator(seed), CPU))
    return prediction


def predicted(prediction, rows=None):
    return result_of(predict_losses(prediction, FEATURES, np.arange(80) if rows is None else rows, CPU))


def test_a_pair_loses_what_its_order_lacks_of_the_margin():
    predicted, losses = torch.tensor([0.3, 2.0, 0.1, 0.0]), torch.tensor([1.0, 3.0, 0.5, 9.0])
    # Images 0 and 2 are a pair in the right order, 0.2 apart: 0.8. Images 1 and 3 stand 2 apart the wrong way: 3.
    assert float(pair_loss(predicted, losses)) == pytest.approx((0.8 + 3) / 2)
    assert float(pair_loss(torch.tensor([2.0, 0.5]), torch.tensor([1.0, 0.0]))) == 0


def test_an_odd_image_is_left_out_and_equal_losses_teach_nothing():
    losses = torch.tensor([1.0, 0.0, 7.0])
    assert float(pair_loss(torch.tensor([0.0, 0.0, 5.0]), losses)) == 1
    predicted = torch.tensor([0.4, 0.1], requires_grad=True)
    pair_loss(predicted, torch.tensor([2.0, 2.0])).backward()
    assert not predicted.grad.any()


def test_each_block_has_a_layer_of_its_own_before_they_meet():
    prediction = module()
    assert [tuple(layer.weight.shape) for layer in prediction.layers] == [(128, 2), (128, 4)]
    x = torch.from_numpy(FEATURES)
    joined = torch.cat(
        [layer(part).relu() for layer, part in zip(prediction.layers, x.split([2, 4], 1), strict=True)], 1
    )
    torch.testing.assert_close(prediction(x), prediction.last(joined)[:, 0])


def test_it_learns_which_images_are_lost_on():
    losses = np.exp(FEATURES[:, 0] - FEATURES[:, 3]).astype(np.float64)
    prediction = trained(FEATURES[:40], losses[:40])
    assert np.corrcoef(np.argsort(np.argsort(losses[40:])), predicted(prediction, np.arange(40, 80)))[0, 1] > 0.8


def test_the_same_seed_gives_the_same_predictions_and_the_global_generator_stays_as_it_is():
    torch.manual_seed(4)
    before, losses = torch.get_rng_state(), FEATURES[:, 0].astype(np.float64)
    first, second, other = (predicted(trained(FEATURES, losses, seed)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other) and torch.equal(torch.get_rng_state(), before)


def test_two_labels_are_enough():
    prediction = trained(FEATURES[:2], np.array([0.1, 2.0]))
    low, high = predicted(prediction)[:2]
    assert high > low


def test_features_that_are_no_numbers_are_refused():
    with pytest.raises(FloatingPointError, match="loss prediction is nan"):
        trained(np.full((4, 6), np.nan, np.float32), np.arange(4.0))


def test_training_can_be_stopped_between_two_steps():
    work = train_loss_prediction(module(), FEATURES, FEATURES[:, 0].astype(np.float64), torch_generator(0), CPU)
    next(work)
    work.close()
    _, events = finish(predict_losses(module(), FEATURES, np.arange(80), CPU))
    assert (events[-1].done, events[-1].total) == (80, 80)


def network(config):
    with seeded(0, "classifier"):
        model = build_classifier(config, C)
    result_of(train_classifier(model, PIXELS[:24], KINDS[:24], config, GREY, torch_generator(0), CPU))
    return model


def test_a_network_learns_together_with_its_predicted_losses_at_first_and_without_them_later(monkeypatch):
    alone, beside = network(replace(JOINT, learning_loss=0.0)), network(JOINT)  # its one epoch is after 0.6 of them
    assert torch.equal(alone.fc.weight, beside.fc.weight)
    assert torch.equal(alone.conv1.weight, beside.conv1.weight)
    with seeded(0, "classifier"):
        before = build_classifier(JOINT, C)
    assert not torch.equal(before.loss_prediction.last.weight, beside.loss_prediction.last.weight)
    monkeypatch.setattr(classifier, "JOINT_SHARE", 1.0)
    assert not torch.equal(alone.conv1.weight, network(JOINT).conv1.weight)
