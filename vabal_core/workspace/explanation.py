"""Why an image comes now, in plain words: what a person reads beside it. Each sentence says what was counted.

Of the terms that its ranking looked at, the one that stands out most for this very image is named; the others, and how
good the model is at the class that it names, wait behind "Why?".
"""

from collections.abc import Iterator

from vabal_core.loop.report import RoundReport
from vabal_core.query.strategies import strategy_if_any
from vabal_core.types import Term
from vabal_core.workspace.doubts import doubts
from vabal_core.workspace.ranked_image import Ranked, clear_cut, drawn, hit_rate, most_drawn, percent, share_below

FEW = 0.5  # of an even share of the labels: a class below it has few
MIN_STRENGTH = 0.2  # of a doubt that is worth naming


def explain(image: Ranked, report: RoundReport) -> str:
    """What stands out about the image, of what its ranking looked at."""
    strategy = strategy_if_any(image.strategy)
    if strategy is None:
        return f"Looks like {image.name} ({percent(image.probability)} sure)."
    named = doubts(image, report, frozenset(strategy.requires))
    if not named:
        return _ranked(image)
    strongest = max(named, key=lambda doubt: doubt.strength)
    if strongest.strength < MIN_STRENGTH:
        return f"The model is {percent(image.probability)} sure that it is {image.name}; nothing else stands out."
    return strongest.words


def details(image: Ranked, report: RoundReport) -> str:
    """What belongs to the whole class, and how the ranking went: without what the round lacks."""
    return " ".join(filter(None, [_labels(image, report), _ranked(image)]))


def score_terms(image: Ranked, report: RoundReport) -> tuple[Term, ...]:
    """What the ranking read of an image, as shares for bars: the two opinions that are pooled or the terms of Bayes'
    rule, and how often the model was right about the class that it names. A term that the round ranked without is left
    out.
    """
    return (*_opinions(image), *_of_bayes(image, report), *_hit_rate(image, report))


def _opinions(image: Ranked) -> Iterator[Term]:
    """The classifier's, and the auto-encoder's: which class most of its draws fall in (Eq. 6)."""
    counts = image.reasons.draw_counts
    if not counts:
        return
    yield Term("Model", image.probability, f"The model is {percent(image.probability)} sure that it is {image.name}.")
    most = most_drawn(image)
    words = f"A second model, which compares whole images: {drawn(image, most)}."
    yield Term("Second model", counts[most] / sum(counts), words)


def _of_bayes(image: Ranked, report: RoundReport) -> Iterator[Term]:
    n, name, log_likelihood = image.predicted, image.name, image.reasons.log_likelihood
    if log_likelihood and report.likelihood_histogram:
        typical = share_below(log_likelihood[n], report.likelihood_histogram, n)
        words = f"More typical of {name} than {percent(typical)} of the ranked images called so."
        yield Term("Typical", typical, words)
    if report.reliability:
        yield Term("Clear-cut", report.reliability[n], clear_cut(image, report))
    if report.prior:
        images = "ranked" if image.prior_from == "pool" else "labelled"
        words = f"A second model takes about {percent(report.prior[n])} of the {images} images for {name}."
        yield Term("Common", report.prior[n], words)


def _hit_rate(image: Ranked, report: RoundReport) -> Iterator[Term]:
    rate = hit_rate(image.predicted, report)
    if rate:
        learned = "labelled images that the model, before it learned from them, called"
        images = "evaluation images that the model called" if rate.evaluation else learned
        yield Term("Hit rate", rate.share, f"Of {rate.called:,} {images} {image.name}, {rate.right:,} were.")


def _labels(image: Ranked, report: RoundReport) -> str:
    """How many labels of the class that is named the model has learned from."""
    counts, n = report.labelled_counts, image.predicted
    if counts is None:
        return ""
    few = "Only " if counts[n] < FEW * sum(counts) / len(counts) else ""
    return f"{few}{counts[n]:,} of the {sum(counts):,} labels learned from are {image.name}."


def _ranked(image: Ranked) -> str:
    """What put the image at its rank, which is so also where it was drawn at random; "" for a strategy that this
    version does not have."""
    strategy = strategy_if_any(image.strategy)
    if strategy is None:
        return ""
    return f"Ranked {strategy.reason if image.rank <= image.batch else strategy.fallback_reason}."
