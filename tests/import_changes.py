"""A project of imports that change what is there: made, listed, undone and brought back in a line each."""

from pathlib import Path
from typing import Any

from image_files import write_image
from long_work import result_of
from workspaces import ANN, label

from vabal_core import workspace
from vabal_core.store.database import reading
from vabal_core.store.tables import label_event
from vabal_core.types import ImportPlan
from vabal_core.workspace import Import, UndoneImport


def steel_folder(parent: Path, ws: workspace.Workspace) -> Path:
    """Six pictures that are imported as crazing, two as good."""
    for i in range(8):
        write_image(parent / "steel" / ("crazing" if i < 6 else "good") / f"{i}.png", i)
    bring(ws, parent / "steel")
    return parent / "steel"


def plan_of(ws: workspace.Workspace, source: Path) -> ImportPlan:
    return result_of(workspace.prepare_import(ws, "Steel", source, labels="use", holdout=0))


def bring(ws: workspace.Workspace, source: Path, which: Any = "older", from_bin: bool = False) -> dict[str, int]:
    plan = plan_of(ws, source)
    apply = workspace.changes_to_apply(plan, which)
    return result_of(workspace.commit_import(ws, ANN, "Steel", plan, apply=apply, from_bin=from_bin))


def table(folder: Path, name: str, rows: dict[int, str]) -> Path:
    """A table that says of pictures by number what they are, "pits" or "pits,test"."""
    file = folder / f"{name}.csv"
    lines = [f"crazing/{i}.png,{words}{'' if ',' in words else ','}\n" for i, words in rows.items()]
    file.write_text("path,label,split\n" + "".join(lines))
    return file


def project_id(ws: workspace.Workspace) -> int:
    return workspace.find_project(ws, "Steel").id


def labels(ws: workspace.Workspace) -> dict[int, tuple[str, str]]:
    """Of those that are not good: what they are, and where."""
    rows = workspace.export_rows(ws, project_id(ws))
    return {int(Path(row.path).stem): (row.label, row.split) for row in rows if row.label != "good"}


def exported(ws: workspace.Workspace) -> list[Any]:
    return list(workspace.export_rows(ws, project_id(ws)))


def newest(ws: workspace.Workspace) -> Import:
    return workspace.list_imports(ws, project_id(ws))[0]


def undo_import(ws: workspace.Workspace, import_id: int) -> UndoneImport:
    return result_of(workspace.undo_import(ws, ANN, import_id))


def restore_import(ws: workspace.Workspace, import_id: int) -> UndoneImport:
    return result_of(workspace.restore_import(ws, ANN, import_id))


def image_id(ws: workspace.Workspace, number: int) -> int:
    return workspace.image_ids_at(ws, project_id(ws), [f"crazing/{number}.png"])[0]


def class_id(ws: workspace.Workspace, name: str) -> int:
    return workspace.class_id_of(ws, project_id(ws), name)


def say(ws: workspace.Workspace, number: int, name: str, event_id: str = "") -> None:
    """Nina labels a picture."""
    event = label(image_id(ws, number), class_id(ws, name), event_id)
    workspace.record(ws, workspace.person("nina"), project_id(ws), [event])


def log(ws: workspace.Workspace) -> list[Any]:
    with reading(ws.engine) as transaction:
        return list(transaction.execute(label_event.select().order_by(label_event.c.id)))
