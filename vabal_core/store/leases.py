"""Who has which image just now, so that two people at once do not label the same one.

An image is held by a person, at whichever of their desks: one of their own forgotten tabs withholds nothing from them.
A lease lasts for a while (workspace/lease_time.py) and is renewed by the requests of a desk that is in use: a tab that
is closed, and one that nobody has touched for a while, give their images back; one that was cut off lets its leases run
out. Labels are safe without them: this only saves people's time.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from vabal_core.store.database import Database, writing
from vabal_core.store.images import in_project
from vabal_core.store.tables import image, lease

# Of a lease: what has longer to go is not renewed; of 30 seconds a desk that only looks writes at every third look.
RENEWED_BELOW = 2 / 3
# What a desk gives back it has for so long still: another desk of the same person may show it, and asks every 3.
BACK_IN = timedelta(seconds=9)

_OF_NOW = lease.c.project_id == sa.bindparam("of_project"), lease.c.until >= sa.bindparam("now")
_HELD = sa.select(lease.c.image_id, lease.c.annotator, lease.c.until >= sa.bindparam("for_long")).where(*_OF_NOW)


@dataclass(frozen=True, kw_only=True)
class Leases:
    """The images of a project that are held now, as one person sees them."""

    others: frozenset[int]
    own: frozenset[int]  # held by the person for long enough: they need no renewal


def read_leases(transaction: Connection, project_id: int, annotator: str, lasting: timedelta) -> Leases:
    """Who holds what now, a lease `lasting` so long; those that ran out are passed over."""
    now = datetime.now(UTC)
    others, own = set(), set()
    about = {"of_project": project_id, "now": now, "for_long": now + RENEWED_BELOW * lasting}
    for image_id, holder, for_long in transaction.execute(_HELD, about):
        if holder != annotator:
            others.add(image_id)
        elif for_long:
            own.add(image_id)
    return Leases(others=frozenset(others), own=frozenset(own))


def held_by_others(project_id: int, annotator: str) -> sa.Select[tuple[int]]:
    """Ids of the images that other people hold now, as a query: twenty of them hold eight hundred."""
    held = lease.c.project_id == project_id, lease.c.until >= datetime.now(UTC), lease.c.annotator != annotator
    return sa.select(lease.c.image_id).where(*held)


def release(transaction: Connection, image_ids: sa.Select[tuple[int]]) -> None:
    """Nobody holds these images any more: they are to be looked at by nobody."""
    transaction.execute(sa.delete(lease).where(lease.c.image_id.in_(image_ids)))


def hold(
    transaction: Connection,
    project_id: int,
    annotator: str,
    image_ids: Collection[int],
    lasting: timedelta,
    release: Collection[int] = (),
) -> set[int]:
    """`annotator` has these images of the project for so long, and nobody has those in `release` any more; returns
    those that are theirs now. What another person has stays that person's; leases that ran out go.

    One statement takes what is free: whoever claims at the same moment gets other images, or is not told these. It goes
    by the images' numbers, so that nobody waits in a circle; leases that another deletes just now are left to them.
    """
    now = datetime.now(UTC)
    own = (lease.c.annotator == annotator) & lease.c.image_id.in_(release)
    over = sa.select(lease.c.image_id).where(lease.c.project_id == project_id, (lease.c.until < now) | own)
    over = over.order_by(lease.c.image_id).with_for_update(skip_locked=True)
    transaction.execute(sa.delete(lease).where(lease.c.image_id.in_(over)))
    if not image_ids:
        return set()
    terms = sa.literal(annotator), sa.literal(now + lasting, lease.c.until.type)
    chosen = sa.select(image.c.id, image.c.project_id, *terms).where(in_project(project_id), image.c.id.in_(image_ids))
    insert = (postgresql if transaction.dialect.name == "postgresql" else sqlite).insert(lease)
    insert = insert.from_select(["image_id", "project_id", "annotator", "until"], chosen.order_by(image.c.id))
    take = insert.on_conflict_do_update(
        index_elements=[lease.c.image_id],
        set_={"annotator": insert.excluded.annotator, "until": insert.excluded.until},
        where=(lease.c.annotator == annotator) | (lease.c.until < now),
    )
    return set(transaction.execute(take.returning(lease.c.image_id)).scalars())


def give_back(transaction: Connection, annotator: str, image_ids: Collection[int]) -> None:
    """The person is not at the desk that has these images: they come free soon, where no other desk of theirs has them
    too."""
    own = lease.c.annotator == annotator, lease.c.image_id.in_(image_ids)
    _shorten(transaction, BACK_IN, *own)


def shorten_leases(database: Database, lasting: timedelta) -> None:
    """No image of any project is held for longer than this, unless its desk asks for it again."""
    with writing(database) as transaction:
        _shorten(transaction, lasting)


def _shorten(transaction: Connection, lasting: timedelta, *where: sa.ColumnElement[bool]) -> None:
    until = datetime.now(UTC) + lasting
    longer = sa.select(lease.c.image_id).where(lease.c.until > until, *where).order_by(lease.c.image_id)
    longer = longer.with_for_update(skip_locked=True)  # somebody is just at them
    transaction.execute(sa.update(lease).where(lease.c.image_id.in_(longer)).values(until=until))
