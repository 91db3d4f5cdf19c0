"""VAAL: its losses by hand, what it learns, and that it keeps to its seed."""

from math import log

import numpy as np
import pytest
import torch
from long_work import finish, result_of
from torch import nn

from vabal_core.model import vaal
from vabal_core.model.vaal import (
    auto_encoder_loss,
    build_discriminator,
    discriminator_loss,
    feature_auto_encoder,
    pixel_auto_encoder,
    probability_of_labelled,
    shrink,
    train_vaal,
)
from vabal_core.runtime import seeded, torch_generator

F = 12
RNG = np.random.default_rng(0)
# Labelled images are of one kind, unlabelled ones of that kind and of another.
FAMILIAR = np.arange(120) < 80
VALUES = (RNG.normal(size=(120, F)) + np.where(FAMILIAR, 0, 3)[:, np.newaxis] * (np.arange(F) < 6)).astype(np.float32)
LABELLED, UNLABELLED = np.arange(40), np.arange(40, 120)


def read(rows):
    return torch.from_numpy(VALUES[rows])


def networks():
    with seeded(0, "test"):
        return feature_auto_encoder(F), build_discriminator()


def train(steps, seed=0):
    pair = networks()
    result_of(train_vaal(*pair, read, LABELLED, UNLABELLED, torch_generator(seed), steps=steps))
    return pair


def judged(pair, rows):
    return result_of(probability_of_labelled(*pair, read, rows))


class Stub(nn.Module):
    """An auto-encoder whose latent mean is 1, whose log variance is 0, and which decodes to 2."""

    def encode(self, x):
        return torch.ones(len(x), 2), torch.zeros(len(x), 2)

    def decoder(self, z):
        return torch.full((len(z), 4), 2.0)


def test_the_loss_of_the_auto_encoder_is_the_elbo_and_what_fooling_costs():
    half = nn.Linear(2, 1)
    nn.init.zeros_(half.weight), nn.init.zeros_(half.bias)  # takes every image for labelled with probability 1/2
    x = torch.tensor([[2.0, 2, 2, 2], [0, 2, 2, 2]])
    # Halved squared errors 0 and 2; KL of mean 1 and variance 1 in two dimensions: 1.
    expected = ((0 + 1) + (2 + 1)) / 2 + log(2)
    assert float(auto_encoder_loss(Stub(), half, x, torch.zeros(2, 2)).detach()) == pytest.approx(expected)


def test_the_discriminator_tells_the_first_half_from_the_second():
    line = nn.Linear(1, 1)
    nn.init.ones_(line.weight), nn.init.zeros_(line.bias)
    loss = float(discriminator_loss(line, torch.tensor([[2.0], [-1.0]])).detach())
    assert loss == pytest.approx((np.log1p(np.exp(-2)) + np.log1p(np.exp(-1))) / 2)


def test_images_unlike_the_labelled_ones_look_unlabelled():
    pair = train(60)
    familiar, strange = judged(pair, np.arange(40, 80)), judged(pair, np.arange(80, 120))
    assert familiar.mean() > strange.mean() + familiar.std()
    assert ((familiar >= 0) & (familiar <= 1)).all()


def test_the_same_seed_gives_the_same_answer_and_the_global_generator_stays_as_it_is():
    torch.manual_seed(8)
    before = torch.get_rng_state()
    first, second, other = (judged(train(3, seed), UNLABELLED) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other) and torch.equal(torch.get_rng_state(), before)


def test_fooling_the_discriminator_does_not_teach_it(monkeypatch):
    monkeypatch.setattr(vaal, "discriminator_loss", lambda judge, mean: 0 * judge(mean).sum())
    before, (_, judge) = networks()[1], train(2)
    assert all(torch.equal(old, new) for old, new in zip(before.parameters(), judge.parameters(), strict=True))


def test_training_can_be_stopped_between_two_steps():
    work = train_vaal(*networks(), read, LABELLED, UNLABELLED, torch_generator(0), steps=20)
    event = next(work)
    work.close()
    assert (event.phase, event.done, event.total) == ("discriminator", 1, 20)


def test_one_labelled_image_and_one_other_are_enough():
    pair = networks()
    result_of(train_vaal(*pair, read, LABELLED[:1], UNLABELLED[:1], torch_generator(0), steps=2))
    assert np.isfinite(judged(pair, UNLABELLED)).all()


def test_a_training_that_diverges_says_so():
    def broken(rows):
        return torch.full((len(rows), F), float("nan"))

    with pytest.raises(FloatingPointError, match="diverged"):
        result_of(train_vaal(*networks(), broken, LABELLED, UNLABELLED, torch_generator(0), steps=1))


@pytest.mark.parametrize("side", [16, 32, 50])
def test_images_of_any_side_are_encoded_and_decoded_at_one(side):
    with seeded(0, "test"):
        auto_encoder = pixel_auto_encoder()
    x = shrink(torch.randn(3, 3, side, side, generator=torch_generator(0)))
    mean, log_variance = auto_encoder.encode(x)
    assert mean.shape == log_variance.shape == (3, vaal.LATENT)
    assert auto_encoder.decoder(mean).shape == x.shape == (3, 3, 32, 32)


def test_the_answer_of_an_image_does_not_depend_on_its_batch(monkeypatch):
    with seeded(0, "test"):
        pair = pixel_auto_encoder(), build_discriminator()
    images = torch.randn(20, 3, 32, 32, generator=torch_generator(0))
    result_of(train_vaal(*pair, lambda rows: images[rows], np.arange(9), np.arange(9, 20), torch_generator(0), steps=1))
    whole = result_of(probability_of_labelled(*pair, lambda rows: images[rows], np.arange(20)))
    monkeypatch.setattr(vaal, "READ", 3)
    parts, events = finish(probability_of_labelled(*pair, lambda rows: images[rows], np.arange(20)))
    np.testing.assert_allclose(parts, whole, rtol=1e-4)
    assert [event.done for event in events] == [3, 6, 9, 12, 15, 18, 20]
