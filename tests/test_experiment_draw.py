"""What is drawn for a seed: the test images and the first labels."""

import numpy as np
import pytest

from vabal_core.experiment.draw import draw_test, random_start, with_two_classes
from vabal_core.experiment.oracle import Oracle
from vabal_core.types import UNLABELLED, StudioError

TRUTH = np.repeat([0, 1, 2, 3], [50, 10, 2, 1])


def test_a_fifth_of_each_class_is_measured_on_and_a_single_image_never():
    test = draw_test(TRUTH, None, seed=0)
    assert np.bincount(TRUTH[test], minlength=4).tolist() == [10, 2, 1, 0]
    assert (draw_test(TRUTH, None, seed=0) == test).all() and (draw_test(TRUTH, None, seed=1) != test).any()


def test_a_stated_split_stays_as_it_is_for_every_seed():
    stated = np.arange(len(TRUTH)) < 5
    assert all((draw_test(TRUTH, stated, seed) == stated).all() for seed in range(3))


def test_the_first_labels_are_drawn_from_the_pool_by_the_seed_alone():
    pool = np.flatnonzero(np.arange(len(TRUTH)) % 2)
    rows = random_start(TRUTH, pool, 12, seed=3)
    assert len(set(rows.tolist())) == 12 and np.isin(rows, pool).all()
    assert (random_start(TRUTH, pool, 12, seed=3) == rows).all()
    assert (random_start(TRUTH, pool, 12, seed=4) != rows).any()
    assert (random_start(TRUTH, pool, 6, seed=3) == rows[:6]).all()


def test_the_first_labels_are_of_two_classes_also_where_chance_would_have_it_otherwise():
    truth, pool = np.repeat([0, 1], [99, 1]), np.arange(100)
    for seed in range(20):
        assert len(np.unique(truth[random_start(truth, pool, 2, seed)])) == 2
    assert with_two_classes(np.array([4, 5]), truth, pool, seed=0).tolist() == [4, 99]
    assert with_two_classes(np.array([99, 5]), truth, pool, seed=0).tolist() == [99, 5]


def test_too_few_images_and_a_single_class_are_refused_in_words():
    with pytest.raises(StudioError, match="from 20 labels, and 20 images can be labelled: start from 19 or fewer"):
        random_start(TRUTH, np.arange(20), 20, seed=0)
    with pytest.raises(StudioError, match="of one class"):
        random_start(TRUTH, np.arange(20), 5, seed=0)


def test_the_oracle_tells_what_it_is_asked_for_and_counts():
    oracle = Oracle(np.array([2, 0, 1, 0]), never=np.array([False, False, False, True]))
    assert oracle.ask(np.array([2, 0])).tolist() == [1, 2]
    assert oracle.labels.tolist() == [2, UNLABELLED, 1, UNLABELLED]
    assert oracle.asked.tolist() == [True, False, True, False]


@pytest.mark.parametrize(
    ("rows", "words"),
    [([1, 3], "image 3 is measured on"), ([1, 0], "image 0 was labelled"), ([1, 1], "1 are distinct")],
)
def test_the_oracle_tells_nothing_where_it_may_not(rows, words):
    oracle = Oracle(np.array([2, 0, 1, 0]), never=np.array([False, False, False, True]))
    oracle.ask(np.array([0]))
    with pytest.raises(ValueError, match=words):
        oracle.ask(np.array(rows))
    assert oracle.asked.sum() == 1
