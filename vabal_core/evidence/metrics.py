"""Accuracy and its relatives from a confusion matrix, each with a 95 % interval. Plain functions on arrays.

A confusion matrix is (C, C) counts, row true class, column predicted class.
"""

import numpy as np

from vabal_core.evidence.intervals import Estimate, mean_proportion, proportion

CALIBRATION_BINS = 15  # as Guo et al. have them


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


def precisions(confusion: np.ndarray) -> list[Estimate]:
    """One estimate a class: of the evaluation images predicted as it, the share that is of it."""
    return recalls(confusion.T)


def balanced_accuracy(confusion: np.ndarray) -> Estimate:
    """The mean recall over the classes that have evaluation images."""
    return mean_proportion(np.diag(confusion), confusion.sum(1))


def rare_classes(evaluation_counts: np.ndarray) -> np.ndarray:
    """Which classes are rare: under half of an even share of the evaluation images. (C,) -> (C,) bool."""
    return evaluation_counts < 0.5 * evaluation_counts.sum() / len(evaluation_counts)


def macro_f1(confusion: np.ndarray) -> float:
    """The mean over the classes that have evaluation images of F1 = 2 TP / (2 TP + FP + FN), 0 where nothing is right;
    NaN without any image."""
    right, true, predicted = np.diag(confusion), confusion.sum(1), confusion.sum(0)
    present = true > 0
    return float((2 * right / np.maximum(true + predicted, 1))[present].mean()) if present.any() else float("nan")


def log_loss(probabilities: np.ndarray, true: np.ndarray) -> float:
    """The mean of -log p(true class) in nats, from probabilities (N, C) and classes (N,); NaN without any image.

    A probability of zero counts as the smallest positive one: infinity would hide all other images.
    """
    own = probabilities[np.arange(len(true)), true].astype(np.float64)
    return float(-np.log(np.maximum(own, np.finfo(np.float64).tiny)).mean()) if len(true) else float("nan")


def calibration_error(confidence: np.ndarray, right: np.ndarray) -> float:
    """The expected calibration error (Guo et al., ICML 2017, Eq. 3): the mean over images of the distance between the
    share of right answers and the mean confidence in their bin, one of CALIBRATION_BINS of equal width.

    confidence (N,) probability of the predicted class, right (N,) bool; NaN without any image.
    """
    if not len(right):
        return float("nan")
    bins = np.clip(np.ceil(confidence * CALIBRATION_BINS).astype(int) - 1, 0, CALIBRATION_BINS - 1)
    excess = np.bincount(bins, right.astype(np.float64) - confidence, CALIBRATION_BINS)
    return float(np.abs(excess).sum() / len(right))
