"""Reading a trained VAE image by image, piece by piece: the pieces change nothing."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from long_work import finish

from vabal_core.config import Config
from vabal_core.model import vae as vae_module
from vabal_core.model.cvae import BLOCK, CVAE, classify, loss, masked_log_likelihood
from vabal_core.model.vae import cold_steps, common_noise, count_draws, read_likelihood, train_vae

C = 3
CONFIG = Config(draws=12, coarse_draws=0, vae_epochs=2, vae_batch_size=16, vae_least_steps=0)


@pytest.fixture
def vae() -> CVAE:
    torch.manual_seed(0)
    return CVAE(C, CONFIG).eval()


@pytest.fixture
def taps() -> np.ndarray:
    return np.random.default_rng(0).random((40, 960), np.float32)


def noise_of(draws: int) -> torch.Tensor:
    return common_noise(draws, C, torch.Generator().manual_seed(1))


def test_pieces_of_any_size_give_the_likelihood_of_the_whole(vae, taps, monkeypatch):
    rows, noise = np.array([3, 1, 30, 7, 8]), noise_of(4)
    with torch.inference_mode():
        whole = masked_log_likelihood(vae, vae.project(torch.from_numpy(taps[rows])), noise).numpy()
    monkeypatch.setitem(vae_module.SCORING_VALUES, "cpu", 2 * 4 * 512)  # two images at once
    pieces, events = finish(read_likelihood(vae, taps, rows, noise))
    np.testing.assert_allclose(pieces, whole, rtol=1e-5)
    assert [event.done for event in events] == [2, 4, 5]


def test_features_in_a_file_are_read_as_those_in_memory(vae, taps, tmp_path):
    mapped = np.lib.format.open_memmap(tmp_path / "taps.npy", "w+", np.float32, taps.shape)
    mapped[:] = taps
    rows, noise = np.arange(10, 30), noise_of(3)
    in_memory, _ = finish(read_likelihood(vae, taps, rows, noise))
    in_file, _ = finish(read_likelihood(vae, mapped, rows, noise))
    np.testing.assert_array_equal(in_memory, in_file)


def test_every_draw_of_an_image_is_counted_in_one_class(vae, taps):
    counts, _ = finish(count_draws(vae, taps, np.arange(40), noise_of(12)))
    assert counts.shape == (40, C)
    assert (counts.sum(1) == 12).all()


@torch.inference_mode()
def test_draws_are_counted_in_pieces_whose_size_the_classes_decide(taps, monkeypatch):
    """With 100 classes a draw has 1,000 latent dimensions: the pieces shrink with them, and change no count."""
    monkeypatch.setitem(vae_module.SCORING_VALUES, "cpu", 10 * 12 * BLOCK * C)  # ten images of 3 classes at once
    torch.manual_seed(0)
    few, many = CVAE(C, CONFIG).eval(), CVAE(10 * C, CONFIG).eval()
    generator = torch.Generator().manual_seed(1)
    for vae, images in ((few, 10), (many, 1)):
        noise = common_noise(12, vae.class_count, generator)
        counts, events = finish(count_draws(vae, taps, np.arange(40), noise))
        assert [(event.phase, event.done, event.total) for event in events] == [
            ("score", done, 40) for done in range(images, 41, images)
        ]
        mean, log_variance = vae.encode(vae.project(torch.from_numpy(taps)))
        classes = classify(mean + noise * (0.5 * log_variance).exp(), vae.energy).T.numpy()
        assert counts.tolist() == [np.bincount(row, minlength=vae.class_count).tolist() for row in classes]


def test_training_learns_from_the_rows_named_and_no_others(taps):
    def trained(values: np.ndarray) -> torch.Tensor:
        torch.manual_seed(0)
        fresh = CVAE(C, CONFIG)
        predicted = np.arange(40) % C
        generator = torch.Generator().manual_seed(0)
        finish(train_vae(fresh, values, np.arange(20), predicted, CONFIG, generator, torch.device("cpu"), steps=4))
        return fresh.mean.weight

    changed = taps.copy()
    changed[20:] = 9
    torch.testing.assert_close(trained(taps), trained(changed), rtol=0, atol=0)
    changed[0] = 9
    assert not torch.equal(trained(taps), trained(changed))


@pytest.mark.parametrize(("steps", "epochs"), [(1, 1), (3, 1), (7, 3)])
def test_training_takes_so_many_steps_and_ends_within_an_epoch(vae, taps, steps, epochs):
    """20 images in batches of 8 are 3 steps an epoch; a plain loop over the same batches ends at the same weights."""
    config, rows, predicted = replace(CONFIG, vae_batch_size=8), np.arange(10, 30), np.arange(40) % C
    plain = copy.deepcopy(vae).train()
    optimiser, generator = torch.optim.Adam(plain.parameters(), lr=1e-4), torch.Generator().manual_seed(3)
    values: list[list[float]] = []
    for step in range(steps):
        if step % 3 == 0:
            batches = torch.randperm(20, generator=generator).split(8)
            values.append([])
        order = batches[step % 3]
        noise, batch = torch.randn(len(order), BLOCK * C, generator=generator), rows[order.numpy()]
        value = loss(plain, torch.from_numpy(taps[batch]), torch.from_numpy(predicted[batch]), noise, 0.005)
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        values[-1] += [value.item()] * len(order)
    work = train_vae(
        vae, taps, rows, predicted, config, torch.Generator().manual_seed(3), torch.device("cpu"), steps=steps
    )
    losses, events = finish(work)
    assert losses == pytest.approx([np.mean(epoch) for epoch in values], rel=1e-5)
    assert [(event.epoch, event.epochs) for event in events] == [(epoch, epochs) for epoch in range(1, epochs + 1)]
    for ours, theirs in zip(vae.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-7)


def test_a_small_pool_is_seen_in_more_epochs():
    config = Config(vae_epochs=20, vae_batch_size=128, vae_least_steps=2400)
    assert cold_steps(3400, config) == 89 * 27
    assert cold_steps(1_000_000, config) == 20 * 7813
    assert cold_steps(129, replace(config, vae_least_steps=0)) == 20  # a last image alone joins its neighbours
