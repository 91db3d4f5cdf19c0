"""Accuracy and its relatives by hand."""

import numpy as np
import pytest

from vabal_core.evidence.metrics import accuracy, balanced_accuracy, confusion_matrix, rare_classes, recalls

CONFUSION = np.array([[8, 2, 0], [1, 1, 0], [0, 0, 0]])


def test_confusion_matrix_counts_true_rows_and_predicted_columns():
    matrix = confusion_matrix(np.array([0, 0, 1, 2]), np.array([0, 1, 1, 0]), 3)
    assert matrix.tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 0]]
    assert not confusion_matrix(np.array([], int), np.array([], int), 3).any(), "no evaluation image has a label yet"


def test_accuracy_is_the_share_on_the_diagonal():
    assert (accuracy(CONFUSION).value, accuracy(CONFUSION).count) == (0.75, 12)


def test_balanced_accuracy_is_the_mean_recall_of_the_classes_that_have_images():
    estimate = balanced_accuracy(CONFUSION)
    assert (estimate.value, estimate.count) == (pytest.approx((0.8 + 0.5) / 2), 12)
    assert balanced_accuracy(np.zeros((2, 2), int)).count == 0


def test_recalls_name_how_many_images_stand_behind_each():
    assert [(r.value, r.count) for r in recalls(CONFUSION)[:2]] == [(0.8, 10), (0.5, 2)]
    assert np.isnan(recalls(CONFUSION)[2].value)


def test_rare_is_under_half_of_an_even_share():
    assert rare_classes(np.array([50, 37, 13, 12.5 - 1e-9])).tolist() == [False, False, True, True]
    assert rare_classes(np.zeros(3)).tolist() == [False, False, False]
