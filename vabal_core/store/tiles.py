"""Larger images of which a project has pieces, and on which side an image and its pieces are."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from vabal_core.store.database import Database, reading
from vabal_core.store.images import rows_in
from vabal_core.store.tables import image
from vabal_core.types import Box, Split


def pieces_of_images(database: Database, project_id: int) -> dict[str, frozenset[Box]]:
    """Fingerprint of a larger image -> the pieces of it that the project has."""
    query = sa.select(image.c.tile).where(image.c.project_id == project_id, image.c.tile.is_not(None))
    boxes: dict[str, set[Box]] = defaultdict(set)
    with reading(database) as transaction:
        for tile in transaction.execute(query).scalars():
            boxes[tile["parent_fingerprint"]].add(_box(tile))
    return {whole: frozenset(pieces) for whole, pieces in boxes.items()}


class ImageForm(NamedTuple):
    """An image of a project that is a larger one, whole, or a piece of it: `box` is None where it is whole."""

    image_id: int
    box: Box | None
    width: int
    height: int
    labelled: bool


def forms_of(database: Database, project_id: int, wholes: Collection[str]) -> dict[str, list[ImageForm]]:
    """In which forms the project has each of `wholes` (fingerprints), what lies in the bin left out."""
    columns = image.c.id, image.c.fingerprint, image.c.tile, image.c.width, image.c.height, image.c.state
    query = sa.select(*columns).where(image.c.project_id == project_id, image.c.removed_at.is_(None))
    forms: dict[str, list[ImageForm]] = defaultdict(list)
    with reading(database) as transaction:
        rows = list(rows_in(transaction, query.where(image.c.tile.is_(None)), image.c.fingerprint, list(wholes)))
        rows += transaction.execute(query.where(image.c.tile.is_not(None)))
    for row in rows:
        whole, box = (row.tile["parent_fingerprint"], _box(row.tile)) if row.tile else (row.fingerprint, None)
        if whole in wholes:
            forms[whole].append(ImageForm(row.id, box, row.width, row.height, row.state == "labelled"))
    return dict(forms)


def wholes_of(database: Database, project_id: int) -> list[tuple[str, int, int]]:
    """(path, width, height) of the images of a project that are no pieces, what lies in the bin left out."""
    where = image.c.project_id == project_id, image.c.removed_at.is_(None), image.c.tile.is_(None)
    with reading(database) as transaction:
        rows = transaction.execute(sa.select(image.c.path, image.c.width, image.c.height).where(*where))
        return [(row.path, row.width, row.height) for row in rows]


def _box(tile: dict[str, Any]) -> Box:
    return Box(**{side: tile[side] for side in ("x", "y", "width", "height")})


def sides_of(database: Database, project_id: int, wholes: Sequence[str]) -> dict[str, Split]:
    """On which side the project has each of `wholes` (fingerprints), or pieces of it; those it has nothing of are left
    out. What is on both counts as measured on."""
    of_project = image.c.project_id == project_id
    query = sa.select(image.c.fingerprint, image.c.split).where(of_project)
    tiles = sa.select(image.c.split, image.c.tile).where(of_project, image.c.tile.is_not(None))
    sides: dict[str, set[Split]] = defaultdict(set)
    asked_for = set(wholes)
    with reading(database) as transaction:
        for row in rows_in(transaction, query, image.c.fingerprint, list(asked_for)):
            sides[row.fingerprint].add(row.split)
        for split, tile in transaction.execute(tiles):
            if tile["parent_fingerprint"] in asked_for:
                sides[tile["parent_fingerprint"]].add(split)
    return {whole: min(splits) for whole, splits in sides.items()}
