"""The equations of query/scores.py against values worked out by hand."""

import numpy as np
import pytest

from vabal_core.query.scores import (
    entropy,
    joint_score,
    least_confidence,
    log_prior,
    negative_margin,
    pooled_opinions,
    posterior,
    posterior_score,
    probabilities_from_logits,
    reliability,
)

LIKELIHOOD = np.log([[0.5, 0.25], [0.1, 0.2]])
PRIOR = np.log([0.75, 0.25])
RELIABILITY = np.array([0.8, 0.4])


def posterior_of(log_likelihood, log_prior, reliability):
    """Eq. 5 as printed, from its three terms."""
    return posterior_score(posterior(log_likelihood, log_prior), reliability)


def test_joint_score_by_hand():
    # 1 - (0.8 * 0.5 * 0.75 + 0.4 * 0.25 * 0.25) and 1 - (0.8 * 0.1 * 0.75 + 0.4 * 0.2 * 0.25)
    np.testing.assert_allclose(joint_score(LIKELIHOOD, PRIOR, RELIABILITY), [0.675, 0.92], rtol=1e-12)


def test_posterior_score_by_hand():
    # image 0: posterior 0.375 : 0.0625 = 6/7 : 1/7; image 1: 0.075 : 0.05 = 0.6 : 0.4
    expected = [1 - (0.8 * 6 + 0.4 * 1) / 7, 1 - (0.8 * 0.6 + 0.4 * 0.4)]
    np.testing.assert_allclose(posterior(LIKELIHOOD, PRIOR)[1], [0.6, 0.4], rtol=1e-12)
    np.testing.assert_allclose(posterior_of(LIKELIHOOD, PRIOR, RELIABILITY), expected, rtol=1e-12)


def test_temperature_flattens_the_likelihood_only():
    # temperature 2: likelihoods become their square roots; image 0: sqrt(.5) * .75 : sqrt(.25) * .25
    weights = np.array([np.sqrt(0.5) * 0.75, 0.5 * 0.25])
    expected = 1 - (weights * RELIABILITY).sum() / weights.sum()
    assert posterior_score(posterior(LIKELIHOOD, PRIOR, 2.0), RELIABILITY)[0] == pytest.approx(expected, rel=1e-12)


def test_posterior_is_constant_where_all_reliabilities_are_equal():
    np.testing.assert_allclose(posterior_of(LIKELIHOOD, PRIOR, np.full(2, 0.7)), 0.3, rtol=1e-12)


def test_reliability_by_hand():
    # Draws of 3 images, labels 0, 0, 1. Class 0 gets shares 1, 0.5, 0 with hits 1, 0.5; class 1 gets 0, 0.5, 1, hit 1.
    draws = np.array([[4, 0], [2, 2], [0, 4]])
    overall = (1 + 0.5 + 1) / 3
    expected = [(1.5 + overall) / (1.5 + 1), (1 + overall) / (1.5 + 1)]
    np.testing.assert_allclose(reliability(draws, np.array([0, 0, 1]), shrinkage=1.0), expected, rtol=1e-12)


def test_reliability_of_a_class_never_predicted_is_the_overall_hit_rate():
    draws = np.array([[4, 0, 0], [2, 2, 0]])
    assert reliability(draws, np.array([0, 0]), shrinkage=1.0)[2] == pytest.approx(0.75)


def test_log_prior_by_hand():
    # shares 1.5 and 0.5 of two images plus half a pseudo-image each: 2 : 1
    draws = np.array([[4, 0], [2, 2]])
    np.testing.assert_allclose(np.exp(log_prior(draws, shrinkage=1.0)), [2 / 3, 1 / 3], rtol=1e-12)


def test_prior_of_a_class_never_predicted_is_above_zero():
    assert np.isfinite(log_prior(np.array([[5, 0, 0]]), shrinkage=1.0)).all()


def test_entropy_by_hand_with_a_zero_probability():
    values = entropy(np.array([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]]))
    np.testing.assert_allclose(values, [np.log(2), 0.0], atol=1e-15)


def test_negative_margin_by_hand():
    np.testing.assert_allclose(negative_margin(np.array([[0.5, 0.3, 0.2], [0.4, 0.2, 0.4]])), [-0.2, 0.0], atol=1e-15)


def test_least_confidence_by_hand():
    np.testing.assert_allclose(least_confidence(np.array([[0.5, 0.3, 0.2], [0.0, 1.0, 0.0]])), [0.5, 0.0], atol=1e-15)


def test_probabilities_stay_exact_for_huge_logits():
    np.testing.assert_allclose(probabilities_from_logits(np.array([[1000.0, 1000.0]])), [[0.5, 0.5]])


@pytest.mark.parametrize("score", [joint_score, posterior_of])
def test_permuting_images_permutes_scores_and_permuting_classes_changes_nothing(score):
    rng = np.random.default_rng(0)
    likelihood, prior, reliability = rng.normal(size=(7, 4)), np.log(rng.dirichlet(np.ones(4))), rng.random(4)
    images, classes = rng.permutation(7), rng.permutation(4)
    whole = score(likelihood, prior, reliability)
    np.testing.assert_allclose(score(likelihood[images], prior, reliability), whole[images], rtol=1e-12)
    np.testing.assert_allclose(score(likelihood[:, classes], prior[classes], reliability[classes]), whole, rtol=1e-12)


@pytest.mark.parametrize("score", [joint_score, posterior_of])
def test_a_value_that_is_not_finite_raises_with_its_name(score):
    broken = LIKELIHOOD.copy()
    broken[1, 0] = np.nan
    with pytest.raises(ValueError, match=r"log_likelihood holds nan at \(1, 0\)"):
        score(broken, PRIOR, RELIABILITY)
    with pytest.raises(ValueError, match="log_prior holds -inf"):
        score(LIKELIHOOD, np.array([0.0, -np.inf]), RELIABILITY)


def test_pooled_opinions_by_hand():
    """Probabilities 0.5, 0.5 and 7 of 8 draws in the second class, one added to each: roots of 0.5 and 4 are 1 to 2."""
    pooled = pooled_opinions(np.array([[0.5, 0.5], [0.9, 0.1]]), np.array([[1.0, 7.0], [8.0, 0.0]]))
    assert pooled[0] == pytest.approx([1 / 3, 2 / 3])
    assert pooled[1] == pytest.approx(np.sqrt([8.1, 0.1]) / (np.sqrt(8.1) + np.sqrt(0.1)))
    assert pooled.sum(1) == pytest.approx(1)


def test_draws_that_are_not_counted_never_rank():
    with pytest.raises(ValueError, match="draw_counts holds nan"):
        pooled_opinions(np.array([[0.5, 0.5]]), np.array([[np.nan, 1.0]]))
