"""What a desk says and asks, and what it is told."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from vabal_core.loop.report import report_of
from vabal_core.store.classes import ClassTable
from vabal_core.store.queue import Decision, Waiting, Which
from vabal_core.types import (
    Counts,
    DefectClass,
    Image,
    ImageState,
    LabelEvent,
    OutOfSample,
    Project,
    QueueItem,
    QueueName,
    Round,
    Split,
)
from vabal_core.workspace.label_standings import LabelIssues
from vabal_core.workspace.labelling import queue_items
from vabal_core.workspace.learning_curves import rare_class_ids
from vabal_core.workspace.replaced import Replaced
from vabal_core.workspace.state_facts import is_ranking_due
from vabal_core.workspace.trust import why_distrust

ISSUES: QueueName = "label_issues"
DIFFERING: QueueName = "differing"
OF_HISTORY: Mapping[QueueName, Which] = {ISSUES: "corrections", DIFFERING: "adjudications"}
SPLITS: Mapping[QueueName, tuple[Split, ...]] = {
    "ranked": ("pool",),
    "evaluation": ("evaluation",),
    ISSUES: ("pool", "evaluation"),
    DIFFERING: ("pool", "evaluation"),
}


@dataclass(frozen=True, kw_only=True)
class DeskRequest:
    """What a desk says and asks: its decisions, and `count` more images of the queue than those it has (`have`, ids).

    `shown`: images that it shows beside those, and need not be held for it. `idle`: nobody has touched it for a while,
    so nothing is held for it. `history`: the person's last decisions are asked for too. `apart`: what no ranking has
    comes in another random order than desks follow. `names`: whoever decides between labels sees who gave them.
    """

    queue: QueueName
    count: int
    have: Collection[int] = ()
    shown: Collection[int] = ()
    events: tuple[LabelEvent, ...] = ()
    idle: bool = False
    history: bool = False
    apart: bool = False
    names: bool = False


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """An event that was not stored, and why, in words."""

    event_id: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class DeskState:
    """What a desk shows, all of one moment: that in which its decisions were stored and its next images claimed.

    `stored` are event ids; `replaced`: what the stored decisions took the place of. `counts_shown`: those that the desk
    shows, read at `counted_at` (shown_counts.py), as are `states`: (split, state) -> images. `last_done` is the round
    whose ranking the queue follows, `newest_round` the last of all, running or failed perhaps. `taken`: those of its
    images that wait no more, or are another person's by now. `history`: the last decisions in this queue, each with its
    image, oldest first. `issues`: the labels that look wrong, where these are the queue; `waiting` are in words, then,
    as they are where people differ. `news`: what came of the stored decisions, in a sentence, or "".
    """

    project: Project
    queue: QueueName
    table: ClassTable
    counts: Counts
    counts_shown: Counts
    counted_at: float | None
    states: Mapping[tuple[Split, ImageState], int]
    last_done: Round | None
    newest_round: Round | None
    waiting: tuple[Waiting, ...] | tuple[QueueItem, ...]
    predictions: Mapping[int, OutOfSample]
    taken: frozenset[int]
    history: tuple[tuple[Decision, Image], ...]
    issues: LabelIssues | None = None
    stored: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()
    replaced: tuple[Replaced, ...] = ()
    news: str = ""

    @property
    def looks_again(self) -> bool:
        """Whether the images have labels, which whoever is at the desk sees and decides on anew."""
        return self.queue in OF_HISTORY

    @property
    def classes(self) -> tuple[DefectClass, ...]:
        """What people label with."""
        return self.table.current

    @property
    def items(self) -> list[QueueItem]:
        """The next images, each with where it stands and why."""
        if self.looks_again:
            return list(self.waiting)
        return queue_items(self.queue, self.waiting, self.last_done, self.table, self.predictions)

    @property
    def distrust(self) -> str:
        """Why what the ranking says is not to be trusted, in a sentence; "" where it may be."""
        done = self.last_done
        if done is None:
            return ""
        return why_distrust(done.strategy, report_of(done), [self.table.shown(class_id) for class_id in done.class_ids])

    @property
    def may_learn(self) -> bool:
        """Whether it is time for a ranking and none is being made."""
        settings, labels = self.project.settings, list(self.counts.pool.values())
        usual = settings["auto_every"] or settings["batch"]
        is_running = self.newest_round is not None and self.newest_round.state == "running"
        is_ranked = self.last_done is not None
        return not is_running and is_ranking_due(labels, self.counts.since_round, is_ranked=is_ranked, usual=usual)

    @property
    def rare(self) -> set[int]:
        """The ids of the classes that count as rare."""
        return rare_class_ids(self.project.settings["rare_class_ids"], self.table, self.counts)
