"""Accuracy and its intervals by hand."""

import numpy as np
import pytest

from vabal_core.evidence.metrics import (
    accuracy,
    balanced_accuracy,
    confusion_matrix,
    proportion,
    rare_classes,
    recalls,
)

CONFUSION = np.array([[8, 2, 0], [1, 1, 0], [0, 0, 0]])


def test_confusion_matrix_counts_true_rows_and_predicted_columns():
    matrix = confusion_matrix(np.array([0, 0, 1, 2]), np.array([0, 1, 1, 0]), 3)
    assert matrix.tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 0]]


def test_wilson_interval_by_hand():
    # 8 of 10: centre (0.8 + z2/20) / (1 + z2/10), half sqrt(0.8*0.2*z2/10 + z2^2/400) / (1 + z2/10), z2 = 3.8415
    estimate = proportion(8, 10)
    assert (estimate.value, estimate.count) == (0.8, 10)
    assert estimate.low == pytest.approx(0.4901625, abs=1e-6)
    assert estimate.high == pytest.approx(0.9433178, abs=1e-6)


def test_an_interval_never_leaves_zero_to_one_and_is_never_certain():
    assert proportion(5, 5).high == 1.0
    assert proportion(5, 5).low < 0.6
    assert proportion(0, 5).low == 0.0
    assert proportion(0, 5).high > 0.4


def test_no_images_give_no_number():
    estimate = proportion(0, 0)
    assert np.isnan([estimate.value, estimate.low, estimate.high]).all()
    assert balanced_accuracy(np.zeros((2, 2), int)).count == 0


def test_accuracy_is_the_share_on_the_diagonal():
    assert accuracy(CONFUSION).value == 0.75
    assert accuracy(CONFUSION).count == 12


def test_balanced_accuracy_is_the_mean_recall_of_the_classes_that_have_images():
    estimate = balanced_accuracy(CONFUSION)
    assert estimate.value == pytest.approx((0.8 + 0.5) / 2)
    # Agresti-Coull: 10/14 and 3/6; variances 10*4/14^3 and 0.25/6; half = 1.96 * sqrt(sum) / 2
    half = 1.959964 * np.sqrt(10 * 4 / 14**3 + 0.25 / 6) / 2
    assert (estimate.low, estimate.high) == pytest.approx((0.65 - half, 0.65 + half), abs=1e-6)


def test_recalls_name_how_many_images_stand_behind_each():
    assert [(r.value, r.count) for r in recalls(CONFUSION)[:2]] == [(0.8, 10), (0.5, 2)]
    assert np.isnan(recalls(CONFUSION)[2].value)


def test_rare_is_under_half_of_an_even_share():
    assert rare_classes(np.array([50, 37, 13, 12.5 - 1e-9])).tolist() == [False, False, True, True]
    assert rare_classes(np.zeros(3)).tolist() == [False, False, False]
