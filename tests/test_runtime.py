"""Seeds: the same within, as before outside, on every device."""

import pytest
import torch

from vabal_core.runtime import seeded


@pytest.fixture
def two_gpus(monkeypatch) -> dict[int, str]:
    """Two GPUs that are not there: their generators' states, as torch reads and writes them."""
    states = {0: "first", 1: "second"}
    monkeypatch.setattr(torch.cuda, "device_count", lambda: len(states))
    monkeypatch.setattr(torch.cuda, "get_rng_state", lambda device: states[device])
    monkeypatch.setattr(torch.cuda, "set_rng_state", lambda state, device: states.__setitem__(device, state))
    monkeypatch.setattr(
        torch.cuda, "manual_seed_all", lambda seed: states.update(dict.fromkeys(states, f"seed {seed}"))
    )
    return states


def test_a_seed_reaches_every_gpu_and_leaves_each_as_it_was(two_gpus):
    with seeded(3, "net"):
        assert two_gpus[0] == two_gpus[1] and two_gpus[0].startswith("seed ")
    assert two_gpus == {0: "first", 1: "second"}


def test_generators_are_put_back_where_the_work_fails(two_gpus):
    before = torch.random.get_rng_state()
    with pytest.raises(KeyError), seeded(3, "net"):
        torch.rand(1)
        raise KeyError
    assert torch.equal(torch.random.get_rng_state(), before)
    assert two_gpus == {0: "first", 1: "second"}


def test_the_same_names_draw_the_same_and_others_do_not():
    draws = []
    for names in (("net",), ("net",), ("vae",)):
        with seeded(3, *names):
            draws.append(float(torch.rand(1)))
    assert draws[0] == draws[1] != draws[2]
