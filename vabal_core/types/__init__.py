"""The nouns of the Studio: frozen dataclasses that every room shares.

Those of a query lie in pool.py, those of an import in importing.py, those of an export in exporting.py.

Axis letters, used in shapes everywhere: N images, C classes, S draws, D = 512 features, Z = 10 C latent dimensions.
"""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from vabal_core.types.exporting import (  # noqa: F401 (named as those of this file)
    ExportContent,
    ExportFormat,
    ExportRequest,
    LabelledFile,
)
from vabal_core.types.importing import (  # noqa: F401 (named as those of this file)
    Answer,
    BoxUse,
    ChangesToApply,
    Doubt,
    DoubtAbout,
    DrawnBy,
    ImportEntry,
    ImportPlan,
    ImportProblem,
    LabelChange,
    LabelUse,
    Layout,
    OtherForms,
    Precedence,
    Split,
    SplitUse,
    TableColumns,
)
from vabal_core.types.people import Account, Actor, Role  # noqa: F401 (likewise)
from vabal_core.types.pixels import Box, Scale, Tile, Tiling  # noqa: F401 (likewise)
from vabal_core.types.pool import UNLABELLED, Committee, Pool, Query  # noqa: F401 (named as those of this file)

# Drawn at random; so that each class has its part; at random from what was unlabelled while labelling went on; stated
# by what was imported or by a person; drawn and stated; or not remembered (by older versions).
EvaluationSource = Literal["drawn", "drawn by class", "drawn later", "stated", "both", "unknown"]
EventKind = Literal["label", "skip", "unsure", "flag", "undo"]
# What the log makes of them besides: a decision between labels of several people, and what somebody said of an image
# that has a label, which they were not shown (see store/label_state.py). "certain": the label that stands is certain,
# says whoever may review; no desk sends it.
LogKind = EventKind | Literal["adjudicated", "certain", "blind label", "blind skip", "blind unsure", "blind flag"]
ImageState = Literal["waiting", "labelled", "skipped", "unsure", "flagged"]
# An image in the bin, and what is left of one that is gone for good: no page but that of the bin shows either.
GoneState = Literal["removed", "emptied"]
# What an image was chosen by that no queue had brought: a filter of the Grid or the person's eye there, being like
# another image, a table of labels, an import that came with its label.
ChosenBy = Literal["filter", "similar", "table", "import"]
PinRole = Literal["example", "counter", "none"]
Sort = Literal["position", "rank", "score", "probability", "labelled_at", "disagreement"]
# What waits for a label, to learn from or to measure by; labels that look wrong, to be confirmed or mended; and images
# of which people say different things, to be decided.
QueueName = Literal["ranked", "evaluation", "label_issues", "differing"]
RoundState = Literal["running", "done", "failed", "cancelled", "interrupted"]

# The letters that the labelling desk itself uses: no class has one of them as its key.
RESERVED_KEYS = frozenset("usxfgzihpk")


class StudioError(Exception):
    """The world is not as asked (a missing file, an unknown project): what was asked, what was found, what to do."""


class NotFound(StudioError):
    """What was asked for is not there."""


class UnknownId(NotFound, ValueError):
    """Nothing has this id: it is gone, or never was."""


class Busy(StudioError):
    """Somebody else is at it just now: the same call may succeed later."""


class NotAllowed(StudioError):
    """Whoever asked may not do this."""


class NotSignedIn(StudioError):
    """Nobody knows who asked, or not any more: to sign in helps."""


@dataclass(frozen=True, kw_only=True)
class Project:
    """`removed_at`: it lies in the bin since then."""

    id: int
    name: str
    created_at: datetime
    synthetic: bool
    settings: Mapping[str, Any] = field(default_factory=dict)
    removed_at: datetime | None = None


@dataclass(frozen=True)
class DefectClass:
    """One class of a project. `key` is the key that labels it ("1".."9", "0", then letters), or ""."""

    id: int
    name: str
    key: str


@dataclass(frozen=True, kw_only=True)
class Image:
    """One image of a project. `path` as it stood at import; `file` where its bytes are; `position` its place in the
    order of import; `removed`: it lies in the bin."""

    id: int
    project_id: int
    position: int
    path: str
    file: Path
    split: Split
    fingerprint: str
    width: int
    height: int
    removed: bool = False


@dataclass(frozen=True, kw_only=True)
class GuideEntry:
    """What a class looks like, as people pinned it: `examples` of it, and what may be taken for it and is not."""

    class_id: int
    name: str
    key: str
    note: str
    examples: tuple[Image, ...]
    counter_examples: tuple[Image, ...]


@dataclass(frozen=True)
class LabelEvent:
    """One decision of a person. `event_id` is made by the client: writing it twice is writing it once.

    kind "label" needs class_id; "unsure" and "flag" (somebody should look at this image, for the reason in `comment`)
    take the image out of the queue without a label; "undo" needs `undoes`, the event_id it takes back; "certain" needs
    the class_id of the label that stands, and leaves whose label it is. `round` is the
    number of the round whose ranking showed the image (0 before the first); `typical` says that it was shown because it
    is typical of a group of images, by no ranking; `by_exception` that it was shown because the model was sure of it;
    `audit` that it was drawn at random from all that waited; `chosen_by` what else it was chosen by, None where a queue
    had brought it; `settles` that it decides between labels of several people, who have been heard; `comment` has at
    most 500 characters.
    """

    event_id: str
    image_id: int
    kind: EventKind | Literal["certain"]
    class_id: int | None = None
    _: KW_ONLY
    undoes: str | None = None
    milliseconds: int | None = None
    round: int = 0
    typical: bool = False
    by_exception: bool = False
    audit: bool = False
    chosen_by: ChosenBy | None = None
    settles: bool = False
    comment: str | None = None


@dataclass(frozen=True)
class Term:
    """One of the terms behind an image's place in the ranking: its `share` (0..1) and what it says, in words."""

    name: str
    share: float
    words: str


@dataclass(frozen=True, kw_only=True)
class QueueItem:
    """One image waiting for a label, with where it stands and why, in plain words. `typical`: no ranking holds it, and
    it comes now because it shows what a group of images looks like; `audit`: it was drawn at random from all that wait,
    which no desk shows. `label`: the class that it is labelled as, of an image that is looked at again; `settles`: the
    label that it is given now decides between those of several people."""

    image_id: int
    fingerprint: str
    path: str
    width: int
    height: int
    round: int
    rank: int | None = None
    score: float | None = None
    predicted: str | None = None
    probability: float | None = None
    why: str
    typical: bool = False
    audit: bool = False
    put_aside: bool = False
    label: int | None = None
    settles: bool = False
    predicted_class_id: int | None = None
    likely: tuple[tuple[int, float], ...] = ()
    terms: tuple[Term, ...] = ()
    details: str = ""


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Labels so far: per class id, zero-count classes included, for the pool and for the evaluation images.

    `unsure` and `flagged` count the images of both that wait for a decision on the Review page.
    """

    pool: Mapping[int, int]
    evaluation: Mapping[int, int]
    pool_total: int
    evaluation_total: int
    since_round: int
    unsure: int = 0
    flagged: int = 0


@dataclass(frozen=True)
class Progress:
    """One step of long work (import, round): a phase, how far it is, and what was measured there."""

    phase: str
    done: int = 0
    total: int = 0
    _: KW_ONLY
    epoch: int = 0
    epochs: int = 0
    metrics: Mapping[str, float] = field(default_factory=dict)
    message: str = ""


@dataclass(frozen=True, kw_only=True)
class Round:
    """One active-learning round as remembered: its settings, state, and what it measured (`metrics`, plain JSON).

    `driver`: the computer and data folder it runs in; None for rounds made before that was kept.
    """

    id: int
    project_id: int
    number: int
    state: RoundState
    strategy: str
    preset: str
    batch: int
    seed: int
    config: Mapping[str, Any]
    class_ids: tuple[int, ...]
    labelled: int
    started_at: datetime
    finished_at: datetime | None
    message: str
    metrics: Mapping[str, Any]
    driver: str | None = None
    heartbeat_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Reasons:
    """What a round keeps of a ranked image for the words beside it, classes in the order of the round's class_ids.

    `next_likely`: the classes behind the likeliest, each with its probability. Of the others C values, or none where
    the strategy did not require them.
    """

    next_likely: tuple[tuple[int, float], ...] = ()
    log_likelihood: tuple[float, ...] = ()
    draw_counts: tuple[int, ...] = ()  # draws of the auto-encoder in each class


@dataclass(frozen=True, kw_only=True)
class RankedImage:
    """One row of a round's ranking."""

    image_id: int
    rank: int
    score: float
    predicted_class_id: int
    probability: float
    reasons: Reasons = Reasons()


@dataclass(frozen=True)
class OutOfSample:
    """What a model that had not learned from an image says of it: its likeliest class and that class's probability."""

    image_id: int
    predicted_class_id: int
    probability: float
