"""The class guide as rows: the images pinned to a class, and its note."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from vabal_core.store.database import reading
from vabal_core.store.images import image_of
from vabal_core.store.tables import class_pin, defect_class, image, label_event
from vabal_core.types import Image, PinRole

Pins = dict[tuple[int, PinRole], list[Image]]


def guide_of(engine: Engine, project_id: int) -> tuple[dict[int, str], Pins]:
    """(class id -> note, (class id, role) -> images by position) of every class of the project that has some."""
    with reading(engine) as transaction:
        mine = defect_class.c.project_id == project_id
        notes = transaction.execute(sa.select(defect_class.c.id, defect_class.c.note).where(mine))
        return {row.id: row.note for row in notes}, read_pins(transaction, project_id)


def read_pins(transaction: Connection, project_id: int) -> Pins:
    """(class id, role) -> images by position. An example whose image is no longer labelled so is left out: the label
    was corrected, and what it showed was wrong."""
    query = (
        sa.select(image, class_pin.c.class_id, class_pin.c.role)
        .join(class_pin, class_pin.c.image_id == image.c.id)
        .join(defect_class, defect_class.c.id == class_pin.c.class_id)
        .where(defect_class.c.project_id == project_id)
        .where(sa.or_(class_pin.c.role != "example", _class_now() == class_pin.c.class_id))
        .order_by(image.c.position)
    )
    found: Pins = {}
    for row in transaction.execute(query):
        found.setdefault((row.class_id, row.role), []).append(image_of(row))
    return found


def is_labelled(transaction: Connection, image_id: int, class_id: int) -> bool:
    """Whether the image is labelled as this class now."""
    query = sa.select(image.c.id).where(image.c.id == image_id, _class_now() == class_id)
    return transaction.execute(query).first() is not None


def write_pin(transaction: Connection, class_id: int, image_id: int, role: PinRole) -> None:
    """The image has this role, and no other, for the class; role "none" takes it away."""
    mine = (class_pin.c.class_id == class_id, class_pin.c.image_id == image_id)
    transaction.execute(sa.delete(class_pin).where(*mine))
    if role != "none":
        transaction.execute(sa.insert(class_pin).values(class_id=class_id, image_id=image_id, role=role))


def write_note(transaction: Connection, class_id: int, note: str) -> bool:
    """Whether there is such a class, which now has this note."""
    update = sa.update(defect_class).where(defect_class.c.id == class_id).values(note=note)
    return transaction.execute(update).rowcount == 1


def _class_now() -> sa.ScalarSelect[int]:
    """The class of the last row of an image's log that is no skip: None where that took its label away."""
    rows = sa.select(label_event.c.class_id).where(label_event.c.image_id == image.c.id, label_event.c.kind != "skip")
    return rows.order_by(label_event.c.id.desc()).limit(1).correlate(image).scalar_subquery()
