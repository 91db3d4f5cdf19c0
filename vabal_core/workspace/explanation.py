"""Why an image is asked about, in plain words: what a person reads beside it. Each sentence says what was counted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vabal_core.loop.report import Histogram, RoundReport
from vabal_core.query.strategies import strategy_if_any
from vabal_core.types import Reasons, Term

FEW = 0.5  # of an even share of the labels: a class below it has few
MIN_CALLED = 10  # images called a class: of fewer, how many were it says too little
MIN_RUNNER_UP = 0.05  # probability of a second class that is worth a word


@dataclass(frozen=True, kw_only=True)
class Ranked:
    """An image in the ranking of a round, and what is said of it; a class is its place in `names`."""

    rank: int
    predicted: int
    probability: float
    reasons: Reasons
    names: Sequence[str]  # of the round's classes
    strategy: str
    batch: int  # images that the strategy chose; those behind them go by its fallback
    prior_from: str = "labelled"  # the setting of the round

    @property
    def name(self) -> str:
        """Of the class that the classifier takes it for."""
        return self.names[self.predicted]


def explain(image: Ranked, report: RoundReport) -> str:
    """A few words on an image, without what the round lacks."""
    n, seems = image.predicted, f"Looks like {image.name} ({percent(image.probability)} sure)"
    beside = [_labels(n, report), _precision(n, report)]
    if image.reasons.draw_counts:  # more to say: what is usual waits in a bar
        beside = [_few_labels(n, report), _drawn(image)]
    return " ".join(filter(None, [f"{seems}{_runner_up(image)}.", *beside, _chosen(image)]))


def score_terms(image: Ranked, report: RoundReport) -> tuple[Term, ...]:
    """What the ranking read of an image, as shares for bars: the terms of Bayes' rule, or the two opinions that are
    pooled. A term that the round ranked without is left out; () where it trained no auto-encoder.
    """
    return (*_opinions(image, report), *_of_bayes(image, report))


def _opinions(image: Ranked, report: RoundReport) -> Iterator[Term]:
    """Classifier and auto-encoder, and how good the classifier is at the class that it names."""
    counts, n = image.reasons.draw_counts, image.predicted
    if not counts:
        return
    words = f"The classifier takes it for {image.name} by {percent(image.probability)}{_runner_up(image)}."
    yield Term("Classifier", image.probability, words)
    yield Term("Auto-encoder", max(counts) / sum(counts), _drawn(image))
    called = report.out_of_fold_called[n] if report.out_of_fold_called else 0
    if called >= MIN_CALLED and not report.reliability:
        right = report.out_of_fold_right[n]
        words = f"Of {called:,} labelled images that a model took for {image.name} before it learned from them"
        yield Term("Reliable", right / called, f"{words}, {right:,} are.")


def _of_bayes(image: Ranked, report: RoundReport) -> Iterator[Term]:
    n, name, log_likelihood = image.predicted, image.name, image.reasons.log_likelihood
    if log_likelihood and report.likelihood_histogram:
        typical = share_below(log_likelihood[n], report.likelihood_histogram, n)
        words = f"More typical of {name} than {percent(typical)} of the ranked images called so."
        yield Term("Typical", typical, words)
    if report.reliability:
        yield Term("Reliable", report.reliability[n], _reliable(n, name, report))
    if report.prior:
        images = "ranked" if image.prior_from == "pool" else "labelled"
        words = f"The auto-encoder takes about {percent(report.prior[n])} of the {images} images for {name}."
        yield Term("Common", report.prior[n], words)


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


def _runner_up(image: Ranked) -> str:
    """The second class, where it is likely enough to be worth a word."""
    n, probability = image.reasons.runner_up or (0, 0.0)
    likely = probability >= MIN_RUNNER_UP and image.names[n] != image.name  # the same where two classes were merged
    return f", next {image.names[n]} ({percent(probability)})" if likely else ""


def _drawn(image: Ranked) -> str:
    """The class that most draws of the auto-encoder fall in (Eq. 6)."""
    counts = image.reasons.draw_counts
    most = max(range(len(counts)), key=lambda n: (counts[n], n == image.predicted))
    return f"Of {sum(counts):,} draws of the auto-encoder {counts[most]:,} look like {image.names[most]}."


def _labels(n: int, report: RoundReport) -> str:
    if report.label_share is None:
        return ""
    return _few_labels(n, report) or f"{percent(report.label_share[n])} of the labels learned from."


def _few_labels(n: int, report: RoundReport) -> str:
    if report.label_share is None or report.label_share[n] >= FEW / len(report.label_share):
        return ""
    return f"Few labels of it to learn from ({percent(report.label_share[n])})."


def _precision(n: int, report: RoundReport) -> str:
    """The classifier's precision where it names class n, on images that it never learns from."""
    called = sum(row[n] for row in report.confusion or ())
    return (
        f"Of {called:,} evaluation images called so, {report.confusion[n][n]:,} were." if called >= MIN_CALLED else ""
    )


def _chosen(image: Ranked) -> str:
    """What put the image at its rank; "" for a strategy that this version does not have."""
    strategy = strategy_if_any(image.strategy)
    if strategy is None:
        return ""
    if image.rank > image.batch and strategy.fallback_reason != strategy.reason:
        return f"Behind the {image.batch:,} chosen, {strategy.fallback_reason}."
    return f"Chosen {strategy.reason}."


def _reliable(n: int, name: str, report: RoundReport) -> str:
    """What Eq. 10 counted: draws of the auto-encoder on images learned from, or what was predicted before that."""
    share, counts = percent(report.reliability[n]), report.difficulty_counts
    if counts is not None and counts[n] == 0:
        return f"No labelled image is taken for {name}: {share} is about the average of all classes."
    who = "the auto-encoder takes" if report.is_in_sample else "a model took"
    when = "all learned from" if report.is_in_sample else "before it learned from them"
    counted = "" if counts is None else f" (counted: {counts[n]:,})"
    return f"Of the labelled images that {who} for {name}, {when}, about {share} are{counted}."
