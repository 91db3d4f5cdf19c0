"""The command `import`."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from vabal_core import workspace
from vabal_core.commands.import_options import LayoutOptions, layout_change, read_amount
from vabal_core.commands.shape_options import OtherFormsUse, ShapeName, TileLabels, TileOverlap, TileSide, shape_of
from vabal_core.commands.shared import (
    COMMAND_LINE,
    ApplyChanges,
    AsJson,
    DryRun,
    ImageColumn,
    LabelColumn,
    ProjectName,
    SplitColumn,
    studio,
)
from vabal_core.console import follow, problem_facts, say_changes, say_doubts, say_facts, say_problems, say_way_back
from vabal_core.types import (
    BoxUse,
    ChangesToApply,
    DrawnBy,
    ImportPlan,
    LabelChange,
    LabelUse,
    Precedence,
    StudioError,
    TableColumns,
)

Source = Annotated[
    Path, typer.Argument(help="Folder, ZIP, TAR, table (CSV, TSV, Excel) or file of annotations (COCO ...).")
]
Labels = Annotated[
    LabelUse, typer.Option(help="What to do with labels: use, hide (a simulation), evaluate (only), ignore.")
]
Evaluation = Annotated[
    str,
    typer.Option("--evaluation", "--holdout", help="Images to draw for evaluation where no split says: 200, 0.1, 10%."),
]
Drawn = Annotated[DrawnBy, typer.Option(help="Draw them from all alike, or of each class its part.")]
ClassLevel = Annotated[
    int | None, typer.Option(help="Folder that names the class: 0, 1 ... from the top; -1, -2 ... from the file.")
]
ClassFromName = Annotated[
    int | None, typer.Option(metavar="N", help="The class is the N-th part (0, 1 ...; -1 the last) of file names.")
]
Separator = Annotated[str | None, typer.Option(help='What parts file names, "_" if absent; "": their numbers.')]
Include = Annotated[list[str], typer.Option(metavar="PATTERN", help="Take only these files or folders; repeatable.")]
Exclude = Annotated[list[str], typer.Option(metavar="PATTERN", help="Leave these files or folders out; repeatable.")]
SplitUses = Annotated[
    list[str], typer.Option("--split", metavar="FOLDER=USE", help="pool, evaluation, leave-out or folder; repeatable.")
]
TakeAll = Annotated[bool, typer.Option("--take-all", help="Leave out only what --exclude names: no masks, no bins.")]
Boxes = Annotated[
    BoxUse | None,
    typer.Option(help="Boxes of annotations give their class to the image, or crops: each is cut out as an image."),
]
WhoseClass = Annotated[
    Precedence | None,
    typer.Option(help="Whose class an image has where its path and its annotation differ; neither: it has no label."),
]
ClassNames = Annotated[
    list[str], typer.Option("--class-name", metavar="GIVEN=NAME", help="Another name for a class; repeatable.")
]
LeftOut = Annotated[Path | None, typer.Option(help="Write all that is left out, files and labels, into this CSV.")]
FromBin = Annotated[bool, typer.Option("--from-bin", help="Take what is in the project's bin out of it, as it was.")]


def import_(
    path: Source,
    project: ProjectName,
    labels: Labels = "use",
    evaluation: Evaluation = "0.1",
    drawn_by: Drawn = "random",
    class_level: ClassLevel = None,
    class_from_name: ClassFromName = None,
    separator: Separator = None,
    include: Include = [],  # noqa: B006  (Typer reads it, nobody changes it)
    exclude: Exclude = [],  # noqa: B006
    split: SplitUses = [],  # noqa: B006
    take_all: TakeAll = False,
    boxes: Boxes = None,
    precedence: WhoseClass = None,
    class_name: ClassNames = [],  # noqa: B006
    shape: ShapeName = None,
    tile_side: TileSide = None,
    tile_overlap: TileOverlap = 0,
    tile_labels: TileLabels = False,
    other_forms: OtherFormsUse = "leave",
    image_column: ImageColumn = "",
    label_column: LabelColumn = "",
    split_column: SplitColumn = "",
    left_out: LeftOut = None,
    from_bin: FromBin = False,
    apply_changes: ApplyChanges = "older",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Import images, and the labels that come with them. What is there already is not imported twice.

    How folders are read is proposed from what is there, and printed: which level names the class, which folders are
    splits, which files are masks. Options say otherwise; the project remembers them for sources of the same kind.
    """
    named: dict[str, Any] = {"class_level": class_level, "class_from_name": class_from_name, "separator": separator}
    named |= {"boxes": boxes, "precedence": precedence, "take_all": take_all, "no_labels": labels == "ignore"}
    options = LayoutOptions(**named, include=include, exclude=exclude, splits=split, names=class_name)
    with studio() as ws:
        reading = {"labels": labels, "layout": layout_change(options)} | _drawing(evaluation, drawn_by)
        reading |= {"shape": shape_of(shape, tile_side, tile_overlap, tile_labels), "other_forms": other_forms}
        reading["columns"] = TableColumns(image=image_column, label=label_column, split=split_column)
        plan = follow(workspace.prepare_import(ws, project, path, **reading))
        facts = {"project": project, "dry_run": dry_run} | _say_plan(ws, project, plan, as_json)
        _write_left_out(plan, left_out)
        _require_images(plan, path)
        apply = _chosen_changes(plan, apply_changes)
        _show_then_write(ws, project, plan, facts, apply, from_bin, as_json)


def _show_then_write(
    ws: workspace.Workspace,
    project: str,
    plan: ImportPlan,
    facts: dict[str, Any],
    apply: set[LabelChange],
    from_bin: bool,
    as_json: bool,
) -> None:
    """What would be written is printed before it is; JSON is one document, and comes at the end."""
    if not as_json:
        say_facts(facts, as_json)
    if facts["dry_run"]:
        workspace.discard_import(ws, project, plan)
        written = {}
    else:
        written = _written(ws, project, plan, from_bin, apply)
    if as_json:
        say_facts(facts | written, as_json)
    elif written:
        say_facts(written, as_json)


def _drawing(evaluation: str, drawn_by: DrawnBy) -> dict[str, Any]:
    share, count = read_amount(evaluation)
    return {"holdout": share, "holdout_count": count, "drawn_by": drawn_by}


def _written(
    ws: workspace.Workspace, project: str, plan: ImportPlan, from_bin: bool, apply: set[LabelChange]
) -> dict[str, Any]:
    written = follow(workspace.commit_import(ws, COMMAND_LINE, project, plan, from_bin=from_bin, apply=apply))
    newest = next(iter(workspace.list_imports(ws, workspace.find_project(ws, project).id)), None)
    if newest is not None and newest.source == plan.source:
        say_way_back(newest.id, project)
    return {"written": written}


def _require_images(plan: ImportPlan, path: Path) -> None:
    if not plan.entries and not plan.already_present and not plan.in_bin:
        raise StudioError(f"Nothing was imported: {path} holds no image that can be read.")


def _write_left_out(plan: ImportPlan, file: Path | None) -> None:
    if file:
        workspace.write_whole(file, workspace.left_out_csv((*plan.problems, *plan.label_problems)))


def _chosen_changes(plan: ImportPlan, which: ChangesToApply) -> set[LabelChange]:
    """Those to be made; says which they are, and which are not."""
    apply = set(workspace.changes_to_apply(plan, which))
    say_changes([change for change in plan.changes if change in apply and change.kind != "moved"], "to change")
    say_changes([change for change in plan.changes if change not in apply], "kept")
    return apply


def _say_plan(ws: workspace.Workspace, project: str, plan: ImportPlan, as_json: bool) -> dict[str, Any]:
    """Say what is left out and what should be looked at; returns the facts of the plan, as JSON with every file."""
    say_problems(plan.problems)
    say_problems(plan.label_problems, "no label")
    say_problems(plan.remarks, "taken")
    say_doubts([doubt.text for doubt in plan.doubts])
    if plan.in_bin:
        say_doubts([f"{len(plan.in_bin):,} of these images are in the bin of the project: --from-bin takes them out"])
    summary = workspace.plan_summary(plan) | {"new_classes": workspace.new_classes(ws, project, plan)}
    if plan.annotations:
        summary |= {"annotations": plan.annotations, "boxes": plan.boxes}
    if plan.scale:
        summary["scale"] = asdict(plan.scale)
    if plan.tiling:
        summary["tiles"] = sum(entry.tile is not None for entry in plan.entries)
    if not as_json:
        summary["new_classes"] = ", ".join(summary["new_classes"]) or "none"
        return {"layout": workspace.layout_words(plan.layout, plan.annotations), "plan": summary}
    layouts = {"layout": workspace.layout_facts(plan.layout), "proposed": workspace.layout_facts(plan.proposed)}
    lists = {"left_out": problem_facts(plan.problems), "labels_left_out": problem_facts(plan.label_problems)}
    lists["changes"] = [asdict(change) for change in plan.changes]
    remarks = [{"path": remark.path, "remark": remark.reason} for remark in plan.remarks]
    return {**layouts, "doubts": [doubt.text for doubt in plan.doubts], "remarks": remarks, "plan": summary, **lists}
