"""What members of a committee say, summed one after the other, and dropout masks on a linear layer."""

import numpy as np
import pytest
from long_work import finish, result_of
from scipy.special import entr, softmax

from vabal_core.model import linear_dropout
from vabal_core.model.committee import Tally
from vabal_core.model.linear_dropout import LinearLayer, own_masks, shared_masks

RNG = np.random.default_rng(0)
FEATURES = RNG.normal(size=(11, 6)).astype(np.float32)
WEIGHT, BIAS = RNG.normal(size=(3, 6)).astype(np.float32), RNG.normal(size=3).astype(np.float32)
LAYER = LinearLayer(weight=WEIGHT, bias=BIAS, probabilities=lambda logits: softmax(logits.astype(float), axis=1))
ROWS = np.array([8, 1, 2, 9, 4])


def test_the_tally_is_the_mean_over_members_of_what_each_says():
    tally = Tally(2, 3)
    tally.add(slice(0, 2), np.array([[1.0, 0, 0], [0.5, 0.5, 0]]))
    tally.add(slice(0, 1), np.array([[0, 1.0, 0]]))
    tally.add(slice(1, 2), np.array([[0.25, 0.25, 0.5]]))
    committee = tally.committee(2)
    np.testing.assert_allclose(committee.probabilities, [[0.5, 0.5, 0], [0.375, 0.375, 0.25]])
    np.testing.assert_allclose(committee.entropy, [0, (np.log(2) + 1.5 * np.log(2)) / 2])
    np.testing.assert_allclose(committee.votes, [[0.5, 0.5, 0], [0.5, 0, 0.5]])


def test_a_member_that_diverged_is_refused():
    with pytest.raises(FloatingPointError, match="not finite"):
        Tally(1, 2).add(slice(0, 1), np.array([[np.nan, 1.0]]))


def test_masks_shared_by_all_images_are_masks_on_the_features(monkeypatch):
    """The plain loop: drop features of every image by the same mask, then the layer."""
    monkeypatch.setattr(linear_dropout, "IMAGES", 2)
    monkeypatch.setattr(linear_dropout, "COLUMNS", 7)  # two masks of three classes at once
    masks = np.random.default_rng(5).random((9, 6), np.float32) >= 0.25
    members = np.array([softmax((FEATURES[ROWS] * mask / 0.75) @ WEIGHT.T + BIAS, axis=1) for mask in masks])
    committee, events = finish(shared_masks(LAYER, FEATURES, ROWS, 0.25, 9, np.random.default_rng(5)))
    np.testing.assert_allclose(committee.probabilities, members.mean(0), rtol=1e-5)
    np.testing.assert_allclose(committee.entropy, entr(members).sum(2).mean(0), rtol=1e-5)
    np.testing.assert_allclose(committee.votes, np.eye(3)[members.argmax(2)].mean(0))
    assert [event.done for event in events] == [2, 4, 5]


def test_masks_of_each_image_s_own_differ_between_images_and_drop_the_share_that_is_asked_for():
    alike = np.ones((4000, 1), np.float32)
    layer = LinearLayer(
        weight=np.array([[1.0], [0.0]], np.float32),
        bias=np.array([0, 2.0], np.float32),
        probabilities=LAYER.probabilities,
    )
    committee = result_of(own_masks(layer, alike, np.arange(4000), 0.75, 1, np.random.default_rng(0)))
    kept = committee.votes[:, 0]  # what is kept counts 1 / (1 - 0.75) = 4 > 2, what is dropped 0 < 2
    assert kept.mean() == pytest.approx(0.25, abs=0.03)
    np.testing.assert_allclose(committee.probabilities[kept == 1, 0], 1 / (1 + np.exp(-2)))


def test_a_rate_of_zero_is_the_layer_itself():
    plain = softmax(FEATURES[ROWS] @ WEIGHT.T + BIAS, axis=1)
    for masks in (shared_masks, own_masks):
        committee = result_of(masks(LAYER, FEATURES, ROWS, 0.0, 2, np.random.default_rng(0)))
        np.testing.assert_allclose(committee.probabilities, plain, rtol=1e-6)
