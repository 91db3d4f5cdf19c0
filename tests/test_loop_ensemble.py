"""An ensemble: what its members have learned from, and the plain loop that it is."""

from dataclasses import replace

import numpy as np
import pytest
from frozen_tasks import FEATURES, fitted_frozen, frozen_task
from long_work import finish, result_of
from loop_tasks import CPU, PIXELS, READABLE, SMALL, fitted, make_task
from scipy.special import entr

from vabal_core.loop.checkpoint import restore, state_of
from vabal_core.loop.ensemble import ensemble, stratified_resample
from vabal_core.loop.fit import learn
from vabal_core.loop.fitted import Inputs
from vabal_core.loop.round import rank_and_evaluate
from vabal_core.model.classifier import extract
from vabal_core.model.head import refit
from vabal_core.query.scores import probabilities_from_logits
from vabal_core.runtime import derive_seed
from vabal_core.types import UNLABELLED

QUARTER = replace(SMALL, backbone="resnet18-quarter", ensemble_size=3)


def test_a_resample_has_as_many_labels_of_each_class_and_no_class_vanishes():
    labels = np.array([0, 1, 0, 2, 0, 0, 1, 0])
    draws = [stratified_resample(labels, np.random.default_rng(seed)) for seed in range(50)]
    assert all((labels[drawn] == labels).all() for drawn in draws)
    assert all(drawn[3] == 3 for drawn in draws)  # the only label of its class
    assert len({tuple(drawn) for drawn in draws}) > 40


def test_a_refitted_head_is_the_head_itself_where_the_labels_are_the_same():
    model = fitted_frozen(frozen_task())
    head, labelled = model.classifier.head, model.labelled
    again = refit(head, FEATURES[labelled][:, 64:], model.pool.labels[labelled])
    np.testing.assert_allclose(again.weight, head.weight, atol=1e-6)
    others = refit(head, FEATURES[labelled[:12]][:, 64:], model.pool.labels[labelled[:12]])
    assert (others.strength, others.temperature, others.label_count) == (head.strength, head.temperature, 12)
    assert not np.allclose(others.weight, head.weight, atol=1e-3)


def test_an_ensemble_of_networks_is_the_round_s_own_and_others_from_other_seeds():
    model = fitted(make_task(config=QUARTER))
    committee, events = finish(ensemble(model))
    candidates = model.pool.candidates
    members = [model.probabilities[candidates]]
    for number in (1, 2):
        seed = derive_seed(0, "ensemble", number)
        other = result_of(learn(model.pool, model.labelled, pixels=PIXELS, config=QUARTER, seed=seed, device=CPU))
        logits, _ = result_of(extract(other.network, PIXELS, other.normalisation, CPU))
        members.append(probabilities_from_logits(logits)[candidates])
    np.testing.assert_allclose(committee.probabilities[candidates], np.mean(members, 0), rtol=1e-4)
    np.testing.assert_allclose(committee.entropy[candidates], entr(members).sum(2).mean(0), rtol=1e-4)
    assert {event.phase for event in events} == {"committee"}
    assert [event.done for event in events] == sorted(event.done for event in events)
    assert events[-1].done == events[-1].total == 200


def test_heads_of_an_ensemble_do_not_depend_on_the_order_of_the_rows():
    task = frozen_task("ensemble")
    order = np.random.default_rng(1).permutation(len(task.keys))
    arrays = ("keys", "labels", "evaluation", "prequential")
    mixed = replace(task, **{name: getattr(task, name)[order] for name in arrays})
    straight = result_of(ensemble(fitted_frozen(task)))
    shuffled = result_of(ensemble(fitted_frozen(mixed, FEATURES[order])))
    np.testing.assert_allclose(shuffled.probabilities, straight.probabilities[order], atol=1e-4)


def test_two_labels_are_enough_for_an_ensemble_of_heads():
    task = frozen_task("ensemble")
    task.labels[2:24] = UNLABELLED
    members = result_of(ensemble(fitted_frozen(task)))
    assert np.isfinite(members.probabilities[2:44]).all()


def test_an_ensemble_of_heads_is_asked_again_from_a_checkpoint_and_one_of_networks_where_it_was_trained():
    task, inputs = frozen_task("ensemble"), Inputs(features=FEATURES, readable=READABLE)
    state = state_of(fitted_frozen(frozen_task("margin")))
    restored = result_of(restore(task, state, inputs, device=CPU))
    expected = result_of(ensemble(fitted_frozen(task)))
    np.testing.assert_array_equal(result_of(ensemble(restored)).probabilities, expected.probabilities)

    task = make_task("ensemble", config=QUARTER)
    model, inputs = fitted(task), Inputs(pixels=PIXELS, readable=READABLE)
    with pytest.raises(
        ValueError, match="strategy 'ensemble' needs an ensemble of networks, and this round trained none"
    ):
        result_of(ensemble(result_of(restore(task, state_of(model), inputs, device=CPU))))
    ranked = result_of(rank_and_evaluate(model)).ranking
    again, events = finish(rank_and_evaluate(result_of(restore(task, state_of(model), inputs, device=CPU))))
    np.testing.assert_array_equal(again.ranking.rows, ranked.rows)
    assert "committee" not in {event.phase for event in events}
