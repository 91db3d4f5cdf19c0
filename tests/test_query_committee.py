"""How far a committee disagrees, by hand."""

from math import log

import numpy as np
import pytest
from scipy.special import entr

from vabal_core.query.committee import ensemble_scores, mutual_information, variation_ratio
from vabal_core.query.select import top_k
from vabal_core.types import Committee, Pool


def test_members_that_are_sure_of_different_classes_tell_all_there_is_to_know():
    mean, entropies = np.array([[0.5, 0.5, 0.0]]), np.array([0.0])  # (1, 0, 0) and (0, 1, 0): no nan from 0 log 0
    assert mutual_information(mean, entropies) == pytest.approx([log(2)])


def test_members_that_are_unsure_in_the_same_way_tell_nothing():
    assert mutual_information(np.array([[0.5, 0.5]]), np.array([log(2)])) == pytest.approx([0])


def test_it_is_the_entropy_of_the_mean_and_not_the_mean_of_the_entropies():
    # Members (3/4, 1/4) and (1/4, 3/4): the mean is even, each has the entropy log 4 - 3/4 log 3.
    value = mutual_information(np.array([[0.5, 0.5]]), np.array([log(4) - 0.75 * log(3)]))
    assert value == pytest.approx([log(2) - log(4) + 0.75 * log(3)])


def test_rounding_never_makes_it_negative():
    # Members that agree to the last bit but one.
    probabilities = np.random.default_rng(0).dirichlet(np.full(5, 0.3), 1000)
    values = mutual_information(probabilities, entr(probabilities).sum(1) * (1 + 1e-15))
    assert (values >= 0).all() and values.max() < 1e-12


def test_what_is_not_a_number_raises_with_its_name():
    with pytest.raises(ValueError, match="mean_entropy holds nan"):
        mutual_information(np.array([[0.5, 0.5]]), np.array([np.nan]))


def test_the_variation_ratio_is_the_share_that_does_not_name_the_most_named_class():
    votes = np.array([[1.0, 0, 0], [0.6, 0.4, 0], [0.2, 0.4, 0.4]])
    assert variation_ratio(votes) == pytest.approx([0, 0.4, 0.6])


def test_equal_votes_go_by_what_the_members_tell_beyond_them():
    agreed = np.tile([1.0, 0], (3, 1))
    committee = Committee(
        probabilities=np.array([[0.7, 0.3], [0.7, 0.3], [0.7, 0.3]]),
        entropy=np.array([0.61, 0.2, 0.4]),  # the mean's is 0.6109
        votes=agreed,
    )
    pool = Pool(
        keys=np.arange(3), candidates=np.ones(3, bool), labels=np.full(3, -1), class_count=2, ensemble=committee
    )
    assert top_k(pool, ensemble_scores(pool, np.random.default_rng(0)), 3).rows.tolist() == [1, 2, 0]
