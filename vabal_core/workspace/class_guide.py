"""The class guide: what each class looks like, as the people who label agreed on it."""

from typing import get_args

from vabal_core.store import class_guide as rows
from vabal_core.store.change_log import log_change
from vabal_core.store.classes import class_table, notes_of, write_note
from vabal_core.store.database import writing
from vabal_core.store.images import image_by_id
from vabal_core.types import Actor, GuideEntry, PinRole, StudioError
from vabal_core.workspace.people import require_right
from vabal_core.workspace.projects import classes, project_of_class, require_project
from vabal_core.workspace.workspace import Workspace

MAX_PINS = 12  # of one class in one role
MAX_NOTE_CHARACTERS = 1_000
ROLES: dict[PinRole, str] = {"example": "examples", "counter": "counter-examples"}


def read_class_guide(ws: Workspace, project_id: int) -> list[GuideEntry]:
    """Every class of the project with its note and its pinned images, in the order of the classes.

    An example whose image has since been given another label, or none, is left out until the label is back.
    """
    require_project(ws, project_id)
    notes, pins = rows.guide_of(ws.engine, project_id)
    return [
        GuideEntry(
            class_id=defect_class.id,
            name=defect_class.name,
            key=defect_class.key,
            note=notes.get(defect_class.id, ""),
            examples=tuple(pins.get((defect_class.id, "example"), ())[:MAX_PINS]),
            counter_examples=tuple(pins.get((defect_class.id, "counter"), ())[:MAX_PINS]),
        )
        for defect_class in classes(ws, project_id)
    ]


def pin(ws: Workspace, actor: Actor, project_id: int, class_id: int, image_id: int, role: PinRole) -> None:
    """Show the image in the guide as an "example" or a "counter" example of the class; "none" takes it out.

    ValueError for a class or an image that is not the project's. StudioError where an example is not labelled so now,
    or where the class has MAX_PINS others in that role.
    """
    require_right(actor, "describe")
    names = {defect_class.id: defect_class.name for defect_class in classes(ws, project_id)}
    image = image_by_id(ws.engine, image_id)
    if role not in get_args(PinRole):
        raise ValueError(f"the role is one of {get_args(PinRole)}, not {role!r}")
    if class_id not in names:
        raise ValueError(f"project {project_id} has no class {class_id}")
    if image is None or image.project_id != project_id:
        raise ValueError(f"image {image_id} is not in project {project_id}")
    if image.removed:
        raise StudioError(f"The image {image.path} is in the bin: bring it back first, then pin it.")
    with writing(ws.engine) as transaction:
        if role == "example" and not rows.is_labelled(transaction, project_id, image_id, class_id):
            raise StudioError(
                f"The image {image.path} is not labelled {names[class_id]!r} now: label it so first, then pin it."
            )
        pinned = rows.read_pins(transaction, project_id).get((class_id, role), [])
        if len([other for other in pinned if other.id != image_id]) >= MAX_PINS:
            raise StudioError(
                f"The class {names[class_id]!r} has {MAX_PINS} {ROLES[role]} already: take one out of the guide first."
            )
        rows.write_pin(transaction, project_id, class_id, image_id, role)
        log_change(transaction, actor, project_id, "example changed", names[class_id], new=f"{role}: {image.path}")


def set_note(ws: Workspace, actor: Actor, class_id: int, note: str) -> None:
    """Write down what tells the class from the others; "" takes the note away. StudioError where it is too long."""
    require_right(actor, "describe")
    note = note.strip()
    if len(note) > MAX_NOTE_CHARACTERS:
        raise StudioError(f"The note has {len(note):,} characters; {MAX_NOTE_CHARACTERS:,} is the most: shorten it.")
    project_id = project_of_class(ws, class_id)
    with writing(ws.engine) as transaction:
        name, before = class_table(transaction, project_id).names[class_id], notes_of(transaction, project_id)
        write_note(transaction, class_id, note)
        log_change(transaction, actor, project_id, "class note changed", name, old=before.get(class_id), new=note)
