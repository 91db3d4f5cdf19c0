"""The command `label`: labels from a table, or the truth that an import hid."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from vabal_core import workspace
from vabal_core.commands.shared import (
    COMMAND_LINE,
    ApplyChanges,
    AsJson,
    DryRun,
    ImageColumn,
    LabelColumn,
    ProjectName,
    studio,
)
from vabal_core.console import problem_facts, say_changes, say_doubts, say_facts, say_problems, say_way_back
from vabal_core.types import StudioError, TableColumns

LeftOut = Annotated[Path | None, typer.Option(help="With --from-csv: write all rows left out into this CSV.")]


def label(
    project: ProjectName,
    from_csv: Annotated[Path | None, typer.Option(help="Table (CSV, TSV, Excel) with path and label.")] = None,
    oracle: Annotated[int | None, typer.Option(min=1, help="Label so many images with their hidden truth.")] = None,
    random: Annotated[bool, typer.Option("--random", help="With --oracle: not in the queue's order.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="With --random: the same seed draws the same images.")] = 0,
    annotator: Annotated[str, typer.Option(help="With --from-csv: whose labels these are.")] = COMMAND_LINE.name,
    apply_changes: ApplyChanges = "older",
    create_classes: Annotated[
        bool, typer.Option("--create-classes", help="With --from-csv: make the classes that are missing.")
    ] = False,
    image_column: ImageColumn = "",
    label_column: LabelColumn = "",
    left_out: LeftOut = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Label images from a table, or with the truth an import hid."""
    if (from_csv is None) == (oracle is None):
        raise typer.BadParameter("give either --from-csv or --oracle")
    if dry_run and oracle is not None:
        raise typer.BadParameter("--dry-run goes with --from-csv")
    with studio() as ws:
        project_id = workspace.find_project(ws, project).id
        if from_csv is not None:
            options: dict[str, Any] = {"apply": apply_changes, "create_classes": create_classes, "dry_run": dry_run}
            options["columns"] = TableColumns(image=image_column, label=label_column)
            result = workspace.label_from_csv(ws, workspace.person(annotator), project_id, from_csv, **options)
            _say_labels(ws, project, result, dry_run, as_json)
            if left_out:
                workspace.write_whole(left_out, workspace.left_out_csv(result.problems))
            complaint = f"{len(result.problems)} rows of {from_csv} were left out." if result.problems else ""
        else:
            done = _ask_oracle(ws, project_id, oracle or 0, random, seed)
            say_facts({"labelled": done, "asked": oracle}, as_json)
            complaint = f"Only {done} of {oracle} labelled: no more unlabelled image has a hidden label."
            complaint = complaint if done != oracle else ""
        if complaint:
            raise StudioError(complaint)


def _say_labels(
    ws: workspace.Workspace, project: str, result: workspace.TableLabels, dry_run: bool, as_json: bool
) -> None:
    facts: dict[str, Any] = {"labelled": result.written, "already": result.already, "kept": len(result.kept)}
    facts["left_out"] = len(result.problems)
    facts |= {"new_classes": ", ".join(result.new_classes) or "none"} if not as_json else {}
    over = [change for change in result.changes if change.old]
    say_changes(over, "would change" if dry_run else "changed")
    say_changes(result.kept, "kept")
    say_doubts(result.doubts)
    say_problems(result.problems)
    if as_json:
        facts |= {"doubts": list(result.doubts), "new_classes": list(result.new_classes)}
        facts["rows_left_out"] = problem_facts(result.problems)
        facts["rows_kept"] = [asdict(change) for change in result.kept]
        facts["changes"] = [asdict(change) for change in result.changes]
    say_facts(facts | ({"dry_run": True} if dry_run else {}), as_json)
    if not dry_run and (result.written or result.new_classes):
        newest = workspace.list_imports(ws, workspace.find_project(ws, project).id)[0]
        say_way_back(newest.id, project)


def _ask_oracle(ws: workspace.Workspace, project_id: int, count: int, random: bool, seed: int) -> int:
    if random:
        return workspace.label_at_random(ws, COMMAND_LINE, project_id, count, seed=seed)
    return workspace.label_for_me(ws, COMMAND_LINE, project_id, count)
