"""What a round measured: accuracy on its evaluation images, and what its networks say of themselves."""

from typing import Any

import numpy as np

from vabal_core.evidence.metrics import confusion_matrix
from vabal_core.loop.bayes import likelihood_histogram
from vabal_core.loop.events import Work
from vabal_core.loop.fields import (
    counted_draws,
    difficulty,
    draw_counts,
    likelihood_read,
    log_prior,
    reliability,
    trained_vae,
)
from vabal_core.loop.fitted import Classifier, Fitted, remembered
from vabal_core.loop.label_issues import judged_rows, label_issues
from vabal_core.loop.out_of_sample import out_of_sample
from vabal_core.loop.report import RoundReport
from vabal_core.loop.task import OutOfSamplePredictions, RoundResult
from vabal_core.model.head import FittedHead
from vabal_core.runtime import describe_device, versions
from vabal_core.types import UNLABELLED, Progress, Query

BEHIND = 2  # classes told beside the likeliest


def evaluate(fitted: Fitted, ranking: Query, certified_ratio: float | None = None) -> Work[RoundResult]:
    """The result of a round that ranked so, with what its strategy certifies of that."""
    predicted, unseen = fitted.probabilities.argmax(1), out_of_sample(fitted)
    report = RoundReport(
        unreadable=int((~fitted.inputs.readable).sum()),
        ranked=len(ranking.rows),
        predicted_counts=tuple(np.bincount(predicted[ranking.rows], minlength=fitted.pool.class_count).tolist()),
        certified_ratio=certified_ratio,
        confusion=_confusion(fitted, predicted),
        **_of_classifier(fitted.classifier),
        seed=fitted.task.seed,
        device=describe_device(fitted.device),
        versions=versions(),
        **_out_of_fold(fitted, unseen),
        **_judged(fitted, unseen),
        **_of_auto_encoder(fitted),
        **_terms(fitted),
    )
    yield Progress("evaluate", 1, 1)
    return RoundResult(
        ranking=ranking,
        predicted=predicted,
        probability=fitted.probabilities.max(1),
        **_next_likely(fitted.probabilities),
        probabilities=fitted.probabilities.astype(np.float16),
        log_likelihood=likelihood_read(fitted),
        draw_counts=_draw_counts(fitted),
        out_of_sample=unseen,
        label_issues=label_issues(fitted.task.labels, unseen.probabilities),
        report=report,
    )


def _of_classifier(classifier: Classifier | FittedHead) -> dict[str, Any]:
    """Of the report: how it was learned."""
    if isinstance(classifier, Classifier):
        return {"classifier_losses": classifier.losses}
    return {"strength": classifier.head.strength, "calibration_temperature": classifier.head.temperature}


def _next_likely(probabilities: np.ndarray) -> dict[str, np.ndarray]:
    """Of the result: the classes of each image behind its likeliest, and their probabilities. (N, C) -> (N, K) each"""
    behind = np.argsort(-probabilities, axis=1, kind="stable")[:, 1 : 1 + BEHIND]
    return {"next_classes": behind, "next_probabilities": np.take_along_axis(probabilities, behind, axis=1)}


def _draw_counts(fitted: Fitted) -> np.ndarray | None:
    """The draws that the strategy read, in the smallest integers that hold them; 0 where the row is no candidate."""
    counts = remembered(fitted, draw_counts)
    return None if counts is None else np.nan_to_num(counts).astype(np.min_scalar_type(fitted.task.config.draws))


def _out_of_fold(fitted: Fitted, unseen: OutOfSamplePredictions) -> dict[str, Any]:
    """Of the report: how good models were at labelled images that they had not learned from, where there are any."""
    predicted, labels = unseen.predicted[fitted.labelled], fitted.pool.labels[fitted.labelled]
    if (predicted == UNLABELLED).all():
        return {}
    parts = {"called": predicted[predicted != UNLABELLED], "right": predicted[predicted == labels]}
    classes = fitted.pool.class_count
    return {f"out_of_fold_{name}": tuple(np.bincount(part, minlength=classes).tolist()) for name, part in parts.items()}


def _judged(fitted: Fitted, unseen: OutOfSamplePredictions) -> dict[str, int]:
    """Of the report: how many labels were held against such predictions, and of how many these say the same."""
    rows = judged_rows(fitted.task.labels, unseen.probabilities)
    agreed = unseen.predicted[rows] == fitted.task.labels[rows]
    return {"judged_labels": len(rows), "agreed_labels": int(agreed.sum())}


# Nothing is trained or computed for the report: what the strategy did not require is left out.
def _of_auto_encoder(fitted: Fitted) -> dict[str, Any]:
    """Of the report: how well the VAE learned the classes."""
    trained, draws = remembered(fitted, trained_vae), remembered(fitted, counted_draws)
    measured: dict[str, Any] = {"vae_losses": tuple(trained.losses)} if trained and trained.losses else {}
    if draws is not None:
        predicted = fitted.probabilities.argmax(1)[fitted.pool.candidates]
        measured["agreement"] = float((draws.unlabelled.argmax(1) == predicted).mean())
        measured["draw_share"] = tuple((draws.unlabelled.sum(0) / draws.unlabelled.sum()).tolist())
    return measured


def _terms(fitted: Fitted) -> dict[str, Any]:
    """Of the report: the terms of Bayes' rule."""
    right, prior, likelihood = remembered(fitted, reliability), remembered(fitted, log_prior), likelihood_read(fitted)
    terms: dict[str, Any] = {}
    if right is not None:
        evidence = remembered(fitted, difficulty)
        seen = np.bincount(evidence.counts.argmax(1), minlength=len(right))  # of draws: the likeliest class
        terms |= {"reliability": tuple(right.tolist()), "difficulty": evidence.source}
        terms["difficulty_counts"] = tuple(seen.tolist())
    if prior is not None:
        terms["prior"] = tuple(np.exp(prior).tolist())
    if likelihood is not None:
        terms["likelihood_histogram"] = likelihood_histogram(likelihood, fitted.probabilities.argmax(1))
    return terms


def _confusion(fitted: Fitted, predicted: np.ndarray) -> tuple[tuple[int, ...], ...]:
    rows = fitted.evaluation[fitted.task.labels[fitted.evaluation] != UNLABELLED]
    confusion = confusion_matrix(fitted.task.labels[rows], predicted[rows], fitted.task.class_count)
    return tuple(map(tuple, confusion.tolist()))
