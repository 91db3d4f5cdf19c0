"""The nouns of a project's report: what was gathered, ready to be written. Nothing here is a sentence yet.

Times are aware, in UTC. Estimates are shares with their 95 % interval and the number of images behind them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from vabal_core.estimate.forecast import Forecast
from vabal_core.estimate.project import ClassEstimates, ProjectEstimates
from vabal_core.evidence.gap import EvaluationGap
from vabal_core.evidence.intervals import Estimate
from vabal_core.types import EvaluationSource, ImageState, Split


@dataclass(frozen=True, kw_only=True)
class ReportPicture:
    """A small picture: the bytes of a WebP. `pinned`: people pinned it in the class guide; else it was drawn at random
    among the images that are labelled so."""

    data: bytes
    pinned: bool


@dataclass(frozen=True, kw_only=True)
class ClassReport:
    """One class. `labels`: images labelled so, by split; `merged`: classes that count as this one now; `taken`:
    images without a label that the newest round takes for it, None before the first; `estimates` None of a class that
    was made meanwhile."""

    name: str
    rare: bool
    note: str
    merged: tuple[str, ...]
    pictures: tuple[ReportPicture, ...]
    labels: Mapping[Split, int]
    last_label: datetime | None
    taken: int | None
    estimates: ClassEstimates | None


@dataclass(frozen=True, kw_only=True)
class ReportImport:
    """One import: when, what it was called, by whom; `images` of it are in use, `labelled` of these have a label."""

    at: datetime
    title: str
    by: str
    images: int
    labelled: int
    state: str


@dataclass(frozen=True, kw_only=True)
class DataFacts:
    """The images: how many of each split and state, `removed` those in the bin; `sizes`: (width, height, images), the
    most frequent first, of `size_count` different ones."""

    states: Mapping[tuple[Split, ImageState], int]
    removed: int
    sizes: tuple[tuple[int, int, int], ...]
    size_count: int
    imports: tuple[ReportImport, ...]
    evaluation_from: EvaluationSource


@dataclass(frozen=True, kw_only=True)
class LabelFacts:
    """The labels that count: by person and by how each image was chosen (the most frequent first), by day (UTC).
    `per_minute`: labels by people, the median of the newest minutes in which anybody labelled, 0 without one.
    `sha256`: of the table of labels as the export writes it; `left_out`: labels not in it, for their file holds another
    picture."""

    people: tuple[tuple[str, int], ...]
    choices: Mapping[str, int]
    days: Mapping[date, int]
    first: datetime | None
    last: datetime | None
    per_minute: float
    sha256: str
    left_out: int


@dataclass(frozen=True, kw_only=True)
class MeasuredRound:
    """What a finished round measured on evaluation images; `labels`: those that it learned from."""

    number: int
    at: datetime
    labels: int
    accuracy: Estimate
    balanced_accuracy: Estimate


@dataclass(frozen=True, kw_only=True)
class RoundFacts:
    """The newest finished round. `settings`: (name, value, value of the preset) where they differ. Of classes as it
    knew them: `class_names` (C,), `recalls` and `precisions` (C,), `confusion` (C, C) counts, rows true and columns
    predicted; all but the names are empty where no evaluation image was measured. `set_aside`: evaluation images marked
    unsure or flagged, not measured on; `unreadable` and `changed`: files that it could not read, or that held another
    picture than was imported. None: it does not tell. `warnings`: what is wrong with it, in words."""

    number: int
    at: datetime
    labels: int
    strategy: str
    preset: str
    seed: int
    batch: int
    seconds: float
    device: str
    versions: Mapping[str, str]
    settings: tuple[tuple[str, str, str], ...]
    class_names: tuple[str, ...]
    recalls: tuple[Estimate, ...]
    precisions: tuple[Estimate, ...]
    confusion: tuple[tuple[int, ...], ...]
    set_aside: int | None
    unreadable: int | None
    changed: int | None
    warnings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Report:
    """All that is written of a project. `names`: whether people are named; `made_by` is "" where they are not.
    `forecasts`: of the balanced accuracy; `waiting`: images to learn from without a label; `ranked` images were
    labelled out of rankings, `ranked_rare` of which are of a rare class."""

    project: str
    created_at: datetime
    made_at: datetime
    made_by: str
    names: bool
    synthetic: bool
    schema: str
    versions: Mapping[str, str]
    data: DataFacts
    classes: tuple[ClassReport, ...]
    labels: LabelFacts
    round_: RoundFacts | None
    rounds: tuple[MeasuredRound, ...]
    round_count: int
    forecasts: tuple[Forecast, ...]
    overall: ProjectEstimates
    ranked: int
    ranked_rare: int
    gap: EvaluationGap
    waiting: int
    settings: Mapping[str, str]
