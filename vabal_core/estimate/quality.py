"""Prevalence, accuracy, recall and precision from every label with its right weight, each with a 95 % interval.

The model helps by its predictions of all images, which cost nothing: what it takes for a class and what it does not
are two strata of known size, and within each the labels correct it. That is post-stratification (Cochran, Sampling
Techniques, 1977, section 5A.9), of which prediction-powered inference (Angelopoulos et al., Science 2023) is the same
for predictions that take two values: a good model narrows the intervals, a bad one does no harm to their coverage.

The predictions must be out of sample: of the evaluation and the unlabelled images the model's, of the labelled images
of the pool those of models that had not learned from them. What is estimated is how good these predictions are.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vabal_core.estimate.design import Design
from vabal_core.estimate.rest import TAIL, Rest, rest_of
from vabal_core.evidence.intervals import NOTHING, Estimate


@dataclass(frozen=True, kw_only=True)
class Quality:
    """How common each class is among all images, and how good the predictions of them are.

    Tuples have C entries. `count` of an estimate: labelled images behind it; of a recall, labelled images of the class.
    NOTHING where there is none of these. The interval of an estimate has no width only where every image behind it has
    a label.
    """

    prevalence: tuple[Estimate, ...]
    recall: tuple[Estimate, ...]
    precision: tuple[Estimate, ...]
    wrong: tuple[Estimate, ...]  # see `wrong_about`
    accuracy: Estimate
    balanced_accuracy: Estimate  # the mean recall over the classes of which an image was labelled


@dataclass(frozen=True, kw_only=True)
class ClassRests:
    """The images of a class in two strata: those that the model takes for it (`named`), and all others (`missed`)."""

    named: Rest
    missed: Rest


def prevalences(design: Design) -> tuple[Estimate, ...]:
    """The share of each class among all images (C,), without any prediction."""
    everywhere = np.ones(len(design.labels), bool)
    return tuple(_share(rest_of(design, design.labels == c, everywhere)) for c in range(design.class_count))


def class_rests(design: Design, predicted: np.ndarray) -> tuple[ClassRests, ...]:
    """The strata of each class (C,). predicted (N,) classes, out of sample; ValueError for another number of them."""
    if predicted.shape != design.labels.shape:
        raise ValueError(f"{predicted.shape} predictions of {design.labels.shape} images: as many")
    return tuple(
        ClassRests(
            named=rest_of(design, design.labels == c, predicted == c),
            missed=rest_of(design, design.labels == c, predicted != c),
        )
        for c in range(design.class_count)
    )


def quality(design: Design, predicted: np.ndarray) -> Quality:
    """How good the predictions (N,) are, and how common the classes. See the head of this file for what is taken."""
    classes = class_rests(design, predicted)
    recalls = [_recall(rests) for rests in classes]
    return Quality(
        prevalence=tuple(prevalence_of(rests) for rests in classes),
        recall=tuple(recalls),
        precision=tuple(_share(rests.named) for rests in classes),
        wrong=tuple(wrong_about(rests) for rests in classes),
        accuracy=_share(rest_of(design, design.labels == predicted, np.ones(len(predicted), bool))),
        balanced_accuracy=_mean(recalls, [rests.missed.interval()[0] == 0 for rests in classes]),
    )


def wrong_about(rests: ClassRests) -> Estimate:
    """The share of all images about which the predictions are wrong as far as this class goes: named so and not of it,
    or of it and named otherwise."""
    return prevalence_of(ClassRests(named=rests.named.opposite(), missed=rests.missed))


def total_rest(rests: ClassRests) -> tuple[int, int, int]:
    """How many images of the class have no label: likeliest, at least, at most at 95 %.

    From the distribution of the sum of both strata. Where no random image of a stratum is of the class, that stratum
    may hold none, and the bound above is not below that of the rule of three for it; likewise turned round.
    """
    parts = (rests.named, rests.missed)
    draws, value = [part.draws(seed) for seed, part in enumerate(parts)], sum(part.likeliest for part in parts)
    least = sum(0 if part.random_hits == 0 else draw for part, draw in zip(parts, draws, strict=True))
    most = sum(part.rest if part.random_hits == part.random else draw for part, draw in zip(parts, draws, strict=True))
    by_one = [tuple(value - part.likeliest + limit for limit in part.interval()) for part in parts]
    low = min(_quantile(least, TAIL), value, *(low for low, _ in by_one))
    return value, low, max(_quantile(most, 1 - TAIL), value, *(high for _, high in by_one))


def _quantile(draws: np.ndarray | int, q: float) -> int:
    return int(np.quantile(draws, q, method="inverted_cdf"))


def rest_draws(rests: ClassRests) -> np.ndarray:
    """How many images of the class have no label: whole numbers with the distribution of the sum of both strata."""
    return rests.named.draws(0) + rests.missed.draws(1)


def prevalence_of(rests: ClassRests) -> Estimate:
    """The share of a class among all images."""
    parts = (rests.named, rests.missed)
    hits, images = sum(part.hits for part in parts), sum(part.images for part in parts)
    labelled = sum(part.labelled for part in parts)
    if not labelled:
        return NOTHING
    value, low, high = ((hits + m) / images for m in total_rest(rests))
    return Estimate(value=value, low=low, high=high, count=labelled)


def _share(rest: Rest) -> Estimate:
    """The share of hits among the images of a domain."""
    if not rest.labelled:
        return NOTHING
    value, low, high = ((rest.hits + m) / rest.images for m in (rest.likeliest, *rest.interval()))
    return Estimate(value=value, low=low, high=high, count=rest.labelled)


def _recall(rests: ClassRests) -> Estimate:
    """Of the images of a class, the share that is named so: from the distributions of both strata. Where none was seen
    named, or none missed, the interval reaches to that end."""
    named, missed = rests.named, rests.missed
    if named.hits + missed.hits == 0:
        return NOTHING
    right, wrong = named.hits + named.draws(0), missed.hits + missed.draws(1)
    low, high = np.quantile(right / np.maximum(right + wrong, 1), (TAIL, 1 - TAIL))
    value = (named.hits + named.likeliest) / (named.hits + named.likeliest + missed.hits + missed.likeliest)
    low, high = min(float(low), value) if named.hits else 0.0, max(float(high), value) if missed.hits else 1.0
    return Estimate(value=value, low=low, high=high, count=named.hits + missed.hits)


def _mean(recalls: Sequence[Estimate], at_most: Sequence[bool]) -> Estimate:
    """The mean of recalls, their limits put together by MOVER. Where none of a class may be missing among the images
    without a label (`at_most`), its upper limit is a bound that is often reached at once by several classes: such
    distances are added as they are."""
    present = [(recall, bound) for recall, bound in zip(recalls, at_most, strict=True) if recall.count]
    if not present:
        return NOTHING
    values, lows, highs = np.array([(recall.value, recall.low, recall.high) for recall, _ in present]).T
    bound, value = np.array([bound for _, bound in present]), float(values.mean())
    above = highs - values
    low = value - float(np.linalg.norm(values - lows)) / len(values)
    high = value + float(above[bound].sum() + np.linalg.norm(above[~bound])) / len(values)
    count = sum(recall.count for recall, _ in present)
    return Estimate(value=value, low=max(low, 0.0), high=min(high, 1.0), count=count)
