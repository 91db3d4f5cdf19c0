"""Committees as fields of a pool: of a head on frozen features and of networks."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from frozen_tasks import fitted_frozen, frozen_task
from long_work import result_of
from loop_tasks import SMALL, C, N, fitted, make_task

from vabal_core.loop.fields import pool_with

WITH_DROPOUT = replace(SMALL, backbone="resnet18-quarter", dropout=0.25, dropout_passes=3, ensemble_size=3)


def committee(model, name):
    return getattr(result_of(pool_with(model, [name])), name)


def frozen(**settings):
    return fitted_frozen(frozen_task("bald", **settings))


def network():
    return fitted(make_task("bald", config=WITH_DROPOUT))


@pytest.mark.parametrize("name", ["dropout", "heavy_dropout", "ensemble"])
@pytest.mark.parametrize("fit", [frozen, network])
def test_a_committee_speaks_of_every_candidate_and_of_no_other_image(fit, name):
    model = fit()
    members = committee(model, name)
    inside = model.pool.candidates
    assert members.probabilities.shape == members.votes.shape == (N, C) and members.entropy.shape == (N,)
    np.testing.assert_allclose(members.probabilities[inside].sum(1), 1)
    np.testing.assert_allclose(members.votes[inside].sum(1), 1)
    assert all(np.isnan(values[~inside]).all() for values in vars(members).values())
    assert members.probabilities[inside].std() > 0 and (members.entropy[inside] > 0).any()


@pytest.mark.parametrize("name", ["dropout", "heavy_dropout", "ensemble"])
@pytest.mark.parametrize("fit", [frozen, network])
def test_the_same_seed_gives_the_same_committee_and_the_global_generators_stay_as_they_are(fit, name):
    torch.manual_seed(3)
    np.random.seed(3)
    before, numbers = torch.get_rng_state(), np.random.get_state()[1].tolist()
    first, second = committee(fit(), name), committee(fit(), name)
    np.testing.assert_array_equal(first.probabilities, second.probabilities)
    assert torch.equal(torch.get_rng_state(), before) and np.random.get_state()[1].tolist() == numbers


def test_frozen_features_take_the_rate_of_the_settings_and_the_usual_one_without():
    usual, same, other = (committee(frozen(dropout=rate), "dropout") for rate in (0.0, 0.25, 0.5))
    np.testing.assert_array_equal(usual.probabilities, same.probabilities)
    assert np.nanmean(other.entropy) != np.nanmean(usual.entropy)


def test_the_passes_of_frozen_features_are_around_what_the_head_says_without_dropout():
    model = frozen(dropout=0.05)
    members = committee(model, "dropout")
    inside = model.pool.candidates
    np.testing.assert_allclose(members.probabilities[inside], model.probabilities[inside], atol=0.1)


def test_a_network_trained_without_dropout_is_not_asked():
    with pytest.raises(ValueError, match="strategy 'bald' reads a network trained with dropout, and dropout=0 was set"):
        committee(fitted(make_task("bald")), "dropout")
