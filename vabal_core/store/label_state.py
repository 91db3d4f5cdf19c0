"""What the log says of one image now."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from vabal_core.types import ImageState, LabelEvent

# What an image is while a decision of this kind is the one that counts.
STATES: dict[str, ImageState] = {"label": "labelled", "unsure": "unsure", "flag": "flagged"}

LogRow = sa.Row[Any] | LabelEvent  # what the fold reads: a row of the log, or what becomes one


@dataclass(frozen=True)
class LabelState:
    """The decisions about one image not taken back, oldest first: the last one counts; and whether it was put aside."""

    decisions: tuple[Any, ...] = ()
    skipped: bool = False

    @property
    def decision(self) -> Any | None:
        """The row that counts: a label, an "unsure" or a "flag"; None where no decision stands."""
        return self.decisions[-1] if self.decisions else None

    @property
    def class_id(self) -> int | None:
        """The class the image is labelled now, or None."""
        return self.decision.class_id if self.state == "labelled" else None

    @property
    def state(self) -> ImageState:
        """Where the image stands."""
        if self.decisions:
            return STATES[self.decisions[-1].kind]
        return "skipped" if self.skipped else "waiting"


def fold(rows: Iterable[LogRow]) -> LabelState:
    """What the rows of one image, oldest first, say together.

    Labels, "unsure" and "flag" are decisions: the last one that nobody took back counts, so a label does not count
    while somebody's later doubt stands. An undo takes back the decision it names, wherever that stands: somebody who
    decided later is not overruled, and what its author took back never returns. A skip puts an image aside that nobody
    has decided on; any decision or undo brings it back.
    """
    now = LabelState()
    for row in rows:
        now = step(now, row)
    return now


def step(now: LabelState, row: LogRow) -> LabelState:
    """The state after one more row."""
    if row.kind == "skip":
        return LabelState(now.decisions, skipped=True)
    if row.kind in STATES:
        return LabelState((*now.decisions, row))
    return LabelState(tuple(decision for decision in now.decisions if decision.event_id != row.undoes))
