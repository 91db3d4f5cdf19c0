"""Predictions of images by models that did not learn from them: what Eq. 10 and label errors are honestly read from."""

from functools import partial

import numpy as np

from vabal_core.loop.events import Work, map_events
from vabal_core.loop.fit import learn
from vabal_core.loop.fitted import Classifier, Fitted, check_training, once, remembered
from vabal_core.loop.task import OutOfSamplePredictions
from vabal_core.model.classifier import extract
from vabal_core.query.scores import probabilities_from_logits
from vabal_core.runtime import numpy_generator
from vabal_core.types import UNLABELLED, Progress

MIN_CROSS_FIT_IMAGES = 3  # labelled images: with one left out, batch norm still has two to train on


def out_of_sample(fitted: Fitted) -> OutOfSamplePredictions:
    """What the round's classifier names the evaluation images, which it never learns from; and where they have been
    made, the cross-fitted predictions of the labelled ones. A head on frozen features has always made them."""
    probabilities = np.full((len(fitted.pool.keys), fitted.pool.class_count), np.nan)
    probabilities[fitted.evaluation] = fitted.probabilities[fitted.evaluation]
    trained = isinstance(fitted.classifier, Classifier)
    of_labelled = remembered(fitted, cross_fit) if trained else fitted.classifier.out_of_fold
    if of_labelled is not None:
        probabilities[fitted.labelled] = of_labelled
    return _predictions(probabilities)


def out_of_fold(fitted: Fitted) -> Work[np.ndarray]:
    """What classifiers trained without them say of the labelled images: (N, C), NaN in all other rows."""
    probabilities = np.full((len(fitted.pool.keys), fitted.pool.class_count), np.nan)
    if isinstance(fitted.classifier, Classifier):
        probabilities[fitted.labelled] = yield from cross_fit(fitted)
    else:
        probabilities[fitted.labelled] = fitted.classifier.out_of_fold
    return probabilities


def cross_fitted(fitted: Fitted) -> Work[OutOfSamplePredictions]:
    """What classifiers trained without them name the labelled images, where `out_of_fold` has any."""
    return _predictions((yield from out_of_fold(fitted)))


@once
def cross_fit(fitted: Fitted) -> Work[np.ndarray]:
    """For each labelled image (L,) the probabilities of a network trained without it: (L, C).

    NaN where there are fewer than MIN_CROSS_FIT_IMAGES.
    """
    check_training(fitted, "cross-fitted predictions")
    rows = fitted.labelled
    if len(rows) < MIN_CROSS_FIT_IMAGES:
        return np.full((len(rows), fitted.pool.class_count), np.nan)
    return (yield from _cross_fit(fitted, rows))


def _cross_fit(fitted: Fitted, rows: np.ndarray) -> Work[np.ndarray]:
    """For each of the labelled `rows` (L,) the probabilities of a classifier trained without it: (L, C)."""
    config, seed, pixels = fitted.task.config, fitted.task.seed, fitted.inputs.pixels
    probabilities = np.empty((len(rows), fitted.pool.class_count))
    folds = min(config.folds, len(rows))
    order = numpy_generator(seed, "folds").permutation(len(rows))
    for number, fold in enumerate(np.array_split(order, folds), start=1):
        as_difficulty = partial(_as_difficulty, fold=number, folds=folds)
        others = rows[np.setdiff1d(np.arange(len(rows)), fold)]
        training = learn(fitted.pool, others, pixels=pixels, config=config, seed=seed, device=fitted.device)
        classifier = yield from map_events(training, as_difficulty)
        reading = extract(classifier.network, pixels[rows[fold]], classifier.normalisation, fitted.device)
        logits, _ = yield from map_events(reading, as_difficulty)
        probabilities[fold] = probabilities_from_logits(logits)
    return probabilities


def _predictions(probabilities: np.ndarray) -> OutOfSamplePredictions:
    """The likeliest class of every row (N, C) and its probability; of a row of NaN neither."""
    predicted, probability = np.full(len(probabilities), UNLABELLED), np.full(len(probabilities), np.nan)
    rows = np.flatnonzero(~np.isnan(probabilities[:, 0]))
    predicted[rows], probability[rows] = probabilities[rows].argmax(1), probabilities[rows].max(1)
    return OutOfSamplePredictions(predicted=predicted, probability=probability, probabilities=probabilities)


def _as_difficulty(event: Progress, fold: int, folds: int) -> Progress:
    """The event of one fold as a step of the phase "difficulty"."""
    share = event.done / event.total if event.phase == "train" else 1.0
    return Progress("difficulty", round(100 * (fold - 1 + share)), 100 * folds, epoch=fold, epochs=folds)
