"""What a round says of itself: one noun, written and read here alone."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from vabal_core.types import Round


@dataclass(frozen=True, kw_only=True)
class Histogram:
    """How often values fall into bins; the bins are common to all classes."""

    edges: tuple[float, ...]  # (B + 1,)
    counts: tuple[tuple[int, ...], ...]  # (C, B)


@dataclass(frozen=True, kw_only=True)
class RoundReport:
    """What a round learned from, measured and was made with. By class: in the order of the round's `class_ids`.

    None where a round does not tell: its strategy did not require it, an older version kept less, or it is not done
    yet.
    """

    # what it learned from and what it ranked
    labelled_counts: tuple[int, ...] | None = None  # (C,) labels learned from
    label_share: tuple[float, ...] | None = None  # (C,) the same as shares
    unreadable: int | None = None  # images that could not be read
    changed_images: int | None = None  # images whose file held another picture than was imported: they took no part
    evaluation_set_aside: int | None = None  # evaluation images marked unsure or flagged: not measured on
    ranked: int | None = None  # images
    predicted_counts: tuple[int, ...] | None = None  # (C,) ranked images, by the class the classifier names
    # of a choice by core-set: the image farthest from all labelled and chosen ones lies at most so many times as far as
    # by the best choice of as many
    certified_ratio: float | None = None
    confusion: tuple[tuple[int, ...], ...] | None = None  # (C, C) evaluation images: rows true, columns predicted
    # labelled images, by the class that models which had not learned from them took them for
    out_of_fold_called: tuple[int, ...] | None = None  # (C,)
    out_of_fold_right: tuple[int, ...] | None = None  # (C,) of these, how many are of that class
    judged_labels: int | None = None  # labels of the pool and for evaluation that were held against such predictions
    agreed_labels: int | None = None  # of these, how many are of the class predicted
    # how the networks learned
    classifier_losses: tuple[float, ...] | None = None  # one an epoch
    strength: float | None = None  # of a head on frozen features: what its losses weigh beside its weights' norm
    calibration_temperature: float | None = None  # by which that head's logits are divided, so that it is calibrated
    vae_losses: tuple[float, ...] | None = None  # one an epoch
    agreement: float | None = None  # share of the ranked images where Eq. 6 and the classifier name the same class
    draw_share: tuple[float, ...] | None = None  # (C,) of the VAE's draws of ranked images, by their class (Eq. 6)
    # the terms of Bayes' rule
    reliability: tuple[float, ...] | None = None  # (C,) Eq. 10
    difficulty: str | None = None  # what Eq. 10 was read from: the setting, or "in_sample" where there was nothing else
    difficulty_counts: tuple[int, ...] | None = None  # (C,) labelled images behind each reliability
    prior: tuple[float, ...] | None = None  # (C,) Eq. 11
    likelihood_histogram: Histogram | None = None  # log-likelihoods (nats) of the ranked images, by predicted class
    # what it was made with
    seed: int | None = None
    device: str | None = None
    versions: Mapping[str, str] | None = None  # package -> version
    seconds: Mapping[str, float] | None = None  # phase -> seconds

    @property
    def is_in_sample(self) -> bool:
        """Whether the reliabilities are read from images that the classifier learned from."""
        return self.difficulty in (None, "in_sample")

    @property
    def evaluated(self) -> int:
        """How many evaluation images the round measured on."""
        return sum(map(sum, self.confusion or ()))

    @property
    def mistaken(self) -> int:
        """How many of those it took for another class."""
        return self.evaluated - sum(row[n] for n, row in enumerate(self.confusion or ()))


def report_of(round_: Round) -> RoundReport:
    """The report of a remembered round, completed where an older one tells the same in another place.

    A term that its settings left out of the ranking (Table 1's ablation) is None: it stood there as 1 or 1 / C.
    """
    report, config = from_json(round_.metrics), round_.config
    if not config.get("use_reliability", True):
        report = replace(report, reliability=None, difficulty_counts=None)
    if not config.get("use_prior", True):
        report = replace(report, prior=None)
    return replace(
        report,
        ranked=report.ranked if report.ranked is not None else sum(report.predicted_counts or ()) or None,
        difficulty=report.difficulty or config.get("difficulty"),
    )


def to_json(report: RoundReport) -> dict[str, Any]:
    """The report as plain JSON values, without what it does not tell."""
    return {name: value for name, value in asdict(report).items() if value is not None}


def from_json(values: Mapping[str, Any]) -> RoundReport:
    """What `to_json` wrote, in this version or another: a missing key gives None, an unknown one is left out."""
    names = {field.name for field in fields(RoundReport)}
    kept = {name: _as_tuple(value) for name, value in values.items() if name in names}
    if histogram := kept.get("likelihood_histogram"):
        kept["likelihood_histogram"] = Histogram(**{name: _as_tuple(value) for name, value in histogram.items()})
    return RoundReport(**kept)


def _as_tuple(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return tuple(map(tuple, value)) if value and isinstance(value[0], list) else tuple(value)
