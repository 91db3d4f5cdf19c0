"""Why an image is asked about, in plain words: what a person reads beside it. Each sentence says what was counted."""

from collections.abc import Sequence

from vabal_core.loop.report import Histogram, RoundReport
from vabal_core.query.strategies import strategy_if_any
from vabal_core.types import Term

FEW = 0.5  # of an even share of the labels: a class below it has few
MIN_CALLED = 10  # evaluation images called a class: of fewer, how many were it says too little


def explain(n: int, name: str, probability: float, strategy: str, report: RoundReport) -> str:
    """A few words on an image that the classifier takes for class n, called `name`, without what the round lacks."""
    seems = f"Looks like {name} ({percent(probability)} sure)."
    return " ".join(filter(None, [seems, _labels(n, report), _precision(n, report), _reason(strategy)]))


def score_terms(
    n: int, name: str, log_likelihood: Sequence[float], report: RoundReport, *, prior_from: str = "labelled"
) -> tuple[Term, ...]:
    """The terms of Bayes' rule for an image that the classifier takes for class n, called `name`, as shares for bars.

    `log_likelihood` goes by class; `prior_from` is the setting of the round. A term that the round ranked without is
    left out; () where it trained no auto-encoder.
    """
    terms = []
    if len(log_likelihood) and report.likelihood_histogram:
        typical = share_below(log_likelihood[n], report.likelihood_histogram, n)
        words = f"More typical of {name} than {percent(typical)} of the ranked images called so."
        terms.append(Term("Typical", typical, words))
    if report.reliability:
        terms.append(Term("Reliable", report.reliability[n], _reliable(n, name, report)))
    if report.prior:
        images = "ranked" if prior_from == "pool" else "labelled"
        words = f"The auto-encoder takes about {percent(report.prior[n])} of the {images} images for {name}."
        terms.append(Term("Common", report.prior[n], words))
    return tuple(terms)


def share_below(value: float, histogram: Histogram, n: int) -> float:
    """The share of class n's values below `value`, taken as evenly spread within a bin; 0 where there are none."""
    edges, counts = histogram.edges, histogram.counts[n]
    if not sum(counts):
        return 0.0
    below = 0.0
    for left, right, count in zip(edges, edges[1:], counts, strict=False):
        if value <= left:
            break
        below += count * (1.0 if value >= right else (value - left) / (right - left))
    return below / sum(counts)


def percent(share: float) -> str:
    """A share as people read it: 0.83 is "83 %"."""
    return f"{100 * share:.0f} %"


def _labels(n: int, report: RoundReport) -> str:
    if report.label_share is None:
        return ""
    share = report.label_share[n]
    few = share < FEW / len(report.label_share)
    return (
        f"Few labels of it to learn from ({percent(share)})."
        if few
        else f"{percent(share)} of the labels learned from."
    )


def _precision(n: int, report: RoundReport) -> str:
    """The classifier's precision where it names class n, on images that it never learns from."""
    called = sum(row[n] for row in report.confusion or ())
    return (
        f"Of {called:,} evaluation images called so, {report.confusion[n][n]:,} were." if called >= MIN_CALLED else ""
    )


def _reason(strategy: str) -> str:
    """Why the strategy chose the image; "" for one that this version does not have."""
    if strategy in _REASONS:
        return _REASONS[strategy]
    described = strategy_if_any(strategy)
    return f"Chosen by: {described.title}." if described else ""


def _reliable(n: int, name: str, report: RoundReport) -> str:
    """What Eq. 10 counted: draws of the auto-encoder on images learned from, or what was predicted before that."""
    share, counts = percent(report.reliability[n]), report.difficulty_counts
    if counts is not None and counts[n] == 0:
        return f"No labelled image is taken for {name}: {share} is about the average of all classes."
    who = "the auto-encoder takes" if report.is_in_sample else "a model took"
    when = "all learned from" if report.is_in_sample else "before it learned from them"
    counted = "" if counts is None else f" (counted: {counts[n]:,})"
    return f"Of the labelled images that {who} for {name}, {when}, about {share} are{counted}."


_REASONS = {
    "vabal": "Chosen: the well-known classes explain it poorly.",
    "vabal_posterior": "Chosen: by Bayes' rule the model may well be wrong.",
    "entropy": "Chosen: the model is unsure.",
    "margin": "Chosen: two classes are close.",
    "least_confidence": "Chosen: the model is unsure of the class it names.",
    "margin_distinct": "Chosen: two classes are close, and no image before it is much like it.",
    "bald": "Chosen: with parts of it left out at random, the model contradicts itself.",
    "ensemble": "Chosen: several models, each learned anew, do not call it the same.",
    "direct": "Chosen: it lies at the border of a class.",
    "learning_loss": "Chosen: a model of the classifier's mistakes expects one here.",
    "vaal": "Chosen: it is unlike the images that have labels.",
    "random": "Chosen at random.",
    "coverage": "Chosen: typical of a group of similar images.",
}
