"""What the log says of one image now.

A share of the images goes to a second person, who is not shown that there is a label. What that person says is an
opinion: a row of the log whose kind begins with "blind". It takes the place of no decision; both stand, until they
agree or somebody decides between them ("adjudicated"). Where a reviewer says that a label is certain, that is a row
of its own kind, too: the label stays that of whoever gave it, and no opinion changes it.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from vabal_core.types import EventKind, ImageState

IMPORTED = "import"
DEMO_ORACLE = "demo oracle"
NO_PERSONS = (IMPORTED, DEMO_ORACLE)  # whose labels are no person's opinion

# What an image is while a decision of this kind is the one that counts.
STATES: dict[str, ImageState] = {
    "label": "labelled",
    "unsure": "unsure",
    "flag": "flagged",
    "adjudicated": "labelled",
}
# What a person did who was not shown the label that stands, and the kind of its row.
BLIND: dict[str, str] = {kind: f"blind {kind}" for kind in ("label", "unsure", "flag", "skip")}
CERTAIN = "certain"
OPINIONS = (BLIND["label"], BLIND["unsure"], BLIND["flag"])
GIVEN: dict[str, EventKind] = {blind: kind for kind, blind in BLIND.items()} | {"adjudicated": "label"}

LogRow = sa.Row[Any] | Any  # what the fold reads: a row of the log, or what becomes one


def kind_given(kind: str) -> str:
    """What the person did by whom a row of this kind came about, as they sent it."""
    return GIVEN.get(kind, kind)


def class_given(row: LogRow) -> int | None:
    """The class that the person named, which in the row of an opinion is not the class that counts."""
    return row.opinion_class_id if row.kind in BLIND.values() else row.class_id


@dataclass(frozen=True)
class LabelState:
    """The decisions and opinions about one image not taken back, oldest first; whether it was put aside; and the row
    that says that the label of the decision that counts is certain."""

    rows: tuple[Any, ...] = ()
    skipped: bool = False
    certain: Any | None = None

    @property
    def decisions(self) -> tuple[Any, ...]:
        """Oldest first: the last one counts."""
        return tuple(row for row in self.rows if row.kind in STATES)

    @property
    def opinions(self) -> tuple[Any, ...]:
        """What people said who were not shown the label, oldest first."""
        return tuple(row for row in self.rows if row.kind in OPINIONS)

    @property
    def decision(self) -> Any | None:
        """The row that counts: a label, an "unsure" or a "flag"; None where no decision stands."""
        return next((row for row in reversed(self.rows) if row.kind in STATES), None)

    @property
    def ruling(self) -> Any | None:
        """The row by which the label stands whatever opinions say: a decision between labels, or that it is certain."""
        decision = self.decision
        return decision if decision is not None and decision.kind == "adjudicated" else self.certain

    @property
    def views(self) -> dict[str, int | None]:
        """person -> the class that they named last, None where they named none; in the order of their first word."""
        return {row.annotator: class_given(row) for row in self.rows if row.annotator not in NO_PERSONS}

    @property
    def class_id(self) -> int | None:
        """The class the image is labelled now, or None.

        That of the decision that counts. Where opinions have been given since, and it was no adjudication and is not
        certain, it is the class that most people named last; of a tie the decision stands.
        """
        decision = self.decision
        if decision is None or STATES[decision.kind] != "labelled":
            return None
        if self.ruling is not None:
            return self.ruling.class_id
        if self.rows[-1] is decision:
            return decision.class_id
        votes = Counter(class_id for class_id in self.views.values() if class_id is not None).most_common(2)
        tie = len(votes) != 1 and (not votes or votes[0][1] == votes[1][1])
        return decision.class_id if tie else votes[0][0]

    @property
    def state(self) -> ImageState:
        """Where the image stands."""
        decision = self.decision
        if decision is not None:
            return STATES[decision.kind]
        return "skipped" if self.skipped else "waiting"


def fold(rows: Iterable[LogRow]) -> LabelState:
    """What the rows of one image, oldest first, say together.

    Labels, "unsure" and "flag" are decisions: the last one that nobody took back counts, so a label does not count
    while somebody's later doubt stands. An undo takes back the decision it names, wherever that stands: somebody who
    decided later is not overruled, and what its author took back never returns. A skip puts an image aside that nobody
    has decided on; any decision or undo brings it back. Opinions change the class alone (see `LabelState.class_id`).
    That a label is certain holds until another decision counts.
    """
    now = LabelState()
    for row in rows:
        now = step(now, row)
    return now


def step(now: LabelState, row: LogRow) -> LabelState:
    """The state after one more row."""
    if row.kind == "skip":
        return LabelState(now.rows, skipped=True, certain=now.certain)
    if row.kind == BLIND["skip"]:
        return now
    if row.kind == CERTAIN:
        return replace(now, certain=row)
    if row.kind in STATES:
        return LabelState((*now.rows, row))
    if row.kind in OPINIONS:
        return LabelState((*now.rows, row), certain=now.certain)
    left = LabelState(tuple(decision for decision in now.rows if decision.event_id != row.undoes))
    return replace(left, certain=now.certain) if left.decision is now.decision else left
