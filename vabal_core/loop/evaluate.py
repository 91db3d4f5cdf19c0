"""What a round measured: accuracy on its evaluation images, and what its networks say of themselves."""

from typing import Any

import numpy as np

from vabal_core.evidence.metrics import confusion_matrix
from vabal_core.loop.bayes import likelihood_histogram
from vabal_core.loop.events import Work
from vabal_core.loop.fields import counted_draws, difficulty, likelihood_read, log_prior, reliability, trained_vae
from vabal_core.loop.fitted import Classifier, Fitted
from vabal_core.loop.out_of_sample import out_of_sample
from vabal_core.loop.report import RoundReport
from vabal_core.loop.task import RoundResult
from vabal_core.model.head import FittedHead
from vabal_core.runtime import describe_device, versions
from vabal_core.types import UNLABELLED, Progress, Query


def evaluate(fitted: Fitted, ranking: Query) -> Work[RoundResult]:
    """The result of a round that ranked so."""
    predicted, log_likelihood = fitted.probabilities.argmax(1), likelihood_read(fitted)
    terms = {} if log_likelihood is None else (yield from _terms(fitted, log_likelihood))
    report = RoundReport(
        unreadable=int((~fitted.inputs.readable).sum()),
        ranked=len(ranking.rows),
        predicted_counts=tuple(np.bincount(predicted[ranking.rows], minlength=fitted.pool.class_count).tolist()),
        confusion=_confusion(fitted, predicted),
        **_of_classifier(fitted.classifier),
        seed=fitted.task.seed,
        device=describe_device(fitted.device),
        versions=versions(),
        **terms,
    )
    yield Progress("evaluate", 1, 1)
    return RoundResult(
        ranking=ranking,
        predicted=predicted,
        probability=fitted.probabilities.max(1),
        log_likelihood=log_likelihood,
        out_of_sample=out_of_sample(fitted),
        report=report,
    )


def _of_classifier(classifier: Classifier | FittedHead) -> dict[str, Any]:
    """Of the report: how it was learned."""
    if isinstance(classifier, Classifier):
        return {"classifier_losses": classifier.losses}
    return {"strength": classifier.head.strength, "calibration_temperature": classifier.head.temperature}


def _terms(fitted: Fitted, log_likelihood: np.ndarray) -> Work[dict[str, Any]]:
    """Of the report: the terms of Bayes' rule, and how well the VAE learned the classes. All is computed already."""
    evidence, draws = (yield from difficulty(fitted)), (yield from counted_draws(fitted))
    predicted = fitted.probabilities.argmax(1)
    seen = np.bincount(evidence.counts.argmax(1), minlength=fitted.pool.class_count)  # of draws: the likeliest class
    return {
        "vae_losses": tuple((yield from trained_vae(fitted)).losses),
        "agreement": float((draws.unlabelled.argmax(1) == predicted[fitted.pool.candidates]).mean()),
        "reliability": tuple((yield from reliability(fitted)).tolist()),
        "difficulty": evidence.source,
        "difficulty_counts": tuple(seen.tolist()),
        "prior": tuple(np.exp((yield from log_prior(fitted))).tolist()),
        "likelihood_histogram": likelihood_histogram(log_likelihood, predicted),
    }


def _confusion(fitted: Fitted, predicted: np.ndarray) -> tuple[tuple[int, ...], ...]:
    rows = fitted.evaluation[fitted.task.labels[fitted.evaluation] != UNLABELLED]
    confusion = confusion_matrix(fitted.task.labels[rows], predicted[rows], fitted.task.class_count)
    return tuple(map(tuple, confusion.tolist()))
