"""Images as rows: written in batches by an import, read by the learner and by the pages."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple, get_args

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vabal_core.store.classes import class_book, merged_classes
from vabal_core.store.counts import Move, count_moves
from vabal_core.store.database import Database, reading, writing
from vabal_core.store.snapshot import asked_once
from vabal_core.store.tables import image
from vabal_core.types import GoneState, Image, ImageState, ImportEntry, Split, Tile
from vabal_core.types.names import NameBook

# SQLite takes 32,766 values in one statement; longer lists are asked for in pieces.
PIECE = 5_000

SAMPLE = 1_000  # images that stand for all when their size is asked for

UNDECIDED: tuple[ImageState, ...] = ("waiting", "skipped")

IN_USE = image.c.state.not_in(get_args(GoneState))  # neither in the bin nor emptied out of it


class LearningImage(NamedTuple):
    """What the learner needs of one image. `position` is its place in the order of import."""

    image_id: int
    position: int
    file: str
    split: Split
    fingerprint: str


def in_project(project_id: int) -> sa.ColumnElement[bool]:
    """Of images that are asked for by their ids: they are the project's. Without the plus SQLite would walk through all
    images of the project for them, for it takes a project to be small."""
    return sa.literal_column("+image.project_id", sa.Integer) == project_id


def learning_images(database: Database, project_id: int) -> list[LearningImage]:
    """Every image of the project, pool and evaluation, by `position`, which has gaps where images were removed."""
    columns = (image.c.id, image.c.position, image.c.file, image.c.split, image.c.fingerprint)
    query = sa.select(*columns).where(image.c.project_id == project_id, IN_USE).order_by(image.c.position)
    with reading(database) as transaction:
        return [LearningImage(*row) for row in transaction.execute(query)]


def image_by_id(database: Database, image_id: int) -> Image | None:
    """The image, or None."""
    return images_by_id(database, [image_id]).get(image_id)


def images_by_id(database: Database, image_ids: Sequence[int]) -> dict[int, Image]:
    """image id -> the image, for those that exist, in the bin or not."""
    with reading(database) as transaction:
        rows = rows_in(transaction, sa.select(image).where(image.c.state != "emptied"), image.c.id, image_ids)
        return {row.id: image_of(row) for row in rows}


def ids_in_use(database: Database, image_ids: Sequence[int]) -> set[int]:
    """Those of the images that are not in the bin."""
    with reading(database) as transaction:
        return {row.id for row in rows_in(transaction, sa.select(image.c.id).where(IN_USE), image.c.id, image_ids)}


def image_of(row: sa.Row[Any]) -> Image:
    """The image of a row that holds the columns of the table `image`."""
    return Image(
        id=row.id,
        project_id=row.project_id,
        position=row.position,
        path=row.path,
        file=Path(row.file),
        split=row.split,
        fingerprint=row.fingerprint,
        width=row.width,
        height=row.height,
        removed=row.state == "removed",
    )


def fingerprints(database: Database, project_id: int) -> set[str]:
    """The fingerprints of all images of the project that are not in the bin."""
    query = sa.select(image.c.fingerprint).where(image.c.project_id == project_id, IN_USE)
    with reading(database) as transaction:
        return set(transaction.execute(query).scalars())


def all_fingerprints(database: Database, project_id: int) -> dict[int, str]:
    """image id -> fingerprint, of every image of the project by id, those in the bin among them."""
    query = sa.select(image.c.id, image.c.fingerprint).where(image.c.project_id == project_id)
    with reading(database) as transaction:
        rows = transaction.execute(query.where(image.c.state != "emptied").order_by(image.c.id))
        return {image_id: fingerprint for image_id, fingerprint in rows}


def newest_image(database: Database, project_id: int) -> int:
    """The id of the image that came last, 0 where there is none: another one as soon as images were added."""
    with reading(database) as transaction:
        newest = sa.select(sa.func.max(image.c.id)).where(image.c.project_id == project_id)
        return transaction.execute(newest).scalar() or 0


def brought_by_others(
    transaction: Connection, project_id: int, import_id: int, fingerprints: Sequence[str]
) -> list[int]:
    """Ids of the images of these fingerprints that another import than this one has brought, none in the bin."""
    others = image.c.project_id == project_id, IN_USE, image.c.import_id != import_id
    query = sa.select(image.c.id).where(*others)
    return [row.id for row in rows_in(transaction, query, image.c.fingerprint, fingerprints)]


def hidden_truth(database: Database, image_ids: Sequence[int]) -> dict[int, int]:
    """image id -> class id, for those of `image_ids` whose true class was imported hidden."""
    query = sa.select(image.c.id, image.c.oracle_class_id).where(image.c.oracle_class_id.is_not(None), IN_USE)
    with reading(database) as transaction:
        merged = merged_classes(transaction)
        rows = rows_in(transaction, query, image.c.id, image_ids)
        return {row.id: merged.get(row.oracle_class_id, row.oracle_class_id) for row in rows}


def truth_counts(database: Database, project_id: int) -> dict[int, int]:
    """class id -> images of the project whose hidden truth it is, none in the bin; classes without one are absent."""
    truth = image.c.oracle_class_id
    of_project = image.c.project_id == project_id, truth.is_not(None), IN_USE
    query = sa.select(truth, sa.func.count()).where(*of_project).group_by(truth)
    counts: Counter[int] = Counter()
    with reading(database) as transaction:
        merged = merged_classes(transaction)
        for class_id, count in transaction.execute(query):
            counts[merged.get(class_id, class_id)] += count
    return dict(counts)


def import_states(database: Database, import_ids: Sequence[int]) -> dict[int, Counter[str]]:
    """import id -> how many of its images are in each state, those in the bin and those emptied out of it too."""
    columns = image.c.import_id, image.c.state
    query = sa.select(*columns, sa.func.count()).group_by(*columns)
    states: dict[int, Counter[str]] = {}
    with reading(database) as transaction:
        for import_id, state, count in rows_in(transaction, query, image.c.import_id, import_ids):
            states.setdefault(import_id, Counter())[state] = count
    return states


def unlabelled_with_truth(database: Database, project_id: int) -> list[int]:
    """Ids of the pool images whose truth is hidden and that nobody has decided on, by position."""
    where = (image.c.project_id == project_id, image.c.split == "pool", image.c.oracle_class_id.is_not(None))
    query = sa.select(image.c.id).where(*where, image.c.state.in_(UNDECIDED)).order_by(image.c.position)
    with reading(database) as transaction:
        return list(transaction.execute(query).scalars())


def waits_without_truth(database: Database, project_id: int) -> bool:
    """Whether a pool image that nobody has decided on has no hidden truth."""
    where = (image.c.project_id == project_id, image.c.split == "pool", image.c.oracle_class_id.is_(None))
    query = sa.select(image.c.id).where(*where, image.c.state.in_(UNDECIDED)).limit(1)
    with reading(database) as transaction:
        return transaction.execute(query).first() is not None


def has_hidden_truth(database: Database, project_id: int) -> bool:
    """Whether any image of the project has a hidden true class."""
    truth = image.c.oracle_class_id
    # Asked by the index that holds such images alone.
    query = sa.select(truth).where(image.c.project_id == project_id, truth > 0, IN_USE)
    with reading(database) as transaction:
        return transaction.execute(query.limit(1)).first() is not None


@asked_once
def long_sides(database: Database, project_id: int) -> Sequence[int]:
    """The longer side in pixels of the first SAMPLE images of the pool: the same ones whatever is labelled later."""
    of_pool = image.c.project_id == project_id, image.c.split == "pool", IN_USE
    query = sa.select(image.c.width, image.c.height).where(*of_pool)
    with reading(database) as transaction:
        rows = transaction.execute(query.order_by(image.c.position).limit(SAMPLE))
        return [max(row.width, row.height) for row in rows]


def size_counts(database: Database, project_id: int) -> Counter[tuple[int, int]]:
    """(width, height) in pixels -> images of the project that are not in the bin."""
    columns = image.c.width, image.c.height
    query = sa.select(*columns, sa.func.count()).where(image.c.project_id == project_id, IN_USE).group_by(*columns)
    with reading(database) as transaction:
        return Counter({(width, height): count for width, height, count in transaction.execute(query)})


def show_first(database: Database, project_id: int, image_ids: Sequence[int]) -> None:
    """Has the images of the pool that no round ranks come in the order of `image_ids`, then as they did: a negative
    `shuffle` says so. What was to come first before is as all others again."""
    of_pool = image.c.project_id == project_id, image.c.split == "pool"
    before = image.c.shuffle < 0
    moves = [{"of_image": image_id, "place": place - len(image_ids)} for place, image_id in enumerate(image_ids)]
    with writing(database) as transaction:
        earlier = sa.select(image.c.id, image.c.fingerprint).where(*of_pool, before)
        rows = transaction.execute(earlier)
        back = [{"of_image": row.id, "place": fixed_order(project_id, row.fingerprint)} for row in rows]
        move = sa.update(image).where(image.c.id == sa.bindparam("of_image")).values(shuffle=sa.bindparam("place"))
        for places in filter(None, (back, moves)):
            transaction.execute(move, places)


def has_first(database: Database, project_id: int) -> bool:
    """Whether `show_first` has said of any image of the project that it comes first."""
    query = sa.select(image.c.id).where(image.c.project_id == project_id, image.c.split == "pool", image.c.shuffle < 0)
    with reading(database) as transaction:
        return transaction.execute(query.limit(1)).first() is not None


def insert_images(
    transaction: Connection,
    project_id: int,
    entries: Sequence[ImportEntry],
    import_id: int | None = None,
    book: NameBook[int] | None = None,
) -> list[tuple[int, ImportEntry]]:
    """Write the entries that are new to the project; returns (image id, entry) of those written, in order. What lies in
    the bin is not new: it is left there.

    Positions go on where the last import stopped. Labels that were hidden become the images' hidden truth, by the names
    in `book`, or as they are now.
    """
    of_project = image.c.project_id == project_id
    unique = {entry.fingerprint: entry for entry in reversed(entries)}
    stored = rows_in(transaction, sa.select(image.c.fingerprint).where(of_project), image.c.fingerprint, list(unique))
    for row in stored:
        del unique[row.fingerprint]
    fresh = [entry for entry in entries if unique.get(entry.fingerprint) is entry]
    next_position = sa.select(sa.func.coalesce(sa.func.max(image.c.position) + 1, 0)).where(of_project)
    first = transaction.execute(next_position).scalar_one()
    book = class_book(transaction, project_id) if book is None else book
    values = {"project_id": project_id, "import_id": import_id}
    rows = [values | _image_values(project_id, first + i, entry, book) for i, entry in enumerate(fresh)]
    if not rows:
        return []
    transaction.execute(sa.insert(image), rows)
    count_moves(transaction, project_id, [Move(split=entry.split, before=None, after="waiting") for entry in fresh])
    written = sa.select(image.c.id).where(of_project, image.c.position >= first).order_by(image.c.position)
    return list(zip(transaction.execute(written).scalars(), fresh, strict=True))


def is_hidden(entry: ImportEntry) -> bool:
    """Whether the entry's label is kept as hidden truth. Evaluation images always keep theirs as a label."""
    return entry.label is not None and entry.label_use == "hide" and entry.split == "pool"


def rows_in(
    transaction: Connection, query: sa.Select[Any], column: sa.ColumnElement[Any], values: Sequence[Any]
) -> Iterator[sa.Row[Any]]:
    """The rows of `query` whose `column` is among `values`, however many values there are."""
    for start in range(0, len(values), PIECE):
        yield from transaction.execute(query.where(column.in_(values[start : start + PIECE])))


def _image_values(project_id: int, position: int, entry: ImportEntry, book: NameBook[int]) -> dict[str, Any]:
    return {
        "position": position,
        "path": entry.path,
        "file": str(entry.file),
        "size": entry.size,
        "modified_ns": entry.modified_ns,
        "split": entry.split,
        "fingerprint": entry.fingerprint,
        "width": entry.width,
        "height": entry.height,
        "oracle_class_id": book.find(entry.label) if entry.label and is_hidden(entry) else None,
        "state": "waiting",
        "shuffle": fixed_order(project_id, entry.fingerprint),
        "tile": _tile(entry.tile),
    }


def _tile(tile: Tile | None) -> dict[str, Any] | None:
    """As the table keeps it, and the exports write it."""
    if tile is None:
        return None
    return {"parent": tile.parent, "parent_fingerprint": tile.parent_fingerprint, **asdict(tile.box)}


def fixed_order(project_id: int, fingerprint: str) -> int:
    """A fixed random order that no import order can disturb: the sign bit is dropped to fit a signed column."""
    digest = hashlib.sha256(f"{project_id}:{fingerprint}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
