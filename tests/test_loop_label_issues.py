"""Which labels look wrong, against what confident learning gives by hand."""

import numpy as np
import pytest

from vabal_core.loop.label_issues import judged_rows, label_issues
from vabal_core.types import UNLABELLED

# On average the images labelled 0 have 0.675 for their class, those labelled 1 have 0.875. Of the first, row 3 alone
# reaches the other class's average: one of four. Of the second none does.
LABELS = np.array([0, 0, 0, 0, 1, 1, 1, 1])
OF_CLASS_0 = np.array([0.9, 0.9, 0.8, 0.1, 0.1, 0.1, 0.2, 0.1])
TWO = np.stack([OF_CLASS_0, 1 - OF_CLASS_0], axis=1)


def test_an_image_that_is_confidently_of_another_class_is_named():
    assert label_issues(LABELS, TWO).tolist() == [3]


def test_the_label_that_the_model_thinks_least_of_comes_first():
    # 0.6 and 0.85: rows 2 and 3 reach the average of class 1, and row 7 that of class 0.
    of_class_0 = np.array([0.9, 0.9, 0.1, 0.05, 0.9, 0.05, 0.05, 0.05, 0.1, 0.05, 0.95, 0.1])
    labels = np.array([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1])
    probabilities = np.stack([of_class_0, 1 - of_class_0], axis=1)
    assert label_issues(labels, probabilities).tolist() == [3, 10, 2]


def test_an_image_that_only_one_of_the_two_ways_names_is_not_named():
    # One of the images labelled 0 is confidently of class 1 (row 3), so one of them is wrong: by its own class alone
    # that is row 4, whose label has less; by the pair of classes it is row 3.
    probabilities = np.array(
        [[0.9, 0.1, 0.0], [0.9, 0.1, 0.0], [0.9, 0.1, 0.0], [0.25, 0.75, 0.0], [0.2, 0.1, 0.7]]
        + [[0.3, 0.7, 0.0]] * 3
        + [[0.1, 0.1, 0.8]] * 3
    )
    assert label_issues(np.array([0] * 5 + [1] * 3 + [2] * 3), probabilities).tolist() == []


def test_labels_of_a_class_that_has_hardly_any_are_not_judged():
    labels = np.array([*LABELS, 2, 2])
    probabilities = np.vstack([np.pad(TWO, ((0, 0), (0, 1))), [[0.99, 0.01, 0.0]] * 2])
    assert judged_rows(labels, probabilities).tolist() == list(range(8))
    assert label_issues(labels, probabilities).tolist() == [3]


def test_only_labels_that_a_model_speaks_of_are_judged():
    labels = np.array([UNLABELLED, *LABELS, 0])
    probabilities = np.vstack([[[0.5, 0.5]], TWO, [[np.nan, np.nan]]])
    assert judged_rows(labels, probabilities).tolist() == list(range(1, 9))
    assert label_issues(labels, probabilities).tolist() == [4]


@pytest.mark.parametrize("labels", [LABELS[:4], np.full(8, UNLABELLED)[:4]])
def test_where_one_class_or_none_is_judged_nothing_looks_wrong(labels):
    assert label_issues(labels, TWO[:4]).tolist() == []
