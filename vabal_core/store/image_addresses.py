"""Where the bytes of images are, and what was last seen of them there."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vabal_core.store.database import Database, reading
from vabal_core.store.images import IN_USE, in_project, rows_in
from vabal_core.store.tables import image

Column = Literal["id", "path", "file", "fingerprint"]


class ImageAddress(NamedTuple):
    """One image that is not in the bin. `size` (bytes) and `modified_ns` are those of the file when its content was
    last checked, None where that was never."""

    image_id: int
    path: str
    file: str
    fingerprint: str
    size: int | None
    modified_ns: int | None


# An address as it is stored: relative to the data folder where it is within that, whole elsewhere.
_STORED_FILE = sa.type_coerce(image.c.file, sa.Text)
_IS_WHOLE = sa.or_(*(_STORED_FILE.like(start) for start in ("/%", "_:%", "\\\\%")))
COLUMNS = [image.c.id, *(image.c[name] for name in ImageAddress._fields[1:])]
_ONE = image.c.id == sa.bindparam("image_id"), image.c.state != "emptied"
_BY_ID = sa.select(image.c.project_id, *COLUMNS).where(*_ONE)


def image_addresses(database: Database, project_id: int) -> list[ImageAddress]:
    """Of all images of the project, by position."""
    with reading(database) as transaction:
        return [ImageAddress(*row) for row in transaction.execute(_query(project_id).order_by(image.c.position))]


def address_of(database: Database, image_id: int) -> tuple[int, ImageAddress] | None:
    """(project id, address) of one image, in the bin or not; None where there is none."""
    with reading(database) as transaction:
        row = transaction.execute(_BY_ID, {"image_id": image_id}).first()
    return (row[0], ImageAddress(*row[1:])) if row else None


def find_addresses(
    database: Database,
    project_id: int,
    column: Column,
    values: Sequence[int | str],
) -> list[ImageAddress]:
    """Of the images of the project whose `column` is among `values`, by position within each piece of these."""
    query = _query(project_id).order_by(image.c.position)
    if column == "id":
        query = (
            sa.select(*COLUMNS).where(in_project(project_id), image.c.removed_at.is_(None)).order_by(image.c.position)
        )
    with reading(database) as transaction:
        return [ImageAddress(*row) for row in rows_in(transaction, query, image.c[column], values)]


def files_of_contents(database: Database, fingerprints: Sequence[str]) -> dict[str, str]:
    """fingerprint -> a file that an image of this content was imported from, into whatever project."""
    query = sa.select(image.c.fingerprint, image.c.file).where(image.c.removed_at.is_(None)).order_by(image.c.id)
    with reading(database) as transaction:
        return {row.fingerprint: row.file for row in rows_in(transaction, query, image.c.fingerprint, fingerprints)}


def files_elsewhere(database: Database) -> int:
    """How many images of all projects lie outside the data folder: their addresses are stored whole."""
    query = sa.select(sa.func.count()).select_from(image).where(IN_USE, _IS_WHOLE)
    with reading(database) as transaction:
        return transaction.execute(query).scalar() or 0


def files_within(database: Database) -> Counter[str]:
    """address within the data folder, relative to it -> how many images of all projects, in the bin or not, it has."""
    query = sa.select(_STORED_FILE).where(image.c.state != "emptied", sa.not_(_IS_WHOLE))
    with reading(database) as transaction:
        return Counter(transaction.execute(query).scalars())


def write_stamps(transaction: Connection, stamps: Mapping[int, tuple[int | None, int | None]]) -> None:
    """Remember of images (by id) that their file of this size and time holds what was imported, or with None that
    nothing is known of it."""
    rows = [{"of_image": image_id, "now_size": size, "now_ns": ns} for image_id, (size, ns) in stamps.items()]
    _write(transaction, rows, size=sa.bindparam("now_size"), modified_ns=sa.bindparam("now_ns"))


def write_addresses(transaction: Connection, addresses: Sequence[ImageAddress]) -> None:
    """Let images be found where these say, under the path that these say."""
    rows = [{f"of_{name}": value for name, value in address._asdict().items()} for address in addresses]
    names = ("path", "file", "size", "modified_ns")
    rows = [{"of_image": row["of_image_id"]} | {f"of_{name}": row[f"of_{name}"] for name in names} for row in rows]
    _write(transaction, rows, **{name: sa.bindparam(f"of_{name}") for name in names})


def _write(transaction: Connection, rows: Sequence[Mapping[str, object]], **values: sa.BindParameter) -> None:
    if rows:
        transaction.execute(sa.update(image).where(image.c.id == sa.bindparam("of_image")).values(**values), rows)


def _query(project_id: int) -> sa.Select:
    return sa.select(*COLUMNS).where(image.c.project_id == project_id, image.c.removed_at.is_(None))
