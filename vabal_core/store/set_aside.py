"""Images of the pool that nobody has decided on, moved to the evaluation images."""

from collections import Counter
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vabal_core.store.counts import count_split_moves
from vabal_core.store.database import Database, reading
from vabal_core.store.images import UNDECIDED, fixed_order, in_project, rows_in
from vabal_core.store.predictions import drop_ranks
from vabal_core.store.tables import image


def undecided_pool(database: Database, project_id: int) -> dict[str, list[int]]:
    """Fingerprint -> ids of the pool images that nobody has decided on, by position: an image's own, or of the whole
    that several were cut from. Wholes of which a model may have learned a piece are not among them."""
    columns = sa.select(image.c.id, image.c.fingerprint, image.c.tile, image.c.state.in_(UNDECIDED).label("undecided"))
    query = columns.where(image.c.project_id == project_id, image.c.split == "pool").order_by(image.c.position)
    wholes: dict[str, list[int]] = {}
    learned = set()
    with reading(database) as transaction:
        for row in transaction.execute(query):
            whole = row.tile["parent_fingerprint"] if row.tile else row.fingerprint
            if row.undecided:
                wholes.setdefault(whole, []).append(row.id)
            else:
                learned.add(whole)
    return {whole: image_ids for whole, image_ids in wholes.items() if whole not in learned}


def move_to_evaluation(transaction: Connection, project_id: int, image_ids: Sequence[int]) -> list[int]:
    """Move those of the images that are in the pool and undecided still; returns which. No ranking holds them."""
    query = sa.select(image.c.id, image.c.state, image.c.fingerprint).where(*_undecided(project_id))
    rows = list(rows_in(transaction, query, image.c.id, image_ids))
    # Images to be shown first are so in the pool alone: among those for evaluation they come as any other.
    places = [{"of_image": row.id, "place": fixed_order(project_id, row.fingerprint)} for row in rows]
    if places:
        update = sa.update(image).where(image.c.id == sa.bindparam("of_image"))
        transaction.execute(update.values(split="evaluation", shuffle=sa.bindparam("place")), places)
        count_split_moves(transaction, project_id, Counter(row.state for row in rows))
        drop_ranks(transaction, [row.id for row in rows])
    return [row.id for row in rows]


def _undecided(project_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    return in_project(project_id), image.c.split == "pool", image.c.state.in_(UNDECIDED)
