"""How many hits the images without a label hold: values worked out by hand, by libraries, and what order means."""

from math import comb

import numpy as np
import pytest
from designs import design_of
from scipy.stats import beta

from vabal_core.estimate.design import Design
from vabal_core.estimate.rest import Rest, rest_of


def hits_left(design: Design) -> Rest:
    return rest_of(design, design.labels == 1, np.ones(len(design.labels), bool))


def test_the_likeliest_number_is_the_share_of_the_sample():
    # 10 of 100 evaluation images are hits, of 1,000 in all: 100 hits, of which 90 are left.
    rest = hits_left(design_of(evaluation=(10, 90), unlabelled=900))
    assert rest.likeliest == 90
    low, high = rest.interval()
    assert low < 90 < high


def test_what_a_ranking_found_is_taken_off_what_is_left():
    # 10 of 100: 100 hits in 1,000; 60 stand among the evaluation images and the labels out of the ranking.
    rest = hits_left(design_of(evaluation=(10, 90), chosen="R" * 50 + "r" * 50, unlabelled=800))
    assert (rest.hits, rest.random_hits, rest.likeliest) == (60, 10, 40)


def test_no_hit_among_the_random_images_gives_the_rule_of_three_for_a_finite_population():
    # With every number of hits as likely as any other, P(more than x hits | none of 100 drawn from 1,000 is one) is
    # C(1000 - x, 101) / C(1001, 101): the sum of C(1000 - m, 100) over m > x is C(1000 - x, 101).
    bound = next(x for x in range(900) if comb(1000 - x, 101) <= 0.05 * comb(1001, 101))
    rest = hits_left(design_of(evaluation=(0, 100), unlabelled=900))
    assert rest.interval() == (0, bound)
    assert bound == pytest.approx(3 / 100 * 1000, rel=0.1)


def test_a_large_pool_has_the_interval_of_jeffreys():
    rest = hits_left(design_of(evaluation=(20, 180), unlabelled=99_800))
    expected = beta(20.5, 180.5).ppf([0.025, 0.975]) * 100_000 - 20
    assert rest.interval() == pytest.approx(expected, rel=0.02)


def test_an_audit_after_a_ranking_speaks_of_fewer_images_than_one_before_it():
    after = hits_left(design_of(chosen="R" * 20 + "r" * 380 + "a" * 60, unlabelled=540))
    before = hits_left(design_of(chosen="a" * 60 + "R" * 20 + "r" * 380, unlabelled=540))
    # None of 60 drawn from 600, of which 540 are left: about three in 60, and a little less for so large a sample.
    assert after.interval()[1] == pytest.approx(3 / 60 * 600, rel=0.15)
    # Had none of 60 drawn from 1,000 been a hit with these 20 still there, few more can have been there.
    assert before.interval()[1] < 3 / 60 * 1000
    assert before.interval()[1] > after.interval()[1]


def test_a_hit_of_an_audit_counts_by_the_images_that_had_no_label_then():
    # One of 50 drawn from 500 on (the first of them a hit): of the likeliest 10 hits 9 are left.
    rest = hits_left(design_of(chosen="r" * 500 + "A" + "a" * 49, unlabelled=450))
    assert rest.likeliest == pytest.approx(9, abs=1)


def test_labels_out_of_a_ranking_alone_tell_nothing_of_the_rest():
    rest = hits_left(design_of(chosen="R" * 90 + "r" * 10, unlabelled=300))
    assert (rest.random, rest.interval(), rest.likeliest) == (0, (0, 300), 150)


def test_where_all_is_labelled_nothing_is_left():
    rest = hits_left(design_of(evaluation=(3, 7), chosen="RRrrAa"))
    assert (rest.hits, rest.rest, rest.interval()) == (6, 0, (0, 0))


def test_where_every_random_image_is_a_hit_the_rest_may_be_nothing_else():
    hits = hits_left(design_of(evaluation=(40, 0), unlabelled=400))
    none = hits_left(design_of(evaluation=(0, 40), unlabelled=400))
    assert hits.interval()[1] == 400
    assert hits.interval()[0] == pytest.approx(400 - none.interval()[1], abs=1)


def test_the_draws_have_the_distribution():
    rest = hits_left(design_of(evaluation=(10, 90), unlabelled=900))
    draws = rest.draws(3)
    assert draws.mean() == pytest.approx((rest.counts * rest.weights).sum(), rel=0.01)
    assert (draws == rest.draws(3)).all()


@pytest.mark.parametrize("name", ["evaluation", "audit"])
def test_random_images_without_a_label_are_refused(name: str):
    masks = {"evaluation": np.zeros(2, bool), "audit": np.zeros(2, bool)} | {name: np.array([False, True])}
    with pytest.raises(ValueError, match="1 images"):
        Design(labels=np.array([0, -1]), place=np.arange(2), class_count=2, **masks)


def test_an_audit_among_the_evaluation_images_and_an_unknown_class_are_refused():
    both = np.array([True])
    with pytest.raises(ValueError, match="draws from the pool"):
        Design(labels=np.array([0]), place=np.arange(1), class_count=2, evaluation=both, audit=both)
    with pytest.raises(ValueError, match="class 2 among 2"):
        Design(labels=np.array([2]), place=np.arange(1), class_count=2, evaluation=both, audit=~both)
