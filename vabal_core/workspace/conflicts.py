"""What a source or a table says otherwise of an image than the project does, and which of the two is newer."""

from collections.abc import Mapping
from datetime import datetime

from vabal_core.store.classes import classes_of
from vabal_core.store.image_addresses import ImageAddress
from vabal_core.store.labels import IMPORTED
from vabal_core.store.search import DECIDED, ImageRow
from vabal_core.types import LabelChange
from vabal_core.workspace.people import ORACLE
from vabal_core.workspace.workspace import Workspace


def current_names(ws: Workspace, project_id: int) -> dict[int, str]:
    """class id -> its name."""
    return {defect_class.id: defect_class.name for defect_class in classes_of(ws.engine, project_id)}


def label_change(
    image: ImageRow, address: ImageAddress, label: str, given_at: datetime | None, names: Mapping[int, str]
) -> LabelChange | None:
    """The label that a source gives the image since `given_at` (None: it does not say), None where it has that label.

    `old` is the label now, or "unsure" or "flagged" where a person decided that; "" where nobody decided anything.
    """
    decided = image.state in DECIDED
    old = names.get(image.class_id or 0, image.state) if decided else ""
    if image.state == "labelled" and old == label:
        return None
    return LabelChange(
        image_id=image.image_id,
        path=image.path,
        fingerprint=address.fingerprint,
        kind="label",
        old=old,
        new=label,
        newer=decided and _is_newer(image, given_at),
    )


def _is_newer(image: ImageRow, given_at: datetime | None) -> bool:
    """Whether a person decided on the image after `given_at`; where that is unknown, all that people said is."""
    if image.annotator in (IMPORTED, ORACLE.name):
        return False
    return given_at is None or image.labelled_at is None or image.labelled_at > given_at
