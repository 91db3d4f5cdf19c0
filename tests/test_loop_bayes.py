"""An auto-encoder that goes on from the last round's: the same as more training, and only where it fits."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from long_work import finish
from loop_tasks import CPU, make_task

from vabal_core.config import Config, paper, published
from vabal_core.loop import bayes
from vabal_core.loop.bayes import train_on_pool
from vabal_core.model.cvae import CVAE
from vabal_core.model.vae import train_vae
from vabal_core.runtime import torch_generator

CONFIG = Config(vae_epochs=2, vae_batch_size=8, vae_least_steps=0, vae_warm_steps=4)
POOL = make_task().pool(np.ones(60, bool))  # rows 24 to 43 are unlabelled: 3 steps an epoch
TAPS = np.random.default_rng(0).random((60, 960), np.float32)
PREDICTED = np.arange(60) % 3


def trained(initial=None, *, config=CONFIG, pool=POOL, predicted=PREDICTED, seed=0):
    """The VAE, its losses, and the events."""
    (vae, losses), events = finish(train_on_pool(pool, TAPS, predicted, config, seed, CPU, initial))
    return vae, losses, events


def assert_equal(state, other):
    assert state.keys() == other.keys()
    assert [name for name in state if not torch.equal(state[name], other[name])] == []


@pytest.fixture(scope="module")
def earlier() -> dict[str, torch.Tensor]:
    return trained(predicted=np.roll(PREDICTED, 1), seed=5)[0].state_dict()


def test_a_warm_start_is_the_earlier_training_gone_on_with_for_a_few_steps(earlier):
    expected = CVAE(3, CONFIG)
    expected.load_state_dict(earlier)
    order, rows = torch_generator(0, "vae order"), np.arange(24, 44)
    finish(train_vae(expected, TAPS, rows, PREDICTED, CONFIG, order, CPU, steps=4))
    vae, losses, events = trained(earlier)
    assert_equal(vae.state_dict(), expected.state_dict())
    assert len(losses) == len(events) == 2  # 3 steps and 1
    assert all(not event.message for event in events)


def test_a_warm_start_leaves_the_earlier_weights_and_is_the_same_again(earlier):
    before = copy.deepcopy(earlier)
    first, again = trained(earlier)[0].state_dict(), trained(earlier)[0].state_dict()
    assert_equal(first, again)
    assert_equal(earlier, before)
    assert not torch.equal(first["mean.weight"], trained()[0].state_dict()["mean.weight"])


@pytest.mark.parametrize("preset", [paper, published])
def test_no_steps_or_a_preset_of_the_paper_never_starts_warm(earlier, preset):
    assert preset().vae_warm_steps == 0
    config = replace(CONFIG, vae_warm_steps=0)
    assert_equal(trained(earlier, config=config)[0].state_dict(), trained(config=config)[0].state_dict())


def test_an_auto_encoder_of_other_classes_is_not_gone_on_from_and_an_event_says_why(earlier):
    pool = replace(POOL, class_count=4)
    vae, _, (reason, *events) = trained(earlier, pool=pool)
    assert reason.phase == "vae"
    assert "mean.weight is (30, 128), here (40, 128)" in reason.message
    assert_equal(vae.state_dict(), trained(pool=pool)[0].state_dict())
    assert len(events) == 2  # the epochs of a first training


@pytest.mark.parametrize("change", ["missing", "added"])
def test_a_state_with_other_tensors_is_not_gone_on_from(earlier, change):
    other = dict(earlier)
    if change == "missing":
        del other["mean.weight"]
    else:
        other["head.weight"] = torch.zeros(2)
    vae, _, (reason, *_) = trained(other)
    assert ("mean.weight is missing" if change == "missing" else "head.weight is (2,)") in reason.message
    assert_equal(vae.state_dict(), trained()[0].state_dict())


def test_taps_that_outgrow_the_memory_are_read_batch_by_batch_to_the_same_end(monkeypatch):
    class Disk:
        shape, reads = TAPS.shape, 0

        def __getitem__(self, rows):
            Disk.reads += 1
            return TAPS[rows]

    def end():
        (vae, _), _ = finish(train_on_pool(POOL, Disk(), PREDICTED, CONFIG, 0, CPU))
        return vae.state_dict()

    at_once = end()
    assert Disk.reads == 1
    monkeypatch.setattr(bayes, "MAX_BYTES_IN_MEMORY", 20 * 960 * 4 - 1)
    assert_equal(end(), at_once)
    assert Disk.reads == 1 + 6  # two epochs of three batches
