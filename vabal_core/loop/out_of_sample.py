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
    rows = fitted.evaluation
    of_evaluation = _predictions(len(fitted.pool.keys), rows, fitted.probabilities[rows])
    crossed = remembered(fitted, cross_fitted) or _out_of_fold(fitted)
    if crossed is None:
        return of_evaluation
    return OutOfSamplePredictions(
        predicted=np.where(crossed.predicted == UNLABELLED, of_evaluation.predicted, crossed.predicted),
        probability=np.where(crossed.predicted == UNLABELLED, of_evaluation.probability, crossed.probability),
    )


@once
def cross_fitted(fitted: Fitted) -> Work[OutOfSamplePredictions]:
    """What classifiers trained without them name the labelled images, where there are MIN_CROSS_FIT_IMAGES or more."""
    if made := _out_of_fold(fitted):
        return made
    check_training(fitted, "cross-fitted predictions")
    rows = fitted.labelled
    if len(rows) < MIN_CROSS_FIT_IMAGES:
        rows = rows[:0]
    probabilities = yield from _cross_fit(fitted, rows)
    return _predictions(len(fitted.pool.keys), rows, probabilities)


def _out_of_fold(fitted: Fitted) -> OutOfSamplePredictions | None:
    """What the heads named the labelled images that were fitted without their fold; None where a network learned."""
    if isinstance(fitted.classifier, Classifier):
        return None
    return _predictions(len(fitted.pool.keys), fitted.labelled, fitted.classifier.out_of_fold)


def _cross_fit(fitted: Fitted, rows: np.ndarray) -> Work[np.ndarray]:
    """For each of the labelled `rows` (L,) the probabilities of a classifier trained without it: (L, C)."""
    config, seed, pixels = fitted.task.config, fitted.task.seed, fitted.inputs.pixels
    probabilities = np.empty((len(rows), fitted.pool.class_count))
    if not len(rows):
        return probabilities
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


def _predictions(count: int, rows: np.ndarray, probabilities: np.ndarray) -> OutOfSamplePredictions:
    """The likeliest class of `rows` (R,) and its probability, from probabilities (R, C), among `count` images."""
    predicted, probability = np.full(count, UNLABELLED), np.full(count, np.nan)
    predicted[rows], probability[rows] = probabilities.argmax(1), probabilities.max(1)
    return OutOfSamplePredictions(predicted=predicted, probability=probability)


def _as_difficulty(event: Progress, fold: int, folds: int) -> Progress:
    """The event of one fold as a step of the phase "difficulty"."""
    share = event.done / event.total if event.phase == "train" else 1.0
    return Progress("difficulty", round(100 * (fold - 1 + share)), 100 * folds, epoch=fold, epochs=folds)
