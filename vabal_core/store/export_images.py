"""The images of an export beyond their labels: where their files are, and those in some state, piece by piece."""

from collections.abc import Collection, Iterable, Iterator
from itertools import islice

import sqlalchemy as sa

from vabal_core.store.database import Database, reading
from vabal_core.store.images import image_of, rows_in
from vabal_core.store.labelled_set import ExportRow
from vabal_core.store.tables import image
from vabal_core.types import ImageState, LabelledFile

PIECE = 1_000


def labelled_files(database: Database, project_id: int, rows: Iterable[ExportRow]) -> Iterator[LabelledFile]:
    """The rows in their order, each with the file of its image, found by content; one that is gone is left out."""
    of_project = sa.select(image).where(image.c.project_id == project_id)
    rows = iter(rows)
    while piece := list(islice(rows, PIECE)):
        contents = [row.fingerprint for row in piece]
        with reading(database) as transaction:
            stored_rows = rows_in(transaction, of_project, image.c.fingerprint, contents)
            by_content = {stored.fingerprint: stored for stored in stored_rows}
        for row in piece:
            if (stored := by_content.get(row.fingerprint)) is not None:
                yield _file_of(row, stored)


def _file_of(row: ExportRow, stored: sa.Row) -> LabelledFile:
    placed = image_of(stored)
    return LabelledFile(
        path=row.path,
        file=placed.file,
        label=row.label,
        split=row.split,
        annotator=row.annotator,
        labelled_at=row.labelled_at,
        fingerprint=row.fingerprint,
        width=placed.width,
        height=placed.height,
        round=row.round,
        rank=row.rank,
        strategy=row.strategy,
        tile=stored.tile,
    )


def ids_by_position(database: Database, project_id: int, states: Collection[ImageState]) -> Iterator[list[int]]:
    """The ids of the project's images in one of `states`, by position, in pieces that are each read when asked for."""
    position = -1
    columns = sa.select(image.c.id, image.c.position)
    where = (image.c.project_id == project_id, image.c.state.in_(sorted(states)))
    while True:
        query = columns.where(*where, image.c.position > position).order_by(image.c.position).limit(PIECE)
        with reading(database) as transaction:
            rows = transaction.execute(query).all()
        if not rows:
            return
        yield [row.id for row in rows]
        position = rows[-1].position


def tiles_of(database: Database, project_id: int, fingerprints: Collection[str]) -> dict[str, dict]:
    """Fingerprint -> what the image was cut from, of those that are pieces of another."""
    query = sa.select(image.c.fingerprint, image.c.tile).where(
        image.c.project_id == project_id, image.c.tile.is_not(None)
    )
    with reading(database) as transaction:
        rows = rows_in(transaction, query, image.c.fingerprint, list(fingerprints))
        return {row.fingerprint: row.tile for row in rows}


def has_tiles(database: Database, project_id: int) -> bool:
    """Whether any image of the project was cut from another."""
    query = sa.select(image.c.id).where(image.c.project_id == project_id, image.c.tile.is_not(None)).limit(1)
    with reading(database) as transaction:
        return transaction.execute(query).first() is not None
