"""What the grid shows of one image: as it waits in the queue, or as the project knows it."""

from collections.abc import Iterable, Sequence
from typing import Any

from vabal_core.types import DefectClass, QueueItem
from vabal_core.ui.addresses import image_url
from vabal_core.ui.app.context import PageContext
from vabal_core.ui.signing import secret
from vabal_core.workspace import ImageRow, scale_name

Groups = tuple[tuple[str, tuple[int, ...]], ...]  # (title, image ids)
NO_GUESS = "No suggestion yet"


def queue_tile(context: PageContext, item: QueueItem) -> dict[str, Any]:
    state = {"state": "waiting", "label": None, "who": "", "comment": "", "evaluation": False}
    guess = {"predicted": item.predicted_class_id, "probability": item.probability}
    return _tile(context, item) | state | guess | {"round": item.round, "why": item.why, "typical": item.typical}


def row_tile(context: PageContext, row: ImageRow, newest: int) -> dict[str, Any]:
    """`newest`: the number of the newest finished round, whose ranking shows an image that has no label yet."""
    evaluation = row.split == "evaluation"
    # A suggestion would sway the label of an image that accuracy is measured on.
    guess = None if evaluation and row.class_id is None else row.predicted_class_id
    return _tile(context, row) | {
        "state": row.state,
        "label": row.class_id,
        "who": row.annotator or "",
        "comment": row.comment or "",
        "evaluation": evaluation,
        "predicted": guess,
        "probability": row.probability if guess else None,
        "round": newest if row.state == "waiting" and row.rank is not None else 0,
        "why": "",
        "typical": False,
    }


def by_guess(
    tiles: Iterable[dict[str, Any]], classes: Sequence[DefectClass]
) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """The tiles grouped by the class the model suggests, in the order of the classes; each group keeps its order."""
    groups: dict[int | None, list[int]] = {defect_class.id: [] for defect_class in classes} | {None: []}
    for tile in tiles:
        groups.setdefault(tile["predicted"], []).append(tile["id"])
    names = {defect_class.id: defect_class.name for defect_class in classes}
    titles = {class_id: f"Model says {name}" for class_id, name in names.items()}
    return tuple((titles.get(class_id, NO_GUESS), tuple(ids)) for class_id, ids in groups.items() if ids)


def _tile(context: PageContext, image: QueueItem | ImageRow) -> dict[str, Any]:
    key, scale = secret(context.ws.data_dir), scale_name(context.project)
    address = {
        name: image_url(key, context.session, image.image_id, image.fingerprint, size, scale)
        for name, size in (("url", "thumbnail"), ("large", "screen"))
    }
    # Folders are often named after classes: shown or read out, they would give the answer away.
    return {"id": image.image_id, "name": image.path.replace("\\", "/").rsplit("/", 1)[-1], **address}
