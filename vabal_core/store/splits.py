"""Images from one split into the other, with the counts: what they are labelled as is not touched."""

from collections import Counter
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vabal_core.store.classes import class_table
from vabal_core.store.counts import add_counts
from vabal_core.store.images import fixed_order, in_project, rows_in
from vabal_core.store.labels import class_now
from vabal_core.store.predictions import drop_ranks
from vabal_core.store.ranked_labels import COUNTED, add_ranked, ranked_among_ids
from vabal_core.store.tables import image
from vabal_core.types import Split


def move_to_split(transaction: Connection, project_id: int, image_ids: Sequence[int], split: Split) -> int:
    """Put images of the project into `split`; returns how many were in the other one. Those in the bin stay there, and
    come back into `split`."""
    columns = (image.c.id, image.c.fingerprint, image.c.split, image.c.state, class_now().label("class_id"))
    other = (in_project(project_id), image.c.split != split, image.c.state != "emptied")
    rows = list(rows_in(transaction, sa.select(*columns).where(*other), image.c.id, image_ids))
    table = class_table(transaction, project_id)
    states: Counter[tuple[Split, str]] = Counter()
    classes: Counter[tuple[Split, int]] = Counter()
    for row in rows:
        for side, step in ((row.split, -1), (split, 1)):
            states[side, row.state] += step
            if row.state == "labelled":
                classes[side, table.counts_as(row.class_id)] += step
    ranked = ranked_among_ids(transaction, [row.id for row in rows if row.state == "labelled"])
    if rows:
        move = sa.update(image).where(image.c.id == sa.bindparam("of_image"))
        places = [{"of_image": row.id, "place": fixed_order(project_id, row.fingerprint)} for row in rows]
        transaction.execute(move.values(split=split, shuffle=sa.bindparam("place")), places)
        drop_ranks(transaction, [row.id for row in rows])  # a ranking is of the pool as it was
    add_counts(transaction, project_id, classes, states)
    sign = 1 if split == COUNTED else -1
    add_ranked(transaction, project_id, {key: sign * count for key, count in ranked.items()})
    return len(rows)
