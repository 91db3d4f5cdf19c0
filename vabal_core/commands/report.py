"""The command `report`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from vabal_core import workspace
from vabal_core.commands.shared import COMMAND_LINE, AsJson, ProjectName, studio
from vabal_core.console import say_facts


def report(
    project: ProjectName,
    out: Annotated[str, typer.Option(help='HTML file to write; "-" is standard output.')],
    names: Annotated[bool, typer.Option("--names/--no-names", help="Whether people are called by their names.")] = True,
    by: Annotated[str, typer.Option(help="Who makes the report.")] = COMMAND_LINE.name,
    as_json: AsJson = False,
) -> None:
    """Write a report of a project: one HTML file that needs nothing else, for filing or printing."""
    with studio() as ws:
        project_id = workspace.find_project(ws, project).id
        leaving = workspace.export_report(ws, workspace.person(by), project_id, names=names)
        if out == "-":
            sys.stdout.buffer.write(b"".join(leaving.pieces))
            sys.stdout.buffer.flush()
        else:
            say_facts(workspace.write_export(leaving, Path(out)), as_json)
