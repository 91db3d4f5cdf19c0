"""What the log says of one image now."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from vabal_core.types import ImageState


class LogRow(Protocol):
    """What the fold reads of a row of the log."""

    @property
    def event_id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def class_id(self) -> int | None: ...
    @property
    def undoes(self) -> str | None: ...


@dataclass(frozen=True)
class Standing:
    """The labels of one image not taken back, oldest first (the last one counts), and whether it was put aside."""

    labels: tuple[Any, ...] = ()
    skipped: bool = False

    @property
    def class_id(self) -> int | None:
        """The class the image is labelled now, or None."""
        return self.labels[-1].class_id if self.labels else None

    @property
    def state(self) -> ImageState:
        """Where the image stands in its queue."""
        if self.labels:
            return "labelled"
        return "skipped" if self.skipped else "waiting"


def standing(rows: Iterable[LogRow]) -> Standing:
    """Fold the rows of one image, oldest first.

    An undo takes back the label it names, wherever that stands: the last label that nobody took back is the one that
    counts, so somebody who labelled the image later is not overruled, and what its author took back never returns.
    Any label or undo brings a skipped image back.
    """
    now = Standing()
    for row in rows:
        now = step(now, row)
    return now


def step(now: Standing, row: LogRow) -> Standing:
    """The standing after one more row."""
    if row.kind == "skip":
        return Standing(now.labels, skipped=True)
    if row.kind == "label":
        return Standing((*now.labels, row))
    return Standing(tuple(label for label in now.labels if label.event_id != row.undoes))
