"""What models that had not learned from an image say of it: written piece by piece, kept for one round."""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from vabal_core.store.database import reading, writing
from vabal_core.store.images import rows_in
from vabal_core.store.tables import held_out, round_
from vabal_core.types import HeldOut

PIECE = 2_000  # rows written while the write lock is held, as of a ranking


def pieces(round_id: int, predictions: Iterable[HeldOut]) -> Iterator[list[dict[str, Any]]]:
    """The rows of a round's held-out predictions. ValueError where a number is not finite."""
    items = iter(predictions)
    while rows := [_values(round_id, item) for item in islice(items, PIECE)]:
        yield rows


def insert_held_out(transaction: Connection, rows: list[dict[str, Any]]) -> None:
    """Write one piece."""
    transaction.execute(sa.insert(held_out), rows)


def read_held_out(engine: Engine, round_id: int, image_ids: Sequence[int]) -> dict[int, HeldOut]:
    """image id -> the round's held-out prediction, of the images that have one."""
    query = sa.select(held_out).where(held_out.c.round_id == round_id)
    with reading(engine) as transaction:
        rows = rows_in(transaction, query, held_out.c.image_id, image_ids)
        return {row.image_id: HeldOut(row.image_id, row.predicted_class_id, row.probability) for row in rows}


def prune_held_out(engine: Engine, project_id: int) -> None:
    """Remove all but those of the newest finished round and of a running one, piece by piece."""
    mine = round_.c.project_id == project_id
    newest = sa.select(round_.c.id).where(mine, round_.c.state == "done").order_by(round_.c.number.desc()).limit(1)
    old = sa.select(round_.c.id).where(mine, round_.c.state != "running", round_.c.id.not_in(newest))
    with reading(engine) as transaction:
        ids = list(transaction.execute(old.where(sa.exists().where(held_out.c.round_id == round_.c.id))).scalars())
    for round_id in ids:
        while _delete_piece(engine, round_id):
            pass


def _delete_piece(engine: Engine, round_id: int) -> int:
    mine = held_out.c.round_id == round_id
    some = sa.select(held_out.c.image_id).where(mine).order_by(held_out.c.image_id).limit(PIECE).subquery()
    with writing(engine) as transaction:
        last = transaction.execute(sa.select(sa.func.max(some.c.image_id))).scalar() or 0
        return transaction.execute(sa.delete(held_out).where(mine, held_out.c.image_id <= last)).rowcount


def _values(round_id: int, item: HeldOut) -> dict[str, Any]:
    try:
        json.dumps(float(item.probability), allow_nan=False)
    except ValueError as error:
        raise ValueError(
            f"the prediction of image {item.image_id} holds a number that is not finite: {item}"
        ) from error
    return {
        "round_id": round_id,
        "image_id": int(item.image_id),
        "predicted_class_id": int(item.predicted_class_id),
        "probability": float(item.probability),
    }
