"""The head of a frozen backbone: scikit-learn's regression, its strength and temperature chosen out of fold."""

import subprocess
import sys
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from long_work import finish, result_of
from scipy.special import log_softmax
from sklearn.datasets import load_digits, make_blobs
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from vabal_core.model import head as head_module
from vabal_core.model.calibration import balanced_log_loss, calibrated, choose_temperature, penalised_log_loss
from vabal_core.model.head import STRENGTHS, FittedHead, fit_head, predict, stratified_folds
from vabal_core.model.standardisation import measure_standardisation, standardise

ROOT = Path(__file__).parents[1]
BLOCKS = (4, 16)


def blobs(count: int, classes: int = 3, spread: float = 2.5, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Overlapping classes, 20 columns: the first 4 of another unit than the others."""
    features, labels = make_blobs(count, 20, centers=classes, cluster_std=spread, center_box=(-2, 2), random_state=seed)
    features[:, :4] *= 100
    return features.astype(np.float32), labels


def fitted(features: np.ndarray, labels: np.ndarray, class_count: int = 3, seed: int = 0) -> FittedHead:
    return result_of(fit_head(features, labels, class_count, measure_standardisation(features, BLOCKS), seed=seed))


def plain(features: np.ndarray, labels: np.ndarray, strength: float) -> Pipeline:
    """scikit-learn alone. Its scaler divides by what ours does: roots of deviations, and of what they leave a block."""
    scaler = StandardScaler().fit(features)
    deviations = np.split(scaler.scale_, np.cumsum(BLOCKS)[:-1])
    scaler.scale_ = np.concatenate([np.sqrt(deviation * deviation.sum()) for deviation in deviations])
    return make_pipeline(scaler, exact(strength).fit(scaler.transform(features), labels))


def exact(strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, class_weight="balanced", tol=1e-8, max_iter=10_000)


@pytest.mark.parametrize("count", [15, 60], ids=["fewer rows than columns", "more rows than columns"])
def test_a_head_says_what_scikit_learn_alone_says(count):
    features, labels = blobs(count)
    result = fitted(features, labels)
    expected = log_softmax(plain(features, labels, result.head.strength).decision_function(features), axis=1)
    expected = np.exp(log_softmax(expected / result.head.temperature, axis=1))
    np.testing.assert_allclose(predict(result.head, features), expected, atol=5e-3)


def test_two_classes_are_regularised_as_two_of_three_are():
    features, labels = blobs(40, classes=2)
    result = fitted(features, labels, class_count=2)
    regression = plain(features, labels, 2 * result.head.strength)
    expected = regression.decision_function(features) / result.head.temperature
    np.testing.assert_allclose(predict(result.head, features)[:, 1], 1 / (1 + np.exp(-expected)), atol=5e-3)


@pytest.mark.parametrize(
    "labels", [[1], [0, 2], [0, 2, 2], [1] * 9 + [0], [0, 1, 2, 3], [3] * 6, [0, 0, 1, 1, 2, 3]], ids=str
)
def test_a_handful_of_labels_is_enough(labels):
    features, _ = blobs(len(labels) + 20)
    labels = np.array(labels)
    standardisation = measure_standardisation(features, BLOCKS)
    result = result_of(fit_head(features[: len(labels)], labels, 5, standardisation, seed=0))
    probabilities = predict(result.head, features)
    absent = np.setdiff1d(np.arange(5), labels)
    np.testing.assert_allclose(probabilities.sum(1), 1)
    np.testing.assert_allclose(probabilities[:, absent], 1 / (len(labels) + 5))  # Laplace's rule of succession
    np.testing.assert_allclose(result.out_of_fold.sum(1), 1)
    assert (result.out_of_fold > 0).all()


def test_an_image_has_no_say_in_its_own_out_of_fold_prediction():
    """It is what scikit-learn says that is fitted without its fold, at the strength and temperature of the head."""
    features, labels = blobs(40)
    folds = stratified_folds(features, labels, 5, seed=0)
    before = fitted(features, labels)
    standardisation = before.head.standardisation
    for image in range(3):
        others = folds != folds[image]
        rows = standardise(standardisation, features).astype(np.float64)
        logits = exact(before.head.strength).fit(rows[others], labels[others]).decision_function(rows[[image]])
        expected = calibrated(logits, before.head.temperature, int(others.sum()))
        np.testing.assert_allclose(before.out_of_fold[[image]], expected, atol=5e-3)


def test_the_same_seed_gives_the_same_head_in_whatever_order_the_rows_are():
    features, labels = blobs(60)
    standardisation = measure_standardisation(features, BLOCKS)
    order = np.random.default_rng(0).permutation(60)
    first = result_of(fit_head(features, labels, 3, standardisation, seed=5))
    again = result_of(fit_head(features, labels, 3, standardisation, seed=5))
    shuffled = result_of(fit_head(features[order], labels[order], 3, standardisation, seed=5))
    np.testing.assert_array_equal(first.head.weight, again.head.weight)
    np.testing.assert_array_equal(first.out_of_fold, again.out_of_fold)
    np.testing.assert_allclose(predict(first.head, features), predict(shuffled.head, features), atol=5e-3)
    np.testing.assert_allclose(first.out_of_fold[order], shuffled.out_of_fold, atol=5e-3)


def test_folds_share_every_class_evenly():
    features, _ = blobs(41)
    labels = np.repeat([0, 1, 2], [25, 14, 2])
    folds = stratified_folds(features, labels, 5, seed=1)
    assert np.bincount(folds).tolist() == [9, 8, 8, 8, 8]
    for label in range(3):
        per_fold = np.bincount(folds[labels == label], minlength=5)
        assert per_fold.max() - per_fold.min() <= 1
    assert (stratified_folds(features, labels, 5, seed=2) != folds).any()


def test_progress_reaches_its_end():
    features, labels = blobs(60)
    _, events = finish(fit_head(features, labels, 3, measure_standardisation(features, BLOCKS), seed=0))
    assert {event.phase for event in events} == {"head"}
    assert [event.done for event in events] == sorted({event.done for event in events})
    assert events[-1].done == events[-1].total


def test_the_strength_of_the_least_loss_out_of_fold_is_the_heads():
    """Classes far apart want weak regularisation, classes that overlap strong."""
    strengths = []
    for spread in (0.1, 5):
        result = fitted(*blobs(60, spread=spread))
        assert list(result.log_losses) == list(STRENGTHS)
        assert result.log_losses[result.head.strength] == min(result.log_losses.values())
        strengths.append(result.head.strength)
    assert strengths == [STRENGTHS[-1], STRENGTHS[0]]


def test_balanced_log_loss_by_hand():
    logits = np.log([[0.5, 0.5], [0.8, 0.2], [0.9, 0.1]])
    labels = np.array([0, 1, 1])
    expected = -(np.log(0.5) + (np.log(0.2) + np.log(0.1)) / 2) / 2
    assert balanced_log_loss(logits, labels, 1.0) == pytest.approx(expected)
    odds = np.array([1.0, 2.0, 3.0])  # at temperature 2: roots of 1, 4 and 9
    halves = np.log(1 + odds)
    assert balanced_log_loss(logits, labels, 2.0) == pytest.approx((halves[0] + halves[1:].mean()) / 2)


def test_the_usual_temperature_costs_nothing_and_another_less_the_more_images_count():
    logits, labels = np.log([[0.5, 0.5], [0.8, 0.2]]), np.array([0, 1])
    for temperature, penalty in ((0.5, 0.0), (0.5 * np.exp(0.25), 1 / 4), (0.5 * np.exp(-0.5), 1.0)):
        loss = balanced_log_loss(logits, labels, temperature)
        assert penalised_log_loss(logits, labels, temperature) == pytest.approx(loss + penalty)


def test_images_of_a_class_without_logits_change_no_loss():
    logits = np.array([[1.0, 0.0, -np.inf], [0.0, 2.0, -np.inf], [0.0, 1.0, -np.inf]])
    for loss in (balanced_log_loss, penalised_log_loss):
        both = loss(logits[:2], np.array([0, 1]), 0.8)
        assert loss(logits, np.array([0, 1, 2]), 0.8) == pytest.approx(both)


def test_the_temperature_undoes_a_scaling_of_the_logits():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(20_000, 3)) * 2
    labels = (logits + rng.gumbel(size=logits.shape)).argmax(1)  # drawn from softmax(logits)
    temperature, loss = choose_temperature(logits * 3, labels)
    assert temperature == pytest.approx(3, rel=0.05)
    assert loss == penalised_log_loss(logits * 3, labels, temperature)


def test_calibrated_probabilities_lose_less_than_raw_ones_on_images_held_out():
    """Handwritten digits as they are, 200 labels: by the same head at temperature 1, and by its own temperature."""
    features, labels = load_digits(return_X_y=True)
    standardisation = measure_standardisation(features, (64,))
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(len(labels))
        train, held = order[:200], order[200:]
        head = result_of(fit_head(features[train], labels[train], 10, standardisation, seed=seed)).head
        raw, calibrated = (
            balanced_log_loss(np.log(predict(version, features[held])), labels[held], 1.0)
            for version in (replace(head, temperature=1.0), head)
        )
        assert calibrated < raw


def test_the_folds_fitted_at_once_are_those_fitted_one_after_the_other(monkeypatch):
    class OneAfterTheOther(nullcontext):
        map = staticmethod(map)

    at_once = fitted(*blobs(60))
    monkeypatch.setattr(head_module, "ThreadPoolExecutor", lambda: OneAfterTheOther(OneAfterTheOther))
    in_turn = fitted(*blobs(60))
    np.testing.assert_array_equal(at_once.out_of_fold, in_turn.out_of_fold)


def test_images_that_are_there_twice_do_no_harm():
    features, labels = blobs(20)
    result = fitted(np.repeat(features, 3, 0), np.repeat(labels, 3))
    assert np.isfinite(result.out_of_fold).all()


def test_the_head_is_loaded_without_torch():
    code = "import sys, vabal_core.model.head; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_classes_without_a_label_share_as_laplace_has_it():
    logits = np.array([[np.log(3), 0.0, -np.inf, -np.inf]])
    np.testing.assert_allclose(calibrated(logits, 1.0, 6), [[0.6, 0.2, 0.1, 0.1]])


def test_bad_input_is_refused_in_words():
    features, labels = blobs(10)
    standardisation = measure_standardisation(features, BLOCKS)
    with pytest.raises(ValueError, match="9 labels for features"):
        next(fit_head(features, labels[:9], 3, standardisation, seed=0))
    with pytest.raises(ValueError, match="for 2 classes"):
        next(fit_head(features, labels, 2, standardisation, seed=0))
    features[3, 2] = np.nan
    with pytest.raises(ValueError, match="1 features are not finite"):
        next(fit_head(features, labels, 3, standardisation, seed=0))
