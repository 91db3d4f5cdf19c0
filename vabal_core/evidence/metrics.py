"""Accuracy and its relatives from a confusion matrix, each with a 95 % interval. Plain functions on arrays.

A confusion matrix is (C, C) counts: row true class, column predicted class.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

Z95 = float(norm.ppf(0.975))


@dataclass(frozen=True)
class Estimate:
    """A share in [0, 1] with its 95 % interval and the number of images behind it. NaN where no image is."""

    value: float
    low: float
    high: float
    count: int


def confusion_matrix(true: np.ndarray, predicted: np.ndarray, class_count: int) -> np.ndarray:
    """Counts (C, C) from labels (N,) and predictions (N,)."""
    cells = np.bincount(true * class_count + predicted, minlength=class_count**2)
    return cells.reshape(class_count, class_count)


def proportion(successes: float, count: int) -> Estimate:
    """successes / count with Wilson's score interval (Wilson 1927): honest near 0, near 1 and for few images."""
    if count == 0:
        return Estimate(np.nan, np.nan, np.nan, 0)
    share, spread = successes / count, Z95**2 / count
    centre = (share + spread / 2) / (1 + spread)
    half = np.sqrt(share * (1 - share) * spread + spread**2 / 4) / (1 + spread)
    return Estimate(share, max(0.0, centre - half), min(1.0, centre + half), count)


def accuracy(confusion: np.ndarray) -> Estimate:
    return proportion(np.trace(confusion), int(confusion.sum()))


def recalls(confusion: np.ndarray) -> list[Estimate]:
    """One estimate a class: of its evaluation images, the share predicted as it."""
    return [proportion(row[n], int(row.sum())) for n, row in enumerate(confusion)]


def balanced_accuracy(confusion: np.ndarray) -> Estimate:
    """The mean recall over the classes that have evaluation images.

    The interval is normal; each recall's variance is taken with two successes and two failures added (Agresti and Coull
    1998), so that a class seen three times and right three times does not count as certain.
    """
    counts = confusion.sum(1)
    present = counts > 0
    if not present.any():
        return Estimate(np.nan, np.nan, np.nan, 0)
    hits, counts = np.diag(confusion)[present], counts[present]
    value = float((hits / counts).mean())
    adjusted = (hits + 2) / (counts + 4)
    variance = (adjusted * (1 - adjusted) / (counts + 4)).sum() / len(counts) ** 2
    half = Z95 * float(np.sqrt(variance))
    return Estimate(value, max(0.0, value - half), min(1.0, value + half), int(counts.sum()))


def rare_classes(evaluation_counts: np.ndarray) -> np.ndarray:
    """Which classes are rare: under half of an even share of the evaluation images. (C,) -> (C,) bool."""
    return evaluation_counts < 0.5 * evaluation_counts.sum() / len(evaluation_counts)
