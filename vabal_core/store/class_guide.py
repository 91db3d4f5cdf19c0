"""The class guide as rows: the images pinned to a class, beside the notes that stand with the classes."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vabal_core.store.classes import class_table, notes_of
from vabal_core.store.database import Database, reading
from vabal_core.store.images import IN_USE, image_of
from vabal_core.store.labels import class_now
from vabal_core.store.tables import class_pin, image
from vabal_core.types import Image, PinRole

Pins = dict[tuple[int, PinRole], list[Image]]


def guide_of(database: Database, project_id: int) -> tuple[dict[int, str], Pins]:
    """(class id -> note, (class id, role) -> images by position) of every class of the project that has some."""
    with reading(database) as transaction:
        return notes_of(transaction, project_id), read_pins(transaction, project_id)


def read_pins(transaction: Connection, project_id: int) -> Pins:
    """(class id, role) -> images by position; what is pinned to a class that was merged into another is pinned there.

    An example whose image is no longer labelled so is left out: the label was corrected, and what it showed was wrong.
    So is an image in the bin, and the pin of a merged class where the image is pinned to the other by itself.
    """
    table = class_table(transaction, project_id)
    counted = table.counted(class_pin.c.class_id)
    query = (
        sa.select(image, class_pin.c.class_id, class_pin.c.role)
        .join(class_pin, class_pin.c.image_id == image.c.id)
        .where(class_pin.c.class_id.in_(list(table.names)), IN_USE)
        .where(sa.or_(class_pin.c.role != "example", table.counted(class_now()) == counted))
        .order_by(image.c.position, class_pin.c.class_id != counted)
    )
    pins: Pins = {}
    pinned = set()
    for row in transaction.execute(query):
        class_id = table.counts_as(row.class_id)
        if (class_id, row.id) not in pinned:
            pins.setdefault((class_id, row.role), []).append(image_of(row))
            pinned.add((class_id, row.id))
    return pins


def is_labelled(transaction: Connection, project_id: int, image_id: int, class_id: int) -> bool:
    """Whether the image is labelled as this class now."""
    is_so = class_table(transaction, project_id).counted(class_now()) == class_id
    return transaction.execute(sa.select(image.c.id).where(image.c.id == image_id, is_so)).first() is not None


def write_pin(transaction: Connection, project_id: int, class_id: int, image_id: int, role: PinRole) -> None:
    """The image has this role, and no other, for the class; role "none" takes it away."""
    counted = class_table(transaction, project_id).all_of(class_id)
    of_image = (class_pin.c.class_id.in_(counted), class_pin.c.image_id == image_id)
    transaction.execute(sa.delete(class_pin).where(*of_image))
    if role != "none":
        transaction.execute(sa.insert(class_pin).values(class_id=class_id, image_id=image_id, role=role))
