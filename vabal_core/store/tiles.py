"""Larger images of which a project has pieces."""

from collections import defaultdict

import sqlalchemy as sa

from vabal_core.store.database import Database, reading
from vabal_core.store.tables import image
from vabal_core.types import Box, Split


def pieces_of_parents(database: Database, project_id: int) -> dict[str, tuple[Split, frozenset[Box]]]:
    """Fingerprint of the larger image -> on which side its pieces are, and which these are. A larger image with pieces
    on both sides counts as one that is measured on."""
    query = sa.select(image.c.split, image.c.tile).where(image.c.project_id == project_id, image.c.tile.is_not(None))
    splits: dict[str, set[Split]] = defaultdict(set)
    boxes: dict[str, set[Box]] = defaultdict(set)
    with reading(database) as transaction:
        for split, tile in transaction.execute(query):
            splits[tile["parent_fingerprint"]].add(split)
            boxes[tile["parent_fingerprint"]].add(Box(**{side: tile[side] for side in ("x", "y", "width", "height")}))
    return {parent: (min(splits[parent]), frozenset(pieces)) for parent, pieces in boxes.items()}
