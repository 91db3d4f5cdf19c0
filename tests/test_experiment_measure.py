"""The columns of a row of results, with hand-computed values."""

import math

import numpy as np
import pytest

from vabal_core.evidence.metrics import calibration_error, log_loss, macro_f1
from vabal_core.experiment.measure import accuracy_columns, label_columns

PROBABILITIES = np.array([[0.8, 0.2, 0.0], [0.6, 0.4, 0.0], [0.3, 0.7, 0.0], [0.5, 0.5, 0.0]])
TRUTH = np.array([0, 1, 1, 0])  # predicted 0, 0, 1, 0


def test_the_accuracies_of_four_test_images():
    row = accuracy_columns(PROBABILITIES, TRUTH)
    assert (row["accuracy"], row["balanced_accuracy"], row["test_images"]) == (0.75, 0.75, 4)
    assert row["recalls"][:2] == [1.0, 0.5] and math.isnan(row["recalls"][2])
    assert row["macro_f1"] == pytest.approx((4 / 5 + 2 / 3) / 2)
    assert row["log_loss"] == pytest.approx(-(math.log(0.8) + math.log(0.4) + math.log(0.7) + math.log(0.5)) / 4)
    # Bins of 1/15: each of .8, .6, .7, .5 alone in its own.
    assert row["calibration_error"] == pytest.approx((0.2 + 0.6 + 0.3 + 0.5) / 4)


def test_images_of_one_bin_are_averaged_before_the_distance_is_taken():
    assert calibration_error(np.array([0.75, 0.75, 0.75, 0.75]), np.array([True, True, True, False])) == pytest.approx(
        0
    )
    assert calibration_error(np.array([1.0, 1.0]), np.array([True, False])) == pytest.approx(0.5)


def test_an_impossible_class_costs_much_and_not_everything():
    assert 300 < log_loss(np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([0, 0])) < 400


def test_a_class_never_right_has_an_f1_of_zero_and_one_without_images_none():
    assert macro_f1(np.array([[3, 0, 0], [3, 0, 0], [0, 0, 0]])) == pytest.approx((6 / 9 + 0) / 2)


def test_nothing_to_measure_on_is_no_number():
    empty = accuracy_columns(np.empty((0, 2)), np.empty(0, np.int64))
    assert all(math.isnan(empty[name]) for name in ("accuracy", "macro_f1", "log_loss", "calibration_error"))


def test_the_labels_of_a_pool_with_a_rare_class():
    row = label_columns(np.array([0, 0, 1, 2]), pool_counts=np.array([50, 30, 10]))
    counts = {"labels": 4, "pool_images": 90, "histogram": [2, 1, 1], "classes_found": 3}
    counts["pool_histogram"] = [50, 30, 10]
    assert row == {**counts, "rare_share": 0.25}


def test_all_classes_but_a_dominant_one_are_rare():
    pool = np.array([5000] + [500] * 9)
    assert label_columns(np.array([0, 0, 0, 1, 9]), pool)["rare_share"] == 0.4
    assert label_columns(np.array([0, 0, 0, 1, 9]), pool[::-1])["rare_share"] == 0.8


def test_a_balanced_pool_has_no_rare_share():
    assert math.isnan(label_columns(np.array([0, 1]), pool_counts=np.array([5, 5]))["rare_share"])
