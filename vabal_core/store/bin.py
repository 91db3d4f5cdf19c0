"""Images into the bin and out of it: whatever counts or lists images passes over those in it at once.

The log is not touched: labels stay in it, and what it says of an image is what the image is when it comes back.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vabal_core.store.classes import class_table, revive_classes
from vabal_core.store.counts import add_counts
from vabal_core.store.database import Database, reading
from vabal_core.store.images import IN_USE, image_of, in_project, rows_in
from vabal_core.store.label_state import LabelState, fold
from vabal_core.store.labels import class_now, write_states
from vabal_core.store.leases import release
from vabal_core.store.ranked_labels import COUNTED, add_ranked, ranked_among
from vabal_core.store.snapshot import asked_once
from vabal_core.store.tables import image, label_event
from vabal_core.types import Image, Split

PIECE = 5_000  # SQLite takes 32,766 values in one statement

Condition = sa.ColumnElement[bool]


EVERY: Condition = sa.true()  # of an image: whichever it is


def among(image_ids: Sequence[int]) -> list[Condition]:
    """Conditions on an image: each holds for some of these."""
    return [image.c.id.in_(image_ids[start : start + PIECE]) for start in range(0, len(image_ids), PIECE)]


def brought_by(import_id: int) -> Condition:
    return image.c.import_id == import_id


def brought_by_any(import_ids: Sequence[int]) -> Condition:
    """Of an image: one of these imports brought it, or none that is remembered."""
    return sa.or_(image.c.import_id.is_(None), image.c.import_id.in_(import_ids))


def removed_at_any(moments: Sequence[datetime]) -> Condition:
    """Of an image: it went into the bin at one of these very moments, with others."""
    return image.c.removed_at.in_(moments)


def in_bin_of(project_id: int) -> Condition:
    """Of an image: it lies in the bin of the project."""
    return sa.and_(image.c.project_id == project_id, image.c.removed_at.is_not(None), image.c.state == "removed")


def require_images(transaction: Connection, project_id: int, image_ids: Sequence[int]) -> None:
    """ValueError naming some of those that are not images of the project, where there are any."""
    present = sa.select(image.c.id).where(in_project(project_id), image.c.state != "emptied")
    unknown = set(image_ids) - {row.id for row in rows_in(transaction, present, image.c.id, image_ids)}
    if unknown:
        raise ValueError(f"project {project_id} has no image {', '.join(map(str, sorted(unknown)[:5]))}")


def remove(transaction: Connection, project_id: int, condition: Condition, moment: datetime) -> int:
    """Put the project's images that fit `condition` into the bin, as of `moment`; returns how many went."""
    where = in_project(project_id), IN_USE, condition
    states = Counter({key: -count for key, count in _numbers(transaction, where, image.c.state).items()})
    labelled = _numbers(transaction, (*where, image.c.state == "labelled"), class_now())
    for (split, _), count in list(states.items()):
        states[split, "removed"] -= count
    table = class_table(transaction, project_id)
    classes: Counter[tuple[Split, int]] = Counter()
    for (split, class_id), count in labelled.items():
        classes[split, table.counts_as(class_id)] -= count
    release(transaction, sa.select(image.c.id).where(*where))
    ranked = ranked_among(transaction, (*where, image.c.split == COUNTED))
    update = sa.update(image).where(*where).values(state="removed", removed_at=moment)
    count = transaction.execute(update).rowcount
    add_counts(transaction, project_id, classes, states)
    add_ranked(transaction, project_id, {key: -number for key, number in ranked.items()})
    return count


def restore(transaction: Connection, project_id: int, condition: Condition) -> int:
    """Take the project's images that fit `condition` out of the bin, and the classes they are labelled as; returns how
    many came back. Each is what the log says of it now."""
    where = in_project(project_id), image.c.state == "removed", condition
    decided = _folded(transaction, where)
    revive_classes(transaction, {now.class_id for _, now in decided.values() if now.class_id is not None})
    table = class_table(transaction, project_id)
    states: Counter[tuple[Split, str]] = Counter()
    classes: Counter[tuple[Split, int]] = Counter()
    for (split, _), count in _numbers(transaction, where, image.c.state).items():
        states[split, "waiting"] += count
        states[split, "removed"] -= count
    for split, now in decided.values():
        states[split, "waiting"] -= 1
        states[split, now.state] += 1
        if now.class_id is not None:
            classes[split, table.counts_as(now.class_id)] += 1
    ranked = ranked_among(transaction, (*where, image.c.split == COUNTED))
    count = transaction.execute(sa.update(image).where(*where).values(state="waiting", removed_at=None)).rowcount
    write_states(transaction, {image_id: now.state for image_id, (_, now) in decided.items()})
    add_counts(transaction, project_id, classes, states)
    add_ranked(transaction, project_id, ranked)
    return count


def removal_moments(transaction: Connection, image_ids: Sequence[int]) -> dict[int, datetime]:
    """image id -> since when it lies in the bin, of those that do."""
    query = sa.select(image.c.id, image.c.removed_at).where(image.c.state == "removed")
    return {row.id: row.removed_at for row in rows_in(transaction, query, image.c.id, image_ids)}


def ids_of(database: Database, condition: Condition) -> list[int]:
    """Ids of the images that fit `condition`, in order; those that are gone for good are not among them."""
    query = sa.select(image.c.id).where(condition, image.c.state != "emptied").order_by(image.c.id)
    with reading(database) as transaction:
        return list(transaction.execute(query).scalars())


def removed_images(database: Database, project_id: int, *, offset: int, limit: int) -> tuple[list[Image], int]:
    """(one page of the images in the bin, those that went last first; how many are in it)."""
    of_bin = image.c.project_id == project_id, image.c.removed_at.is_not(None), image.c.state == "removed"
    page = sa.select(image).where(*of_bin).order_by(image.c.removed_at.desc(), image.c.position)
    with reading(database) as transaction:
        images = [image_of(row) for row in transaction.execute(page.offset(offset).limit(limit))]
        total = transaction.execute(sa.select(sa.func.count()).select_from(image).where(*of_bin)).scalar_one()
    return images, total


@asked_once
def bin_stamp(database: Database, project_id: int) -> tuple[int, int]:
    """How many images are in the bin and when the last one went, in microseconds since 1970; read from an index."""
    of_bin = image.c.project_id == project_id, image.c.removed_at.is_not(None)
    query = sa.select(sa.func.count(), sa.func.max(image.c.removed_at)).where(*of_bin)
    with reading(database) as transaction:
        count, newest = transaction.execute(query).one()
    return count, 0 if newest is None else int(newest.timestamp() * 1e6)


def paths_of(database: Database, project_id: int, *, in_bin: bool) -> dict[int, str]:
    """image id -> path, by position, of the images in use, or of those in the bin."""
    where = image.c.project_id == project_id, image.c.state == "removed" if in_bin else IN_USE
    with reading(database) as transaction:
        rows = transaction.execute(sa.select(image.c.id, image.c.path).where(*where).order_by(image.c.position))
        return {row.id: row.path for row in rows}


def removed_fingerprints(database: Database, project_id: int) -> dict[str, int]:
    """fingerprint -> image id of the images in the bin."""
    of_bin = image.c.project_id == project_id, image.c.removed_at.is_not(None), image.c.state == "removed"
    with reading(database) as transaction:
        rows = transaction.execute(sa.select(image.c.fingerprint, image.c.id).where(*of_bin))
        return {row.fingerprint: row.id for row in rows}


def _numbers(
    transaction: Connection, where: Sequence[Condition], column: sa.ColumnElement
) -> Counter[tuple[Split, str | int]]:
    """(split, what `column` says) -> images that fit `where`."""
    named = column.label("named")
    query = sa.select(image.c.split, named, sa.func.count()).where(*where).group_by(image.c.split, named)
    return Counter({(split, value): count for split, value, count in transaction.execute(query)})


def _folded(transaction: Connection, where: Sequence[Condition]) -> dict[int, tuple[Split, LabelState]]:
    """image id -> its split and what the log says of it, of the images that fit `where` and that the log names."""
    query = sa.select(label_event, image.c.split.label("split_now")).join(image, image.c.id == label_event.c.image_id)
    rows = transaction.execute(query.where(*where).order_by(label_event.c.image_id, label_event.c.id))
    decided = {}
    for image_id, of_image in groupby(rows, key=lambda row: row.image_id):
        log = list(of_image)
        decided[image_id] = log[0].split_now, fold(log)
    return decided
