"""Images whose label is certain, since a reviewer said so: people are given them among others, and scored by them.

What people say of such an image without having seen its label changes nothing, and the label stays that of whoever
gave it: the log has a row that says that it is certain (label_state.py).
"""

from collections.abc import Collection
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vabal_core.store.database import Database, reading
from vabal_core.store.images import in_project, rows_in
from vabal_core.store.second_look_tables import gold_image
from vabal_core.store.second_looks import untouched_by
from vabal_core.store.tables import image
from vabal_core.types import Split

FEW = 50  # of those that may come next, one of which is drawn


def add_gold(transaction: Connection, project_id: int, image_ids: Collection[int], annotator: str) -> int:
    """The labels of these images of the project are certain, says `annotator`; returns how many are so since now."""
    there = sa.exists().where(gold_image.c.image_id == image.c.id)
    fresh = sa.select(image.c.id).where(in_project(project_id), image.c.state == "labelled", ~there)
    about = {"project_id": project_id, "annotator": annotator, "created_at": datetime.now(UTC)}
    rows = [{"image_id": row.id, **about} for row in rows_in(transaction, fresh, image.c.id, sorted(image_ids))]
    if rows:
        transaction.execute(sa.insert(gold_image), rows)
    return len(rows)


def remove_gold(transaction: Connection, project_id: int, image_ids: Collection[int]) -> int:
    """Nobody is scored by these images any more; returns how many they were."""
    of_project = gold_image.c.project_id == project_id, gold_image.c.image_id.in_(image_ids)
    return transaction.execute(sa.delete(gold_image).where(*of_project)).rowcount


def gold_images(project_id: int) -> sa.Select[tuple[int]]:
    """Ids of the images whose label is certain, as a query."""
    return sa.select(gold_image.c.image_id).where(gold_image.c.project_id == project_id)


def gold_ids(database: Database, project_id: int) -> set[int]:
    """Ids of the images whose label is certain."""
    with reading(database) as transaction:
        return set(transaction.execute(gold_images(project_id)).scalars())


def gold_counts(database: Database, project_id: int) -> dict[Split, int]:
    """split -> labelled images whose label is certain; none in the bin, and no split without any."""
    query = sa.select(image.c.split, sa.func.count()).where(image.c.id.in_(gold_images(project_id)))
    with reading(database) as transaction:
        rows = transaction.execute(query.where(image.c.state == "labelled").group_by(image.c.split))
        return {split: count for split, count in rows}


def next_gold(
    transaction: Connection, project_id: int, split: Split, annotator: str, *, exclude: Collection[int]
) -> list[int]:
    """Ids of up to FEW images whose label is certain and of which the person has said nothing; `exclude` left out."""
    query = gold_images(project_id).join(image, image.c.id == gold_image.c.image_id)
    fits = image.c.split == split, image.c.state == "labelled", image.c.id.not_in(exclude)
    return list(transaction.execute(query.where(*fits, *untouched_by(annotator)).limit(FEW)).scalars())
