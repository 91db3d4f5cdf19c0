"""An image in the ranking of a round, and what is read from that round's report about it."""

from collections.abc import Sequence
from dataclasses import dataclass

from vabal_core.loop.report import Histogram, RoundReport
from vabal_core.types import Reasons

MIN_CALLED = 10  # images called a class: of fewer, how many were it says too little


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


@dataclass(frozen=True, kw_only=True)
class HitRate:
    """How often the class that the model names was right, on images that it had not learned from: `right` of `called`.
    `evaluation`: they are evaluation images; labelled ones of before it learned from them otherwise."""

    right: int
    called: int
    evaluation: bool

    @property
    def share(self) -> float:
        return self.right / self.called


def hit_rate(n: int, report: RoundReport) -> HitRate | None:
    """Of class n; None where it was called so of too few such images."""
    confusion, called, right = report.confusion or (), report.out_of_fold_called, report.out_of_fold_right
    measured = sum(row[n] for row in confusion)
    if measured >= MIN_CALLED:
        return HitRate(right=confusion[n][n], called=measured, evaluation=True)
    if called and right and called[n] >= MIN_CALLED:
        return HitRate(right=right[n], called=called[n], evaluation=False)
    return None


def most_drawn(image: Ranked) -> int:
    """The class that most draws of the auto-encoder fall in (Eq. 6); of two with as many the classifier's own."""
    counts = image.reasons.draw_counts
    return max(range(len(counts)), key=lambda n: (counts[n], n == image.predicted))


def drawn(image: Ranked, n: int) -> str:
    """How many of the auto-encoder's draws fall in class n."""
    counts = image.reasons.draw_counts
    return f"in {counts[n]:,} of {sum(counts):,} answers it says {image.names[n]}"


def clear_cut(image: Ranked, report: RoundReport) -> str:
    """What Eq. 10 counted: draws of the auto-encoder on images learned from, or what was predicted before that."""
    n, name, reliability, counts = image.predicted, image.name, report.reliability or (), report.difficulty_counts
    if counts is not None and counts[n] == 0:
        return f"No labelled image is taken for {name}: {percent(reliability[n])} is about the average of all classes."
    who = "a second model takes" if report.is_in_sample else "the model took"
    when = "all learned from" if report.is_in_sample else "before it learned from them"
    counted = "" if counts is None else f" (counted: {counts[n]:,})"
    return f"Of the labelled images that {who} for {name}, {when}, about {percent(reliability[n])} are{counted}."


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
