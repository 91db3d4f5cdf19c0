"""Whether what a finished round says may be trusted: the rules, and one sentence for every page."""

from collections.abc import Iterator, Sequence

import numpy as np

from vabal_core.evidence.metrics import balanced_accuracy
from vabal_core.loop.report import RoundReport
from vabal_core.query.strategies import strategy_if_any
from vabal_core.query.strategy import Strategy

LOW_AGREEMENT = 0.8
NEARLY_ALL = 0.8  # of the ranked images called one class: suspicious ...
COMMON = 0.6  # ... where it has less than this share of the labels
FEW = 30  # evaluation images, below which the balanced accuracy says too little
ABOVE_CHANCE = 0.05  # of the balanced accuracy: no more than this is as good as none
# the fields of the pool for whose sake a round computes the terms of Bayes' rule
BAYES_FIELDS = {"reliability", "log_prior", "log_likelihood", "staged_log_likelihood", "posterior"}


def why_distrust(strategy: str, report: RoundReport, names: Sequence[str]) -> str:
    """Why suggestions of a round are not to be trusted, in a sentence; "" where they may be. `names` (C,) are those of
    its classes."""
    return next(_reasons(strategy, report, names), "")


def _reasons(strategy: str, report: RoundReport, names: Sequence[str]) -> Iterator[str]:
    begin = "Do not trust this ranking yet"
    for place, predicted, labelled in one_sided(report):
        yield (
            f"{begin}: of {sum(report.predicted_counts or ()):,} ranked images the model calls {percent(predicted)} "
            f"“{names[place]}”, which has {percent(labelled)} of your labels. Label more of the other classes."
        )
    if (guessing := no_better_than_guessing(report)) is not None:
        right, chance = guessing
        yield (
            f"{begin}: on {report.evaluated:,} evaluation images the model finds {percent(right)} of each "
            f"class on average, guessing finds {percent(chance)}. Label more of every class."
        )
    if has_low_agreement(report) and ranks_by_auto_encoder(strategy):
        yield (
            f"{begin}: the two models behind it name the same class for only {agreement_percent(report)} % of the "
            "images. Label more of every class."
        )


def has_low_agreement(report: RoundReport) -> bool:
    """Whether auto-encoder and classifier name the same class too seldom."""
    return report.agreement is not None and report.agreement < LOW_AGREEMENT


def agreement_percent(report: RoundReport) -> int:
    """A low agreement in whole percents: 79.6 % is not to read as 80 %."""
    return min(round(100 * (report.agreement or 0)), round(100 * LOW_AGREEMENT) - 1)


def one_sided(report: RoundReport) -> Iterator[tuple[int, float, float]]:
    """(place of the class, its share of the ranked images, its share of the labels) of a class that a model calls
    nearly everything: that one agrees with itself well, so the agreement does not show it."""
    predicted, labelled = report.predicted_counts or (), report.labelled_counts or ()
    if not sum(predicted) or not sum(labelled):
        return
    for place, (count, labels) in enumerate(zip(predicted, labelled, strict=True)):
        shares = count / sum(predicted), labels / sum(labelled)
        if shares[0] >= NEARLY_ALL and shares[1] < COMMON:
            yield place, *shares


def no_better_than_guessing(report: RoundReport) -> tuple[float, float] | None:
    """(balanced accuracy, that of guessing) where they are as good as the same; None otherwise, or if few are measured
    on."""
    if report.evaluated < FEW:
        return None
    confusion = np.array(report.confusion)
    right = balanced_accuracy(confusion).value
    chance = 1 / int((confusion.sum(1) > 0).sum())
    return (right, chance) if right <= chance + ABOVE_CHANCE else None


def ranks_by_auto_encoder(name: str) -> bool:
    """Whether the strategy ranks by terms of Bayes' rule, and not the classifier's word with a say of the auto-encoder;
    one that this version does not know is taken for VaB-AL."""
    strategy = strategy_if_any(name)
    return strategy is None or reads_bayes(strategy)


def reads_bayes(strategy: Strategy) -> bool:
    """Whether it ranks by terms of Bayes' rule."""
    return not BAYES_FIELDS.isdisjoint(strategy.requires)


def percent(share: float) -> str:
    return f"{100 * share:.0f} %"
