"""The Studio's verbs on a command line: `python -m vabal_core --help`. Facts go to stdout, progress to stderr."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from vabal_core import workspace
from vabal_core.commands import bin as bin_commands
from vabal_core.commands.backup import backup
from vabal_core.commands.images import changed, locate
from vabal_core.commands.importing import import_
from vabal_core.commands.labelling import label
from vabal_core.commands.report import report
from vabal_core.commands.scale import scale
from vabal_core.commands.set_aside import set_aside
from vabal_core.commands.shared import COMMAND_LINE, AsJson, ProjectName, studio
from vabal_core.config import parse_override
from vabal_core.console import follow, prepare_streams, say_facts
from vabal_core.types import (
    ExportContent,
    ExportFormat,
    ExportRequest,
    Project,
    Split,
    StudioError,
)

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Label steel defects with active learning.")


@app.callback()
def _prepare() -> None:
    prepare_streams()


app.command("import")(import_)
app.command()(label)
app.command()(scale)
app.command("set-aside")(set_aside)
bin_commands.register(app)
app.command()(report)
app.command()(backup)
app.command()(changed)
app.command()(locate)


@app.command("round")
def round_(
    project: ProjectName,
    strategy: Annotated[
        str | None, typer.Option(help="How images are chosen; the project's own way if absent.")
    ] = None,
    batch: Annotated[
        int | None,
        typer.Option(
            min=1, help="How many labels you mean to give before the next round; the project's own if absent."
        ),
    ] = None,
    preset: Annotated[str, typer.Option(help="How thoroughly the model learns.")] = "interactive",
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same ranking.")] = 0,
    overrides: Annotated[
        list[str],
        typer.Option("--set", metavar="NAME=VALUE", help="A setting that differs from the preset; repeatable."),
    ] = [],  # noqa: B006  (Typer reads it, nobody changes it)
    as_json: AsJson = False,
) -> None:
    """Learn from the labels so far and rank the images still unlabelled."""
    with studio() as ws:
        project_id = workspace.find_project(ws, project).id
        options: dict[str, Any] = {"strategy": strategy, "batch": batch, "preset": preset, "seed": seed}
        options["overrides"] = dict(parse_override(override) for override in overrides)
        done = follow(workspace.run_round(ws, COMMAND_LINE, project_id, **options))
        if done.state != "done":
            raise StudioError(f"Round {done.number} is {done.state}: {done.message or 'no reason was given'}")
        keys = ("number", "state", "strategy", "preset", "batch", "seed", "labelled", "metrics")
        say_facts({key: asdict(done)[key] for key in keys}, as_json)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
    short_help="Compare strategies on images whose true classes are known: an experiment.",
)
def simulate(context: typer.Context) -> None:
    """Its arguments are those of `python -m vabal_core.experiment`, which says them itself."""
    from vabal_core.experiment import command  # only now: pandas
    from vabal_core.ui.charts.experiment_page import write_reports  # likewise: plotly

    raise typer.Exit(command.main(context.args, prog=context.command_path, write=write_reports))


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
    short_help="One report over several experiments, with means over their sources.",
)
def compare(context: typer.Context) -> None:
    """Its arguments are said by the module that reads them."""
    from vabal_core.experiment import compare
    from vabal_core.ui.charts.experiment_page import write_reports

    raise typer.Exit(compare.main(context.args, prog=context.command_path, write=write_reports))


@app.command()
def status(project: ProjectName, as_json: AsJson = False) -> None:
    """How many images and labels a project has, and how its rounds stand."""
    with studio() as ws:
        say_facts(_status(ws, workspace.find_project(ws, project)), as_json)


@app.command()
def export(
    project: ProjectName,
    out: Annotated[str, typer.Option(help='File to write; "-" is standard output.')],
    format_name: Annotated[
        ExportFormat, typer.Option("--format", help="csv and jsonl are tables; the others are ZIPs with the images.")
    ] = "csv",
    content: Annotated[
        ExportContent,
        typer.Option(help="Of a table: labels; predictions for what has none; flags and doubts with their comments."),
    ] = "labels",
    split: Annotated[Split | None, typer.Option(help="Only these images; all if absent.")] = None,
    class_names: Annotated[list[str], typer.Option("--class", help="Only this class; repeatable.")] = [],  # noqa: B006
    by: Annotated[list[str], typer.Option("--by", help="Only this person's labels; repeatable.")] = [],  # noqa: B006
    excel: Annotated[bool, typer.Option("--excel", help="A CSV that Excel opens right on a double click.")] = False,
    manifest: Annotated[
        bool, typer.Option("--manifest", help="Of a table: write counts and SHA-256 beside it; a ZIP has them inside.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write the labelled images as a table, or as a ZIP of the images that other programs read."""
    with studio() as ws:
        project_id = workspace.find_project(ws, project).id
        class_ids = workspace.class_ids_called(ws, project_id, class_names)
        choices: dict[str, Any] = {"format": format_name, "content": content, "split": split, "excel": excel}
        request = ExportRequest(**choices, class_ids=class_ids, annotators=tuple(by))
        leaving = workspace.export_project(ws, COMMAND_LINE, project_id, request)
        if out == "-":
            for piece in leaving.pieces:
                sys.stdout.buffer.write(piece)
            sys.stdout.buffer.flush()
        else:
            say_facts(workspace.write_export(leaving, Path(out), manifest=manifest), as_json)
        if missing := leaving.left_out:
            raise StudioError(f"{len(missing)} images are not in {out}: {missing[0]['path']}: {missing[0]['reason']}.")


@app.command()
def invite(name: Annotated[str, typer.Argument(help="The admin's name; made where there is none.")]) -> None:
    """Print a link by which an admin sets a password, for one who has none or has forgotten it."""
    from vabal_core.ui.signing import invitation, secret  # here, so that no other command needs them

    with studio() as ws:
        invited = workspace.invite_admin(ws, COMMAND_LINE, name)
        link = invitation(secret(ws.data_dir), workspace.database_identity(ws), invited)
        print(f"Behind the address of the Studio, once and within 7 days: /invitation?link={link}")


@app.command()
def demo(as_json: AsJson = False) -> None:
    """Make the demo project, of drawn (not real) steel, where it is missing."""
    with studio() as ws:
        made: Project = follow(workspace.ensure_demo(ws, COMMAND_LINE))
        say_facts(_status(ws, made), as_json)


def _status(ws: workspace.Workspace, project: Project) -> dict[str, Any]:
    # A round whose process was killed stands as running until somebody looks.
    workspace.recover(ws, project.id)
    counts = workspace.counts(ws, project.id)
    keys = ("number", "state", "strategy", "labelled")
    rounds = [{key: getattr(round_, key) for key in keys} for round_ in workspace.list_rounds(ws, project.id)]
    return {
        "project": project.name,
        "synthetic": project.synthetic,
        "images": workspace.image_totals(ws, project.id),
        "labels": {"pool": counts.pool_total, "evaluation": counts.evaluation_total},
        "to_review": {"unsure": counts.unsure, "flagged": counts.flagged},
        "classes": {
            defect_class.name: {
                "key": defect_class.key,
                "pool": counts.pool[defect_class.id],
                "evaluation": counts.evaluation[defect_class.id],
            }
            for defect_class in workspace.classes(ws, project.id)
        },
        "labels_since_round": counts.since_round,
        "rounds": rounds,
    }


if __name__ == "__main__":
    app(prog_name="python -m vabal_core")
