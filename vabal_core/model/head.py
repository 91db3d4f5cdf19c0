"""The classifier of a round whose backbone is frozen: a multinomial logistic regression on standardised features.

F features, C classes, L labelled images. Its probabilities are those of a world where all labelled classes are equally
common: the weights that balance the classes take their shares among the labels out, for these are what somebody chose
to label. Calibration is measured in that world too. Multiplied by those shares, the probabilities lose more even on
images drawn at random (100 and 250 labels of steel and of CIFAR-10: 3 to 11 % more log-loss).
"""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from hashlib import blake2b

import numpy as np
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from vabal_core.model.calibration import USUAL_TEMPERATURE, calibrated, choose_temperature
from vabal_core.model.standardisation import Standardisation, standardise
from vabal_core.types import Progress

# From strong to weak regularisation: each fit of a fold starts from the solution of the one before. 0.1 and 10 beside
# these changed nothing of note on crops of steel at two sizes, CIFAR-10 and digits, at 25 to 500 labels.
STRENGTHS = (0.3, 1.0, 3.0)
MAX_FOLDS = 5
TOLERANCE = 1e-4  # the largest entry of the gradient of the mean loss
MAX_STEPS = 10_000
# Threads inside small products wait for each other, and on a machine with other work they wait long.
_on_one_core = threadpool_limits.wrap(limits=1, user_api="blas")


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
    log_losses: dict[float, float]  # strength -> `penalised_log_loss` out of fold, in nats; empty without evidence


def fit_head(
    features: np.ndarray, labels: np.ndarray, class_count: int, standardisation: Standardisation, *, seed: int
) -> Generator[Progress, None, FittedHead]:
    """Fits a head to features (L, F) and labels (L,) in 0..C-1, of which some classes may have one label or none.

    Strength and temperature are chosen together, by the least balanced log-loss out of fold. By the loss at temperature
    1 the weakest regularisation looks best, for the stronger ones are unsure of what they get right.
    Same seed, same head; the order of the rows does not matter.
    """
    _check(features, labels, class_count)
    rows, basis = _rotate(standardise(standardisation, features))
    folds = stratified_folds(features, labels, min(MAX_FOLDS, len(labels)), seed)
    chosen = yield from _cross_validate(rows, labels, folds, class_count)
    weight, bias = _on_one_core(_fit)(_estimator(), rows, labels, class_count, chosen.strength)
    yield Progress("head", len(STRENGTHS) + 1, len(STRENGTHS) + 1)
    head = Head(
        standardisation=standardisation, weight=weight if basis is None else weight @ basis.T, bias=bias,
        strength=chosen.strength, temperature=chosen.temperature, label_count=len(labels),
    )  # fmt: skip
    others = len(labels) - np.bincount(folds)[folds]
    out_of_fold = calibrated(chosen.logits, chosen.temperature, others)
    return FittedHead(head=head, out_of_fold=out_of_fold, log_losses=chosen.log_losses)


def refit(head: Head, features: np.ndarray, labels: np.ndarray) -> Head:
    """The head that features (L, F) and labels (L,) give with the strength and the temperature of `head`."""
    _check(features, labels, len(head.weight))
    rows, basis = _rotate(standardise(head.standardisation, features))
    weight, bias = _on_one_core(_fit)(_estimator(), rows, labels, len(head.weight), head.strength)
    return replace(head, weight=weight if basis is None else weight @ basis.T, bias=bias, label_count=len(labels))


def predict(head: Head, features: np.ndarray) -> np.ndarray:
    """Calibrated probabilities (n, C) float64 of features (n, F), as if all labelled classes were equally common."""
    logits = standardise(head.standardisation, features) @ head.weight.T + head.bias
    return calibrated(logits.astype(np.float64), head.temperature, head.label_count)


def stratified_folds(features: np.ndarray, labels: np.ndarray, count: int, seed: int) -> np.ndarray:
    """The fold of every image (L,), 0..count-1: folds and each class's share of them differ by one image at most.

    Within its class an image is placed by its content and `seed`, not by its row. scikit-learn's StratifiedKFold does
    the same for rows, but warns of classes smaller than `count`.
    """
    key = int(seed).to_bytes(16, "little")
    digests = [blake2b(row.tobytes(), digest_size=8, key=key).digest() for row in np.ascontiguousarray(features)]
    folds = np.empty(len(labels), np.int64)
    folds[np.lexsort((np.array(digests), labels))] = np.arange(len(labels)) % count
    return folds


@dataclass(frozen=True, kw_only=True)
class _Choice:
    strength: float
    temperature: float
    logits: np.ndarray  # (L, C) float64, out of fold at this strength
    log_losses: dict[float, float]


def _cross_validate(
    rows: np.ndarray, labels: np.ndarray, folds: np.ndarray, class_count: int
) -> Generator[Progress, None, _Choice]:
    """The strength and the temperature of the least loss out of fold.

    Where no class has two labels, nothing can be told from a fold: the first strength, the usual temperature, no loss.
    """
    out_of_fold = partial(
        _out_of_fold, [_estimator() for _ in range(folds.max() + 1)], rows, labels, folds, class_count
    )
    if np.bincount(labels).max() < 2:
        logits = out_of_fold(STRENGTHS[0])
        return _Choice(strength=STRENGTHS[0], temperature=USUAL_TEMPERATURE, logits=logits, log_losses={})
    log_losses: dict[float, float] = {}
    for number, strength in enumerate(STRENGTHS, start=1):
        logits = out_of_fold(strength)
        temperature, log_losses[strength] = choose_temperature(logits, labels)
        if log_losses[strength] == min(log_losses.values()):
            best = _Choice(strength=strength, temperature=temperature, logits=logits, log_losses=log_losses)
        yield Progress("head", number, len(STRENGTHS) + 1, metrics={"log_loss": log_losses[strength]})
    return best


@_on_one_core
def _out_of_fold(
    estimators: list[LogisticRegression], rows: np.ndarray, labels: np.ndarray, folds: np.ndarray, class_count: int,
    strength: float,
) -> np.ndarray:  # fmt: skip
    """Logits (L, C) of each fold by its estimator, fitted to the other folds; all of them at once."""
    logits = np.empty((len(labels), class_count))

    def fill(fold: int) -> None:
        held = folds == fold
        weight, bias = _fit(estimators[fold], rows[~held], labels[~held], class_count, strength)
        logits[held] = rows[held] @ weight.T + bias

    with ThreadPoolExecutor() as threads:
        list(threads.map(fill, range(len(estimators))))
    return logits


def _estimator() -> LogisticRegression:
    return LogisticRegression(class_weight="balanced", tol=TOLERANCE, max_iter=MAX_STEPS, warm_start=True)


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


@_on_one_core
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
