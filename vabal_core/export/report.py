"""The nouns of a project's report: what was gathered, ready to be written. Nothing here is a sentence yet.

Times are aware, in UTC. Estimates are shares with their 95 % interval and the number of images behind them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from vabal_core.estimate.finds import Finds
from vabal_core.estimate.forecast import Forecast
from vabal_core.estimate.left import Left, Needed
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
    estimates: "ClassEstimate | None"


@dataclass(frozen=True, kw_only=True)
class ClassEstimate:
    """What is estimated of a class among all images of the project, of the labelled and of all others. `agreement`: of
    its images that several people labelled, the share where all say the same; `finds` and `finds_random`: of it among
    the next images of the ranking and among as many drawn at random; `needed` and `needed_random`: labels until the
    target is found; `brought`: its images out of rankings, the last among the first `brought_in` of these; drawing at
    random `would_need` so many for them. NOTHING or None where nothing was measured, or nothing was drawn at random."""

    prevalence: Estimate
    recall: Estimate
    precision: Estimate
    agreement: Estimate
    left: Left
    finds: Finds | None
    finds_random: Finds | None
    needed: Needed | None
    needed_random: Needed | None
    brought: int
    brought_in: int
    would_need: Needed | None


@dataclass(frozen=True, kw_only=True)
class Overall:
    """What is estimated from every label by how it was chosen: of `images` images, of which `unlabelled` have no label.
    `evaluation` and `audit`: how many labels were drawn at random. `target`: the share of a class that is to be found;
    `unmet`: at most so many images are of a class that nobody has met, at 95 %."""

    images: int
    unlabelled: int
    evaluation: int
    audit: int
    target: float
    accuracy: Estimate
    balanced_accuracy: Estimate
    unmet: int

    @property
    def drawn(self) -> int:
        """Labels of images drawn at random: without any, the estimates say nothing."""
        return self.evaluation + self.audit


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
class GapFacts:
    """What is missing to say better how good the model is. `widest`: the class of whose images it is known least well
    how many are found, `hits`; `more` evaluation labels of it would halve that range, and about `labels` of any class
    hold as many (None: they are not drawn at random). `unmeasured`: classes of which none was measured; `waiting`:
    evaluation images without a label."""

    widest: str | None
    hits: Estimate | None
    more: int
    labels: int | None
    unmeasured: tuple[str, ...]
    waiting: int


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
    overall: Overall
    ranked: int
    ranked_rare: int
    gap: GapFacts
    waiting: int
    settings: Mapping[str, str]
