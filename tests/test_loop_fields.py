"""The fields of a pool: computed on demand and once, read in stages, and what Eq. 10 looks at."""

from dataclasses import fields as fields_of
from dataclasses import replace

import numpy as np
import pytest
import torch
from frozen_tasks import fitted_frozen, frozen_task
from long_work import finish, result_of
from loop_tasks import SMALL, C, N, fitted, make_task

from vabal_core.loop import bayes, fields
from vabal_core.loop.bayes import likelihood_histogram
from vabal_core.loop.out_of_sample import cross_fitted
from vabal_core.model.network import last_layer
from vabal_core.model.vae import common_noise, read_likelihood
from vabal_core.query.scores import log_joint
from vabal_core.query.strategies import STRATEGIES
from vabal_core.query.strategy import AUTO_ENCODER_FIELDS
from vabal_core.runtime import torch_generator
from vabal_core.types import UNLABELLED, Pool

CANDIDATES = np.arange(24, 44)


def test_every_field_of_a_pool_has_its_function_and_every_strategy_requires_fields_that_there_are():
    assert fields.FIELDS.keys() == {field.name for field in fields_of(Pool) if field.default is None}
    assert {name for strategy in STRATEGIES.values() for name in strategy.requires} <= fields.FIELDS.keys()


@pytest.mark.parametrize("name", fields.FIELDS)
def test_an_auto_encoder_is_trained_for_the_fields_that_are_named_as_its_and_for_no_other(name):
    settings = {"dropout_passes": 2, "dropout": 0.25, "learning_loss": 1.0, "vaal_steps": 2}
    _, events = finish(fields.pool_with(fitted_frozen(frozen_task(**settings)), [name]))
    assert ("vae" in {event.phase for event in events}) == (name in AUTO_ENCODER_FIELDS)


def test_a_field_that_there_is_not_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match=r"fields entropy are unknown: choose from probabilities, embeddings"):
        result_of(fields.pool_with(fitted(make_task()), ["probabilities", "entropy"]))


def test_what_is_required_is_computed_once_and_nothing_else():
    model = fitted(make_task())
    pool, events = finish(fields.pool_with(model, ["reliability", "log_prior"]))
    assert {event.phase for event in events if event.phase != "score"} == {"vae"}
    assert pool.log_likelihood is None and pool.probabilities is None
    again, events = finish(fields.pool_with(model, ["reliability", "log_prior"]))
    assert events == []
    np.testing.assert_array_equal(again.reliability, pool.reliability)


def test_embeddings_are_what_the_last_layer_of_the_classifier_reads():
    model = fitted(make_task())
    pool = result_of(fields.pool_with(model, ["embeddings", "probabilities"]))
    with torch.inference_mode():
        logits = last_layer(model.classifier.network)(torch.from_numpy(np.array(pool.embeddings)))
    np.testing.assert_allclose(logits.double().softmax(1).numpy(), pool.probabilities, rtol=1e-4, atol=1e-6)


def test_the_most_wanted_images_get_all_draws_and_every_other_keeps_the_value_its_few_draws_gave(monkeypatch):
    monkeypatch.setattr(bayes, "MIN_REFINED_IMAGES", 5)
    model = fitted(replace(make_task(config=replace(SMALL, draws=12, coarse_draws=2)), batch=4))
    names = ["reliability", "log_prior", "log_likelihood", "staged_log_likelihood", "refined"]
    pool, events = finish(fields.pool_with(model, names))
    staged = [(event.done, event.total) for event in events if event.phase == "score" and event.total == 25]
    assert staged == [(20, 25), (25, 25)]  # one progress, not two
    vae = result_of(fields.trained_vae(model)).vae
    noise = common_noise(12, C, torch_generator(0, "draws"))
    coarse = result_of(read_likelihood(vae, model.taps, CANDIDATES, noise[:2]))
    by_score = CANDIDATES[np.argsort(log_joint(coarse, pool.log_prior, pool.reliability))]
    assert sorted(by_score[:5]) == np.flatnonzero(pool.refined).tolist()
    np.testing.assert_allclose(pool.staged_log_likelihood[by_score[:5]], pool.log_likelihood[by_score[:5]], rtol=1e-6)
    np.testing.assert_array_equal(
        pool.staged_log_likelihood[CANDIDATES][~pool.refined[CANDIDATES]], coarse[~pool.refined[CANDIDATES]]
    )


def test_as_many_images_as_are_labelled_next_get_all_draws(monkeypatch):
    monkeypatch.setattr(bayes, "MIN_REFINED_IMAGES", 5)
    model = fitted(replace(make_task(config=replace(SMALL, draws=12, coarse_draws=2)), batch=13))
    assert result_of(fields.pool_with(model, ["refined"])).refined.sum() == 13


def test_the_posterior_takes_all_draws_for_every_image(monkeypatch):
    monkeypatch.setattr(bayes, "MIN_REFINED_IMAGES", 5)
    model = fitted(make_task(config=replace(SMALL, draws=12, coarse_draws=2)))
    staged = result_of(fields.pool_with(model, ["posterior"])).posterior
    whole = replace(model, task=make_task(config=replace(SMALL, draws=12, coarse_draws=0)), computed={})
    np.testing.assert_array_equal(staged, result_of(fields.pool_with(whole, ["posterior"])).posterior)


def test_predictions_made_before_the_labels_take_the_place_of_draws_in_eq_10():
    prequential = np.full(N, -1)
    prequential[:4] = [0, 1, 2, 1]  # labels 0, 1, 2, 0: three right of four
    model = fitted(make_task(prequential=prequential, config=replace(SMALL, difficulty="prequential")))
    evidence = result_of(fields.difficulty(model))
    assert evidence.counts.sum(0).tolist() == [1, 2, 1]
    np.testing.assert_allclose(result_of(fields.reliability(model)), [(1 + 0.75) / 2, (1 + 0.75) / 3, (1 + 0.75) / 2])


def test_the_histogram_counts_each_ranked_image_under_its_predicted_class():
    likelihood = np.array([[0.0, 9.0], [1.0, 9.0], [9.0, 0.5], [np.nan, np.nan]])
    histogram = likelihood_histogram(likelihood, np.array([0, 0, 1, 1]))
    assert (histogram.edges[0], histogram.edges[-1]) == (0.0, 1.0)
    assert [sum(counts) for counts in histogram.counts] == [2, 1]
    middle = len(histogram.edges) // 2
    assert histogram.counts[0][0] == histogram.counts[0][-1] == histogram.counts[1][middle] == 1


def test_predictions_out_of_fold_stand_in_the_rows_of_labelled_images_and_name_what_cross_fitting_named():
    model = fitted(make_task(config=replace(SMALL, folds=2)))
    values = result_of(fields.pool_with(model, ["out_of_fold"])).out_of_fold
    assert np.flatnonzero(~np.isnan(values).any(1)).tolist() == list(range(24)) and np.isnan(values[24:]).all()
    np.testing.assert_allclose(values[:24].sum(1), 1)
    assert result_of(cross_fitted(model)).predicted[:24].tolist() == values[:24].argmax(1).tolist()
    assert result_of(cross_fitted(model)).predicted[24:].tolist() == [UNLABELLED] * 36


def test_with_fewer_labels_than_can_be_left_out_there_is_no_prediction_out_of_fold():
    labels = np.full(N, UNLABELLED)
    labels[:2] = [0, 1]
    model = fitted(make_task(labels=labels))
    assert np.isnan(result_of(fields.pool_with(model, ["out_of_fold"])).out_of_fold).all()
