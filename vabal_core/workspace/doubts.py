"""What may be doubtful about a ranked image: of each term that its ranking looked at, how much, and in which words."""

from collections.abc import Iterator
from dataclasses import dataclass

from vabal_core.loop.report import RoundReport
from vabal_core.workspace.ranked_image import Ranked, clear_cut, drawn, most_drawn, percent, share_below

MIN_NEXT = 0.05  # probability of a second class that is worth a word
BAYES = {"reliability", "posterior"}  # fields of the pool: the ranking goes by terms of Bayes' rule
CLASSIFIER = {"probabilities", "dropout", "ensemble", "heavy_dropout"}  # it goes by what the classifier is unsure of


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """`strength`: 0 (none at all) to 1."""

    strength: float
    words: str


def doubts(image: Ranked, report: RoundReport, looked_at: frozenset[str]) -> list[Doubt]:
    """The doubts of those terms that a ranking looked at (fields of the pool); none where it goes by no doubt."""
    named: list[Doubt] = []
    if looked_at & CLASSIFIER:
        named += _between_classes(image)
    if image.reasons.draw_counts:
        named += _second_opinion(image)
    if looked_at & BAYES:
        named += _of_bayes(image, report)
    return named


def _between_classes(image: Ranked) -> Iterator[Doubt]:
    """A class that is nearly as likely, or none that is likely."""
    second, probability = (image.reasons.next_likely or ((image.predicted, 0.0),))[0]
    sure, next_name = percent(image.probability), image.names[second]
    if probability >= MIN_NEXT and next_name != image.name:  # the same where two classes were merged
        words = f"Torn between {image.name} ({sure}) and {next_name} ({percent(probability)})."
        yield Doubt(strength=probability / image.probability, words=words)
    yield Doubt(strength=1 - image.probability, words=f"The model is only {sure} sure that it is {image.name}.")


def _second_opinion(image: Ranked) -> Iterator[Doubt]:
    counts, most = image.reasons.draw_counts, most_drawn(image)
    total = sum(counts)
    if image.names[most] != image.name:
        words = f"A second model disagrees: {drawn(image, most)}."
        yield Doubt(strength=counts[most] / total, words=words)
    else:
        words = f"A second model, which compares whole images, is less sure: {drawn(image, most)}."
        yield Doubt(strength=1 - counts[most] / total, words=words)


def _of_bayes(image: Ranked, report: RoundReport) -> Iterator[Doubt]:
    n, log_likelihood = image.predicted, image.reasons.log_likelihood
    if log_likelihood and report.likelihood_histogram:
        other = 1 - share_below(log_likelihood[n], report.likelihood_histogram, n)
        words = f"Unusual for {image.name}: {percent(other)} of the ranked images called so are more typical of it."
        yield Doubt(strength=other, words=words)
    if report.reliability:
        yield Doubt(strength=1 - report.reliability[n], words=clear_cut(image, report))
    if report.prior:
        images = "ranked" if image.prior_from == "pool" else "labelled"
        share = report.prior[n]
        words = f"{image.name} is rare: a second model takes about {percent(share)} of the {images} images for it."
        yield Doubt(strength=max(0.0, 1 - share * len(report.prior)), words=words)
