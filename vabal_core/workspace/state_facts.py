"""What the state of a project is read from, and the nouns that it is told in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from vabal_core.types import ImageState, Progress, Round, Split
from vabal_core.workspace.people import Right

Need = Literal["images", "classes", "labels", "features", "ranking", "evaluation", "review", "nothing"]
GoingOn = Literal["nothing", "reading features", "learning", "ranking", "waiting", "failed"]
StatePage = Literal["label", "grid", "review", "rounds", "progress", "data"]

LABELS_OF_A_CLASS = 5  # of two classes each, before a person is led to a first ranking


@dataclass(frozen=True, kw_only=True)
class ImageReading:
    """The reading of a project's images in the background, as the server that does it sees it. `error`: in words, where
    it failed."""

    event: Progress = Progress("start")
    seconds_left: float | None = None
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class Action:
    """What to press next: it opens `page` with `query` in its address or, without a page, does what `kind` says.
    `right`: which one it takes, None where everybody who labels may."""

    label: str
    kind: Literal["open", "start_round", "read_features"] = "open"
    page: StatePage | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    right: Right | None = None


def missing_labels(labels: Sequence[int]) -> int:
    """Of the `labels` of each class: how many are to be given until two classes have LABELS_OF_A_CLASS each."""
    return sum(max(0, LABELS_OF_A_CLASS - count) for count in sorted(labels, reverse=True)[:2])


def is_ranking_due(labels: Sequence[int], since: int, *, is_ranked: bool, usual: int) -> bool:
    """Whether a person is led to a ranking: the first once enough is there to learn from, the next once `usual` labels
    were given `since`."""
    return since >= usual if is_ranked else len(labels) > 1 and not missing_labels(labels)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a state is read from. `labels` are those of the pool by class, `states` count images; `done` is the round
    whose ranking is in use, `newest` the one started last; `reading` is None where no image is being read."""

    labels: tuple[int, ...]
    states: Mapping[tuple[Split, ImageState], int]
    auto_every: int
    batch: int
    done: Round | None
    newest: Round | None
    reading: ImageReading | None

    def images(self, split: Split) -> int:
        """Those in the bin are none."""
        return sum(self.states[split, state] for state in get_args(ImageState))

    def to_label(self, split: Split) -> int:
        """Images without a decision, those skipped among them."""
        return self.states[split, "waiting"] + self.states[split, "skipped"]

    @property
    def to_review(self) -> int:
        """Images marked unsure or flagged."""
        return sum(self.states[split, state] for split in ("pool", "evaluation") for state in ("unsure", "flagged"))

    @property
    def labelled(self) -> int:
        """Labels to learn from."""
        return sum(self.labels)

    @property
    def since(self) -> int:
        """Labels that the ranking in use has not learned from."""
        return max(0, self.labelled - (self.done.labelled if self.done else 0))

    @property
    def missing(self) -> int:
        """Labels to give until two classes have LABELS_OF_A_CLASS each."""
        return missing_labels(self.labels)

    @property
    def to_the_next(self) -> int | None:
        """Labels until a round starts by itself, counted as it is from the last that was started, however that ended;
        None where none does."""
        changed = abs(self.labelled - (self.newest.labelled if self.newest else 0))
        return max(0, self.auto_every - changed) if self.auto_every else None
