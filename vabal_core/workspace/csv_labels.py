"""Labels from a table: what another tool, or an earlier export, already knows."""

import unicodedata
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vabal_core.export.csv import as_written
from vabal_core.images.ingest.table import read_table
from vabal_core.store.images import images_at
from vabal_core.store.labels import current_labels
from vabal_core.types import Actor, ImportProblem, LabelEvent
from vabal_core.workspace.labelling import record
from vabal_core.workspace.people import require_right
from vabal_core.workspace.projects import classes, require_project
from vabal_core.workspace.workspace import Workspace

PIECE = 1_000


@dataclass(frozen=True)
class TableLabels:
    """What became of the rows: labels written, rows whose label stood already, and rows left out with the reason."""

    written: int
    already: int
    problems: tuple[ImportProblem, ...]


def label_from_csv(ws: Workspace, actor: Actor, project_id: int, file: Path) -> TableLabels:
    """Label images by a CSV with the columns `path` (as at import) and `label` (the name of a class of the project).

    A second run writes nothing. StudioError where the file cannot be read or lacks a column; an unknown path or class
    is left out and listed.
    """
    require_right(actor, "label")
    require_project(ws, project_id)
    rows = _read(file)
    images = images_at(ws.engine, project_id, sorted({path for path, _ in rows}))
    class_ids = {defect_class.name: defect_class.id for defect_class in classes(ws, project_id)}
    current = current_labels(ws.engine, project_id)
    chosen: dict[int, int] = {}
    problems: list[ImportProblem] = []
    for path, name in rows:
        reason = _reason_against(path, name, images, class_ids, chosen)
        if reason:
            problems.append(ImportProblem(path=path, reason=reason))
        else:
            chosen[images[path][0]] = class_ids[name]
    new = [(image_id, class_id) for image_id, class_id in chosen.items() if current.get(image_id) != class_id]
    for start in range(0, len(new), PIECE):
        piece = new[start : start + PIECE]
        events = [LabelEvent(str(uuid.uuid4()), image_id, "label", class_id) for image_id, class_id in piece]
        record(ws, actor, project_id, events)
    return TableLabels(len(new), len(rows) - len(problems) - len(new), tuple(problems))


def _read(file: Path) -> list[tuple[str, str]]:
    """(path, label) of every row, without the apostrophes an export puts before what looks like a formula."""
    cells = [(as_written(row["path"]), as_written(row["label"])) for _, row in read_table(file, ["path", "label"])]
    return [(path, unicodedata.normalize("NFC", name).strip()) for path, name in cells]


def _reason_against(
    path: str, name: str, images: Mapping[str, Sequence[int]], class_ids: Mapping[str, int], chosen: Mapping[int, int]
) -> str:
    candidates = images.get(path, ())
    if not candidates:
        return "no image was imported under this path"
    if len(candidates) > 1:
        return f"{len(candidates)} images were imported under this path"
    if name not in class_ids:
        return f"the project has no class {name!r}; it has {', '.join(class_ids) or 'none'}"
    if chosen.get(candidates[0], class_ids[name]) != class_ids[name]:
        return "an earlier row gives this image another label"
    return ""
