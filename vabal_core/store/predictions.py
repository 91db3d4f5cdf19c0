"""What models say of images: the ranking of a round, and predictions by models that had not learned from an image.

Both are written piece by piece, so that labelling never waits long for the write lock, and removed likewise.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import islice
from typing import Any, get_args

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vabal_core.store.database import Database, reading, writing
from vabal_core.store.images import rows_in
from vabal_core.store.tables import image, out_of_sample, ranking
from vabal_core.types import ImageState, OutOfSample, RankedImage, Reasons

# Rows written or removed while the write lock is held: a label waits some 20 ms for one such piece, not for all.
PIECE = 2_000

RANKED = tuple(ranking.c[name] for name in ("rank", "score", "predicted_class_id", "probability", "log_likelihood"))

UNLABELLED_STATES = tuple(state for state in get_args(ImageState) if state != "labelled")  # of images that people see

KEPT_REASONS = tuple(field.name for field in fields(Reasons))


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Rows that go into one table in one transaction."""

    table: sa.Table
    rows: list[dict[str, Any]]


def prediction_pieces(
    round_id: int, ranked: Iterable[RankedImage], predicted: Iterable[OutOfSample]
) -> Iterator[Piece]:
    """The rows of a round's ranking, then of its out-of-sample predictions. ValueError where a number is not finite."""
    yield from pieces_of(ranking, (_ranking_row(round_id, item) for item in ranked))
    yield from pieces_of(out_of_sample, (_out_of_sample_row(round_id, item) for item in predicted))


def pieces_of(table: sa.Table, rows: Iterator[dict[str, Any]]) -> Iterator[Piece]:
    """`rows` of `table`, PIECE at a time."""
    while piece := list(islice(rows, PIECE)):
        yield Piece(table=table, rows=piece)


def insert_piece(transaction: Connection, piece: Piece) -> None:
    transaction.execute(sa.insert(piece.table), piece.rows)


def read_out_of_sample(database: Database, round_id: int, image_ids: Sequence[int]) -> dict[int, OutOfSample]:
    """image id -> the round's out-of-sample prediction, of the images that have one."""
    query = sa.select(out_of_sample).where(out_of_sample.c.round_id == round_id)
    with reading(database) as transaction:
        rows = rows_in(transaction, query, out_of_sample.c.image_id, image_ids)
        return {row.image_id: OutOfSample(row.image_id, row.predicted_class_id, row.probability) for row in rows}


def read_ranked(transaction: Connection, round_id: int, image_ids: Sequence[int]) -> Iterator[sa.Row[Any]]:
    """The rows (image_id, then RANKED) of those images that the round ranked."""
    query = sa.select(ranking.c.image_id, *RANKED).where(ranking.c.round_id == round_id)
    return rows_in(transaction, query, ranking.c.image_id, image_ids)


def round_predictions(transaction: Connection, round_id: int) -> tuple[list[tuple[int, int]], dict[int, int]]:
    """((image id, class id) of the images that the round ranked, best first, and image id -> class id of those that
    models named that had not learned from them)."""
    ranks = sa.select(ranking.c.image_id, ranking.c.predicted_class_id).where(ranking.c.round_id == round_id)
    unseen = sa.select(out_of_sample.c.image_id, out_of_sample.c.predicted_class_id)
    rows = transaction.execute(ranks.order_by(ranking.c.rank)).all()
    named = transaction.execute(unseen.where(out_of_sample.c.round_id == round_id)).all()
    return [(row[0], row[1]) for row in rows], {row[0]: row[1] for row in named}


def best_first(query: sa.Select[Any], round_id: int) -> sa.Select[Any]:
    """`query` of images with RANKED added, cut to those that the round ranked, best first: the ranking is walked in its
    order, and left after the first few rows that fit."""
    query = query.add_columns(*RANKED).join(ranking, ranking.c.image_id == image.c.id)
    return query.where(ranking.c.round_id == round_id).order_by(ranking.c.rank)


def best_first_of_few(query: sa.Select[Any], image_id: sa.ColumnElement[int], round_id: int) -> sa.Select[Any]:
    """As `best_first` for a query of few images, whose ids it has as `image_id`: each is looked up in the ranking,
    which is not walked to its end."""
    row = sa.and_(ranking.c.round_id == round_id, ranking.c.image_id == image_id)
    # The sum keeps SQLite from taking the index that is sorted by rank: it would walk the whole ranking with it.
    return query.add_columns(*RANKED).join(ranking, row).order_by(ranking.c.rank + 0)


def beside(query: sa.Select[Any], round_id: int) -> sa.Select[Any]:
    """`query` of images with RANKED added, None where the round did not rank the image."""
    row = sa.and_(ranking.c.image_id == image.c.id, ranking.c.round_id == round_id)
    return query.outerjoin(ranking, row).add_columns(*RANKED)


def surest(query: sa.Select[Any], round_id: int, class_ids: Collection[int], min_probability: float) -> sa.Select[Any]:
    """`query` of images with RANKED added, cut to those that the round is at least so sure to be of one of `class_ids`.
    The ranking is walked from its end, where such images lie, and left after the first few that fit."""
    query = query.add_columns(*RANKED).join(ranking, ranking.c.image_id == image.c.id)
    return query.where(*_sure(round_id, min_probability), ranking.c.predicted_class_id.in_(class_ids)).order_by(
        ranking.c.rank.desc()
    )


def unlabelled_counts(transaction: Connection, round_id: int) -> dict[int, int]:
    """class id -> images of the pool that have no label now and that the round named it."""
    query = (
        sa.select(ranking.c.predicted_class_id, sa.func.count())
        .join(image, image.c.id == ranking.c.image_id)
        .where(ranking.c.round_id == round_id, image.c.state.in_(UNLABELLED_STATES), image.c.split == "pool")
        .group_by(ranking.c.predicted_class_id)
    )
    return {class_id: count for class_id, count in transaction.execute(query)}


def sure_counts(transaction: Connection, round_id: int, min_probability: float) -> dict[int, int]:
    """class id -> images that wait for a label and that the round is at least so sure to be of it."""
    query = (
        sa.select(ranking.c.predicted_class_id, sa.func.count())
        .join(image, image.c.id == ranking.c.image_id)
        .where(*_sure(round_id, min_probability), image.c.state == "waiting", image.c.split == "pool")
        .group_by(ranking.c.predicted_class_id)
    )
    return {class_id: count for class_id, count in transaction.execute(query)}


def _sure(round_id: int, min_probability: float) -> tuple[sa.ColumnElement[bool], ...]:
    return ranking.c.round_id == round_id, ranking.c.probability >= min_probability


def not_ranked(round_id: int) -> sa.ColumnElement[bool]:
    """Of an image: the round did not rank it."""
    return ~sa.exists().where(ranking.c.round_id == round_id, ranking.c.image_id == image.c.id)


def ranked_value(round_id: int | None, name: str) -> sa.ColumnElement[Any]:
    """Of an image: one of RANKED, or None; looked up where it is read."""
    return _value(ranking, round_id, name)


def out_of_sample_value(round_id: int | None, name: str) -> sa.ColumnElement[Any]:
    """Of an image: "predicted_class_id" or "probability" by models that had not learned from it, or None."""
    return _value(out_of_sample, round_id, name)


def reasons_from(text: str) -> Reasons:
    """What stands in the column `log_likelihood`; a list there is that alone, and `runner_up` one class and its
    probability, as older versions wrote them."""
    stored = json.loads(text)
    if isinstance(stored, list):
        stored = {"log_likelihood": stored}
    if "runner_up" in stored:
        stored["next_likely"] = [stored["runner_up"]]
    kept = {name: tuple(stored[name]) for name in KEPT_REASONS if name in stored}
    if "next_likely" in kept:
        kept["next_likely"] = tuple((n, probability) for n, probability in kept["next_likely"])
    return Reasons(**kept)


def _reasons_text(reasons: Reasons) -> str:
    """ValueError where a number is not finite."""
    kept = {name: getattr(reasons, name) for name in KEPT_REASONS if getattr(reasons, name)}
    return json.dumps(kept, allow_nan=False, separators=(",", ":"))


def drop_ranks(transaction: Connection, image_ids: Sequence[int]) -> None:
    """Remove these images from every ranking: they are not in the pool any more."""
    for start in range(0, len(image_ids), PIECE):
        piece = image_ids[start : start + PIECE]
        rounds = sa.select(ranking.c.round_id).distinct()
        transaction.execute(sa.delete(ranking).where(ranking.c.round_id.in_(rounds), ranking.c.image_id.in_(piece)))


def drop_evaluation_ranks(transaction: Connection, project_id: int, round_id: int) -> None:
    """Remove from a ranking the images of the project that were moved to evaluation while the round ran."""
    moved = sa.select(image.c.id).where(image.c.project_id == project_id, image.c.split == "evaluation")
    transaction.execute(sa.delete(ranking).where(ranking.c.round_id == round_id, ranking.c.image_id.in_(moved)))


def prune_rankings(database: Database, round_ids: Sequence[int]) -> None:
    """Remove the rankings of these rounds; what a crash leaves goes next time."""
    for round_id in _rounds_in(database, ranking, round_ids):
        while _delete_ranks(database, round_id):
            pass


def prune_out_of_sample(database: Database, round_ids: Sequence[int]) -> None:
    """Remove the out-of-sample predictions of these rounds; what a crash leaves goes next time."""
    prune_by_image(database, out_of_sample, round_ids)


def prune_by_image(database: Database, table: sa.Table, round_ids: Sequence[int]) -> None:
    """Remove what these rounds have in a table with one row a round and image, piece by piece."""
    for round_id in _rounds_in(database, table, round_ids):
        while _delete_first_images(database, table, round_id):
            pass


def _value(table: sa.Table, round_id: int | None, name: str) -> sa.ColumnElement[Any]:
    of_image = (table.c.round_id == round_id, table.c.image_id == image.c.id)
    return sa.select(table.c[name]).where(*of_image).scalar_subquery()


def _rounds_in(database: Database, table: sa.Table, round_ids: Sequence[int]) -> list[int]:
    with reading(database) as transaction:
        rows = rows_in(transaction, sa.select(table.c.round_id).distinct(), table.c.round_id, round_ids)
        return [row.round_id for row in rows]


def _delete_ranks(database: Database, round_id: int) -> int:
    """Remove the best `PIECE` ranks that are left of a ranking; returns how many rows went."""
    of_round, rank = ranking.c.round_id == round_id, ranking.c.rank
    with writing(database) as transaction:
        # A range of ranks is cut off the index in one go; a list of images would be looked for in the whole ranking.
        first = transaction.execute(sa.select(sa.func.min(rank)).where(of_round)).scalar() or 0
        return transaction.execute(sa.delete(ranking).where(of_round, rank < first + PIECE)).rowcount


def _delete_first_images(database: Database, table: sa.Table, round_id: int) -> int:
    of_round, image_id = table.c.round_id == round_id, table.c.image_id
    piece = sa.select(image_id).where(of_round).order_by(image_id).limit(PIECE).subquery()
    with writing(database) as transaction:
        last = transaction.execute(sa.select(sa.func.max(piece.c.image_id))).scalar() or 0
        return transaction.execute(sa.delete(table).where(of_round, image_id <= last)).rowcount


def _ranking_row(round_id: int, item: RankedImage) -> dict[str, Any]:
    try:
        reasons = _reasons_text(item.reasons)
        json.dumps([float(item.score), float(item.probability)], allow_nan=False)
    except ValueError as error:
        raise ValueError(f"the ranking of image {item.image_id} holds a number that is not finite: {item}") from error
    return {
        "round_id": round_id,
        "image_id": int(item.image_id),
        "rank": int(item.rank),
        "score": float(item.score),
        "predicted_class_id": int(item.predicted_class_id),
        "probability": float(item.probability),
        "log_likelihood": reasons,
    }


def _out_of_sample_row(round_id: int, item: OutOfSample) -> dict[str, Any]:
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
