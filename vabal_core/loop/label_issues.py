"""Labels that look wrong: confident learning (Northcutt, Jiang and Chuang, JAIR 2021), by cleanlab.

From how sure models are of each class on the images labelled so, it is estimated how many labels of each class belong
to which other one; so many images are named, those that fit their label least. An image counts only where both of the
method's ways to choose them agree (by the label's class alone, and by the pair of classes): of these a larger share is
wrong, and hardly fewer wrong labels are among them (benchmarks/label_errors.py).
"""

import warnings

import numpy as np

from vabal_core.types import UNLABELLED

# Of one class, below which its labels are not judged: a model that learned without one of them hardly knew the class.
MIN_CLASS_LABELS = 3


def label_issues(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """The rows (k,) whose label looks wrong, the likeliest error first: that of which the model thinks least.

    labels (N,), UNLABELLED where there is none; probabilities (N, C) by models that had not learned from the image, NaN
    in the rows of which none speaks.
    """
    rows = judged_rows(labels, probabilities)
    if len(np.unique(labels[rows])) < 2:
        return np.empty(0, np.int64)
    from cleanlab.filter import find_label_issues  # it loads every part of its package

    with warnings.catch_warnings():
        # Of a class with few labels it says each time that it may not find all.
        warnings.filterwarnings("ignore", message="May not flag all label issues", category=UserWarning)
        issues = find_label_issues(
            labels[rows], probabilities[rows], filter_by="both", return_indices_ranked_by="self_confidence", n_jobs=1
        )
    return rows[issues]


def judged_rows(labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    """The rows (j,) whose label is held against a model's word; arrays as in `label_issues`."""
    rows = np.flatnonzero((labels != UNLABELLED) & ~np.isnan(probabilities).any(axis=1))
    counts = np.bincount(labels[rows], minlength=probabilities.shape[1])
    return rows[counts[labels[rows]] >= MIN_CLASS_LABELS]
