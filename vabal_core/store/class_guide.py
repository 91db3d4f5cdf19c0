"""The class guide as rows: the images pinned to a class, beside the notes that stand with the classes."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from vabal_core.store.database import Database, reading
from vabal_core.store.images import image_of
from vabal_core.store.projects import class_ids_of, notes_of
from vabal_core.store.tables import class_pin, image, label_event
from vabal_core.types import Image, PinRole

Pins = dict[tuple[int, PinRole], list[Image]]


def guide_of(database: Database, project_id: int) -> tuple[dict[int, str], Pins]:
    """(class id -> note, (class id, role) -> images by position) of every class of the project that has some."""
    with reading(database) as transaction:
        return notes_of(transaction, project_id), read_pins(transaction, project_id)


def read_pins(transaction: Connection, project_id: int) -> Pins:
    """(class id, role) -> images by position. An example whose image is no longer labelled so is left out: the label
    was corrected, and what it showed was wrong."""
    query = (
        sa.select(image, class_pin.c.class_id, class_pin.c.role)
        .join(class_pin, class_pin.c.image_id == image.c.id)
        .where(class_pin.c.class_id.in_(class_ids_of(project_id)))
        .where(sa.or_(class_pin.c.role != "example", _class_now() == class_pin.c.class_id))
        .order_by(image.c.position)
    )
    pins: Pins = {}
    for row in transaction.execute(query):
        pins.setdefault((row.class_id, row.role), []).append(image_of(row))
    return pins


def is_labelled(transaction: Connection, image_id: int, class_id: int) -> bool:
    """Whether the image is labelled as this class now."""
    query = sa.select(image.c.id).where(image.c.id == image_id, _class_now() == class_id)
    return transaction.execute(query).first() is not None


def write_pin(transaction: Connection, class_id: int, image_id: int, role: PinRole) -> None:
    """The image has this role, and no other, for the class; role "none" takes it away."""
    of_image = (class_pin.c.class_id == class_id, class_pin.c.image_id == image_id)
    transaction.execute(sa.delete(class_pin).where(*of_image))
    if role != "none":
        transaction.execute(sa.insert(class_pin).values(class_id=class_id, image_id=image_id, role=role))


def _class_now() -> sa.ScalarSelect[int]:
    """The class of the last row of an image's log that is no skip: None where that took its label away."""
    rows = sa.select(label_event.c.class_id).where(label_event.c.image_id == image.c.id, label_event.c.kind != "skip")
    return rows.order_by(label_event.c.id.desc()).limit(1).correlate(image).scalar_subquery()
