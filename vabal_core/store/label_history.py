"""The log of labels as it is read by whoever asks who said what, and when: page by page, the newest row first."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vabal_core.store.classes import class_table
from vabal_core.store.database import Database, reading
from vabal_core.store.log_order import LogFilter, distinct_values, ids_within
from vabal_core.store.tables import image, label_event

MOST_RECENT = 5_000  # decisions that are looked through for who labels just now
MAX_NAMED_IMAGES = 1_000
# With the plus no index is entered by the project: it would be sorted whole, where the log lies in its order already.
PROJECT = sa.literal_column("+label_event.project_id", sa.Integer)


@dataclass(frozen=True, kw_only=True)
class LoggedLabel:
    """One row of the log. `old` and `new`: what the label was and became, by name, None for none; `opinion`: the class
    that the person named who was not shown the label (see label_state.py); `page`: from where, None where that is not
    known (older versions); `strategy`: how the image was chosen."""

    id: int
    created_at: datetime
    person: str
    page: str | None
    kind: str
    path: str
    old: str | None
    new: str | None
    opinion: str | None
    milliseconds: int | None
    strategy: str | None
    round: int
    comment: str | None


def label_history(
    database: Database, project_id: int, chosen: LogFilter, *, before: int | None = None, limit: int
) -> list[LoggedLabel]:
    """The newest `limit` rows before number `before` that pass the filter."""
    with reading(database) as transaction:
        query = _query(transaction, project_id, chosen, before).limit(limit)
        names = class_table(transaction, project_id).names
        return [_read(row, names) for row in transaction.execute(query)]


def labellers(database: Database, project_id: int) -> list[str]:
    """Everybody whose decisions are in the log of the project, by name."""
    return distinct_values(database, label_event.c.annotator, label_event.c.project_id == project_id)


def people_since(database: Database, moment: datetime, *, without: Collection[str]) -> int:
    """How many people are among the newest MOST_RECENT decisions on images since then, in any project, those called as
    in `without` left out."""
    log = label_event.c
    newest = sa.select(log.annotator, log.created_at).where(log.annotator.not_in(without))
    recent = newest.order_by(log.id.desc()).limit(MOST_RECENT).subquery()
    people = sa.select(sa.func.count(recent.c.annotator.distinct())).where(recent.c.created_at >= moment)
    with reading(database) as transaction:
        return transaction.execute(people).scalar_one()


def _query(transaction: Connection, project_id: int, chosen: LogFilter, before: int | None) -> sa.Select[Any]:
    log = label_event.c
    # Of people there is an index, which begins with the project.
    where = [log.project_id == project_id if chosen.person else PROJECT.in_([project_id])]
    where += ids_within(transaction, label_event, chosen, before)
    where += [log.annotator == chosen.person] if chosen.person else []
    where += [log.kind == chosen.kind] if chosen.kind else []
    if chosen.class_id is not None:
        named = (log.class_id, log.replaced_class_id, log.opinion_class_id)
        where.append(sa.or_(*(column == chosen.class_id for column in named)))
    if chosen.image:
        where.append(log.image_id.in_(_images_called(transaction, project_id, chosen.image)))
    columns = [log[name] for name in ("id", "created_at", "page", "kind", "milliseconds", "strategy", "round")]
    columns += [log.annotator, log.class_id, log.opinion_class_id, log.replaced_class_id, log.comment, image.c.path]
    return sa.select(*columns).join(image, image.c.id == log.image_id).where(*where).order_by(log.id.desc())


def _images_called(transaction: Connection, project_id: int, text: str) -> list[int]:
    """Ids of the images of this very path; where there is none, of the first MAX_NAMED_IMAGES with the text in it."""
    of_project = sa.select(image.c.id).where(image.c.project_id == project_id).limit(MAX_NAMED_IMAGES)
    ids = transaction.execute(of_project.where(image.c.path == text)).scalars().all()
    return list(ids or transaction.execute(of_project.where(image.c.path.icontains(text, autoescape=True))).scalars())


def _read(row: sa.Row[Any], names: dict[int, str]) -> LoggedLabel:
    fields = row._asdict()
    named = {"old": "replaced_class_id", "new": "class_id", "opinion": "opinion_class_id"}
    classes = {name: names.get(fields.pop(column) or 0) for name, column in named.items()}
    return LoggedLabel(person=fields.pop("annotator"), **classes, **fields)
