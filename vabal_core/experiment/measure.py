"""What is measured after a round, on the test images alone and on what was labelled."""

from typing import Any

import numpy as np

from vabal_core.evidence import metrics


def accuracy_columns(probabilities: np.ndarray, truth: np.ndarray) -> dict[str, Any]:
    """Of a row of results: how well the test images are told apart. probabilities (E, C), truth (E,).

    Shares in 0..1, `log_loss` in nats, this and `calibration_error` of the probabilities as they are: a head's are
    class-balanced, whatever the test images are; NaN in `recalls` for a class without test images.
    """
    predicted = probabilities.argmax(1)
    confusion = metrics.confusion_matrix(truth, predicted, probabilities.shape[1])
    return {
        "test_images": len(truth),
        "test_histogram": np.bincount(truth, minlength=probabilities.shape[1]).tolist(),
        "balanced_accuracy": metrics.balanced_accuracy(confusion).value,
        "accuracy": metrics.accuracy(confusion).value,
        "macro_f1": metrics.macro_f1(confusion),
        "recalls": [estimate.value for estimate in metrics.recalls(confusion)],
        "log_loss": metrics.log_loss(probabilities, truth),
        "calibration_error": metrics.calibration_error(probabilities.max(1), predicted == truth),
    }


def label_columns(labels: np.ndarray, pool_counts: np.ndarray) -> dict[str, Any]:
    """Of a row of results: what was labelled. labels (L,); pool_counts (C,) the true counts of the whole pool, which
    say what classes are rare there (`_rare`). `rare_share` is NaN where none is."""
    histogram = np.bincount(labels, minlength=len(pool_counts))
    rare = _rare(pool_counts)
    return {
        "labels": len(labels),
        "pool_images": int(pool_counts.sum()),
        "pool_histogram": pool_counts.tolist(),
        "histogram": histogram.tolist(),
        "classes_found": int((histogram > 0).sum()),
        "rare_share": float(histogram[rare].sum() / histogram.sum()) if rare.any() else float("nan"),
    }


def _rare(counts: np.ndarray) -> np.ndarray:
    """Under half of an even share, or a fifth of the largest class. (C,) -> (C,) bool.

    Where all classes but one are thinned alike (cifar10+[1]: 5,000 and nine times 500) none is under half of an even
    share, and all but that one are rare.
    """
    return metrics.rare_classes(counts) | (counts < counts.max() / 5)
