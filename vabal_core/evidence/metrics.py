"""Accuracy and its relatives from a confusion matrix, each with a 95 % interval. Plain functions on arrays.

A confusion matrix is (C, C) counts, row true class, column predicted class.
"""

import numpy as np

from vabal_core.evidence.intervals import Estimate, mean_proportion, proportion


def confusion_matrix(true: np.ndarray, predicted: np.ndarray, class_count: int) -> np.ndarray:
    """Counts (C, C) from labels (N,) and predictions (N,); N may be 0, which scikit-learn's refuses."""
    cells = np.bincount(true * class_count + predicted, minlength=class_count**2)
    return cells.reshape(class_count, class_count)


def accuracy(confusion: np.ndarray) -> Estimate:
    """The share of all evaluation images predicted as what they are."""
    return proportion(np.trace(confusion), confusion.sum())


def recalls(confusion: np.ndarray) -> list[Estimate]:
    """One estimate a class: of its evaluation images, the share predicted as it."""
    return [proportion(*pair) for pair in zip(np.diag(confusion), confusion.sum(1), strict=True)]


def balanced_accuracy(confusion: np.ndarray) -> Estimate:
    """The mean recall over the classes that have evaluation images."""
    return mean_proportion(np.diag(confusion), confusion.sum(1))


def rare_classes(evaluation_counts: np.ndarray) -> np.ndarray:
    """Which classes are rare: under half of an even share of the evaluation images. (C,) -> (C,) bool."""
    return evaluation_counts < 0.5 * evaluation_counts.sum() / len(evaluation_counts)
