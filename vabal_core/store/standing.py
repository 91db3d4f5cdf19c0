"""What the log says of one image now. The same rule as a fold over rows and as SQL over all images."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa

from vabal_core.store.tables import label_event


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


def standing(rows: Iterable[LogRow]) -> Standing:
    """Fold the rows of one image, oldest first.

    An undo takes back the label it names only while that label is the one that counts: somebody who labelled the
    image later is not overruled. Any label or undo brings a skipped image back.
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
    counts = bool(now.labels) and now.labels[-1].event_id == row.undoes
    return Standing(now.labels[:-1] if counts else now.labels)


def class_now(image_id: sa.ColumnElement[int]) -> sa.ScalarSelect[Any]:
    """SQL: the class of the image now, or NULL. One look into the index (image_id, id, kind, class_id)."""
    row = label_event.alias()
    query = sa.select(row.c.class_id).where(row.c.image_id == image_id, row.c.kind != "skip")
    return query.order_by(row.c.id.desc()).limit(1).scalar_subquery()


def last_kind(image_id: sa.ColumnElement[int]) -> sa.ScalarSelect[Any]:
    """SQL: the kind of the image's last row ("skip": put aside), or NULL where it has none."""
    row = label_event.alias()
    return sa.select(row.c.kind).where(row.c.image_id == image_id).order_by(row.c.id.desc()).limit(1).scalar_subquery()
