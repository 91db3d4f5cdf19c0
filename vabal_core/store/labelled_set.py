"""The labelled images of a project, one after the other, for the export: constant memory, and no long transaction."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from vabal_core.store.classes import ClassTable, class_table
from vabal_core.store.database import Database, reading
from vabal_core.store.label_state import LabelState, class_given, fold, kind_given
from vabal_core.store.second_looks import DIFFERING, standing
from vabal_core.store.tables import image, label_event
from vabal_core.types import Split

PIECE = 1_000
OF_PEOPLE = ("second_labels", "agreement", "adjudicated_by")  # of an ExportRow, where somebody was asked


@dataclass(frozen=True, kw_only=True)
class ExportRow:
    """One labelled image as it leaves. `labelled_at` is aware, in UTC; the facts from `rank` on are of the ranking
    that was in use when the label was given, None where there was none; `round` is 0 before the first round.
    `strategy` is what the image was chosen by: that of the ranking, or a word of `store.provenance`.

    `second_labels`: what people said who were not shown the label, "bert: scratches; carl: unsure"; `agreement`: why
    this label counts beside them, "agreed", "majority" (most people say so), "differing" (nobody has decided yet, and
    the first label stands) or "adjudicated", and then by whom; None where nobody was asked."""

    path: str
    label: str
    split: Split
    annotator: str
    labelled_at: datetime
    round: int
    rank: int | None
    score: float | None
    predicted_label: str | None
    predicted_probability: float | None
    strategy: str | None
    fingerprint: str
    second_labels: str | None = None
    agreement: str | None = None
    adjudicated_by: str | None = None


def labelled_images(database: Database, project_id: int) -> Iterator[ExportRow]:
    """Every labelled image, pool and evaluation, by position.

    Read in pieces of `PIECE` images, each in a short transaction of its own, so that somebody who labels meanwhile
    is not held up; a label given meanwhile is in it when its image had not been reached.
    """
    position = -1
    while True:
        rows, table = _piece(database, project_id, position)
        for _, group in groupby(rows, key=lambda row: row.position):
            log = list(group)
            position = log[0].position
            # After an undo the label that counts is an older row: its own annotator, time and round are told.
            now = fold(log)
            if now.state == "labelled":
                yield _export_row(now, table)
        if not rows:
            return


def _piece(database: Database, project_id: int, after: int) -> tuple[list[sa.Row[Any]], ClassTable]:
    """The log of the next labelled images after position `after`, oldest row first within each image; the classes."""
    labelled = (image.c.project_id == project_id, image.c.position > after, image.c.state == "labelled")
    piece = sa.select(image.c.id).where(*labelled).order_by(image.c.position).limit(PIECE).subquery()
    columns = (image.c.position, image.c.path, image.c.fingerprint, image.c.split.label("split_now"))
    query = (
        sa.select(label_event, *columns)
        .join(image, image.c.id == label_event.c.image_id)
        .where(image.c.id.in_(sa.select(piece.c.id)))
        .order_by(image.c.position, label_event.c.id)
    )
    with reading(database) as transaction:
        return list(transaction.execute(query)), class_table(transaction, project_id)


def _export_row(now: LabelState, table: ClassTable) -> ExportRow:
    row: Any = now.decision
    predicted, ruling = row.predicted_class_id, now.ruling
    return ExportRow(
        path=row.path,
        label=table.names[table.counts_as(now.class_id or 0)],
        split=row.split_now,
        annotator=row.annotator,
        labelled_at=row.created_at,
        round=row.round,
        rank=row.rank,
        score=row.score,
        predicted_label=None if predicted is None else table.names[table.counts_as(predicted)],
        predicted_probability=row.predicted_probability,
        strategy=row.strategy,
        fingerprint=row.fingerprint,
        second_labels="; ".join(_opinions(now, table)) or None,
        agreement=_agreement(now, table) if now.opinions else None,
        adjudicated_by=ruling.annotator if ruling and now.opinions else None,
    )


def _opinions(now: LabelState, table: ClassTable) -> Iterator[str]:
    last = {row.annotator: row for row in now.opinions}
    for person, row in last.items():
        named = kind_given(row.kind) == "label"
        yield f"{person}: {table.names[table.counts_as(class_given(row))] if named else kind_given(row.kind)}"


def _agreement(now: LabelState, table: ClassTable) -> str:
    outcome = standing(now, table)
    if outcome not in DIFFERING:
        return outcome
    votes = Counter(table.counts_as(class_id) for class_id in now.views.values() if class_id is not None)
    label = table.counts_as(now.class_id or 0)
    most = all(count < votes[label] for class_id, count in votes.items() if class_id != label)
    return "majority" if most and votes[label] > 1 else "differing"
