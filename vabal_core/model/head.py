"""The classifier of a round whose backbone is frozen: a multinomial logistic regression on standardised features.

F features, C classes, L labelled images. Its probabilities are those of a world where all labelled classes are equally
common: the weights that balance the classes take their shares among the labels out, for these are what somebody chose
to label. Calibration is measured in that world too.
"""

from collections.abc import Generator
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from sklearn.linear_model import LogisticRegression

from vabal_core.model.calibration import NEUTRAL, balanced_log_loss, calibrated, choose_temperature
from vabal_core.model.standardisation import Standardisation, standardise
from vabal_core.types import Progress

# From strong to weak regularisation: each fit starts from the solution of the one before.
STRENGTHS = (0.3, 1.0, 3.0, 10.0, 30.0)
STRENGTH_WITHOUT_EVIDENCE = 1.0  # no class has two labels
MAX_FOLDS = 5
MAX_RISES = 2  # strengths tried after the best
# Largest entry of the gradient of the mean loss. The folds need only tell strengths apart.
FOLD_TOLERANCE, TOLERANCE = 1e-3, 1e-4
MAX_STEPS = 10_000


@dataclass(frozen=True, kw_only=True)
class Head:
    """A fitted head. A class that has no label has weights of zero and a bias of minus infinity: see `calibrated`.

    `strength` is scikit-learn's C: the weight of the summed losses beside half the squared norm of the weights.
    """

    standardisation: Standardisation
    weight: np.ndarray  # (C, F) float32
    bias: np.ndarray  # (C,) float32
    strength: float
    temperature: float
    label_count: int


@dataclass(frozen=True, kw_only=True)
class FittedHead:
    """A head, and what was measured on the way.

    Row i of `out_of_fold` is what a head says of image i that was fitted without its fold, with the strength and the
    temperature of `head`: these two numbers are chosen with all labels, nothing else in row i knows label i. A class
    whose only label is label i has none in that head, which gives it the share of a class without labels.
    """

    head: Head
    out_of_fold: np.ndarray  # (L, C) float64, rows sum to 1
    log_losses: dict[float, float]  # strength -> balanced log-loss out of fold, in nats; empty without evidence


def fit_head(
    features: np.ndarray, labels: np.ndarray, class_count: int, standardisation: Standardisation, *, seed: int
) -> Generator[Progress, None, FittedHead]:
    """Fits a head to features (L, F) and labels (L,) in 0..C-1, of which some classes may have one label or none.

    Strength and temperature are those of the least balanced log-loss out of fold. Same seed, same head; the order of
    the rows does not matter.
    """
    _check(features, labels, class_count)
    rows, basis = _rotate(standardise(standardisation, features))
    folds = stratified_folds(features, labels, min(MAX_FOLDS, len(labels)), seed)
    logits, log_losses = yield from _cross_validate(rows, labels, folds, class_count)
    evidence = len(log_losses) > 0
    strength = min(log_losses, key=log_losses.__getitem__) if evidence else STRENGTH_WITHOUT_EVIDENCE
    temperature = choose_temperature(logits, labels) if evidence else NEUTRAL
    weight, bias = _fit(_estimator(TOLERANCE), rows, labels, class_count, strength)
    yield Progress("head", len(STRENGTHS) + 1, len(STRENGTHS) + 1)
    others = len(labels) - np.bincount(folds)[folds]
    head = Head(
        standardisation=standardisation, weight=weight if basis is None else weight @ basis.T, bias=bias,
        strength=strength, temperature=temperature, label_count=len(labels),
    )  # fmt: skip
    return FittedHead(head=head, out_of_fold=calibrated(logits, temperature, others), log_losses=log_losses)


def predict(head: Head, features: np.ndarray) -> np.ndarray:
    """Calibrated probabilities (n, C) float64 of features (n, F), as if all labelled classes were equally common."""
    logits = standardise(head.standardisation, features) @ head.weight.T + head.bias
    return calibrated(logits.astype(np.float64), head.temperature, head.label_count)


def stratified_folds(features: np.ndarray, labels: np.ndarray, count: int, seed: int) -> np.ndarray:
    """The fold of every image (L,), 0..count-1: folds and each class's share of them differ by one image at most.

    Within its class an image is placed by its content and `seed`, not by its row. scikit-learn's StratifiedKFold does
    the same for rows, but warns of classes smaller than `count`.
    """
    key = seed.to_bytes(16, "little")
    digests = [blake2b(row.tobytes(), digest_size=8, key=key).digest() for row in np.ascontiguousarray(features)]
    folds = np.empty(len(labels), np.int64)
    folds[np.lexsort((np.array(digests), labels))] = np.arange(len(labels)) % count
    return folds


def _cross_validate(
    rows: np.ndarray, labels: np.ndarray, folds: np.ndarray, class_count: int
) -> Generator[Progress, None, tuple[np.ndarray, dict[float, float]]]:
    """Logits (L, C) out of fold at the best strength, and the loss of each strength that was tried.

    The path of strengths ends MAX_RISES after the best. Where no class has two labels, nothing can be told from a
    fold: no losses, and the logits at STRENGTH_WITHOUT_EVIDENCE.
    """
    estimators = [_estimator(FOLD_TOLERANCE) for _ in range(folds.max() + 1)]
    if np.bincount(labels).max() < 2:
        return _out_of_fold(estimators, rows, labels, folds, class_count, STRENGTH_WITHOUT_EVIDENCE), {}
    best, losses = np.empty(0), {}
    for number, strength in enumerate(STRENGTHS):
        logits = _out_of_fold(estimators, rows, labels, folds, class_count, strength)
        losses[strength] = balanced_log_loss(logits, labels)
        if losses[strength] == min(losses.values()):
            best, best_number = logits, number
        yield Progress("head", number + 1, len(STRENGTHS) + 1, metrics={"log_loss": losses[strength]})
        if number - best_number == MAX_RISES:
            break
    return best, losses


def _out_of_fold(
    estimators: list[LogisticRegression], rows: np.ndarray, labels: np.ndarray, folds: np.ndarray, class_count: int,
    strength: float,
) -> np.ndarray:  # fmt: skip
    """Logits (L, C) of each fold by its estimator, fitted to the other folds."""
    logits = np.empty((len(labels), class_count))
    for fold, estimator in enumerate(estimators):
        held = folds == fold
        weight, bias = _fit(estimator, rows[~held], labels[~held], class_count, strength)
        logits[held] = rows[held] @ weight.T + bias
    return logits


def _estimator(tolerance: float) -> LogisticRegression:
    return LogisticRegression(class_weight="balanced", tol=tolerance, max_iter=MAX_STEPS, warm_start=True)


def _fit(
    estimator: LogisticRegression, rows: np.ndarray, labels: np.ndarray, class_count: int, strength: float
) -> tuple[np.ndarray, np.ndarray]:
    """Weights (C, M) and biases (C,) fitted to rows (L, M). Without any label: zeros, which say nothing of any class.

    For two classes scikit-learn fits the difference of their weights, whose squared norm is twice the sum of theirs:
    twice the strength makes it the multinomial regression that it fits for three.
    """
    present = np.unique(labels)
    weight, bias = np.zeros((class_count, rows.shape[1]), rows.dtype), np.zeros(class_count, rows.dtype)
    if len(present) > 0:
        bias[np.setdiff1d(np.arange(class_count), present)] = -np.inf
    if len(present) < 2:
        return weight, bias
    estimator.set_params(C=strength if len(present) > 2 else 2 * strength).fit(rows, labels)
    coefficients, intercepts = estimator.coef_, estimator.intercept_
    if len(present) == 2:
        coefficients, intercepts = np.vstack([-coefficients, coefficients]) / 2, np.repeat(intercepts, 2) * [-0.5, 0.5]
    weight[present], bias[present] = coefficients, intercepts
    return weight, bias


def _rotate(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """Rows (L, F) in a basis (F, L) of their span where L < F: the regularised weights lie in it, so none is lost."""
    if len(rows) >= rows.shape[1]:
        return rows, None
    basis, triangle = np.linalg.qr(rows.T)
    return np.ascontiguousarray(triangle.T), basis


def _check(features: np.ndarray, labels: np.ndarray, class_count: int) -> None:
    if not len(labels) or features.shape[0] != len(labels):
        raise ValueError(f"{len(labels)} labels for features of shape {features.shape}: as many, and at least one")
    if labels.min() < 0 or labels.max() >= class_count:
        raise ValueError(f"labels from {labels.min()} to {labels.max()} for {class_count} classes: 0 to C - 1")
    if not np.isfinite(features).all():
        raise ValueError(f"{np.count_nonzero(~np.isfinite(features))} features are not finite: read them again")
