"""The command `scale`: how values of more than 8 bits are read, shown or changed."""

from dataclasses import asdict
from typing import Annotated

import typer

from vabal_core import workspace
from vabal_core.commands.shared import COMMAND_LINE, AsJson, ProjectName, studio
from vabal_core.console import follow, say_facts
from vabal_core.types import Scale, StudioError

Low = Annotated[float | None, typer.Option(help="The value that is black, with all below it.")]
High = Annotated[float | None, typer.Option(help="The value that is white, with all above it.")]
Measure = Annotated[bool, typer.Option("--measure", help="Take both from a sample of the images, as an import does.")]
EachItsOwn = Annotated[
    bool, typer.Option("--each-its-own", help="Each image by the range of 8, 10, 12, 14 or 16 bits that holds it.")
]


def scale(
    project: ProjectName,
    low: Low = None,
    high: High = None,
    measure: Measure = False,
    each_its_own: EachItsOwn = False,
    as_json: AsJson = False,
) -> None:
    """Show or set the grey levels of images with more than 8 bits a value. Features are read anew by a new scale."""
    with studio() as ws:
        target = workspace.find_project(ws, project)
        if sum((low is not None or high is not None, measure, each_its_own)) > 1 or (low is None) != (high is None):
            raise StudioError("Give --low and --high, or --measure, or --each-its-own, or none of them to be shown it.")
        if low is not None and high is not None:
            target = workspace.set_scale(ws, COMMAND_LINE, target.id, Scale(low=low, high=high))
        elif measure:
            measured = follow(workspace.measure_scale(ws, target.id))
            if measured is None:
                raise StudioError(f"No image of {project} has more than 8 bits a value: there is nothing to scale.")
            target = workspace.set_scale(ws, COMMAND_LINE, target.id, measured)
        elif each_its_own:
            target = workspace.set_scale(ws, COMMAND_LINE, target.id, None)
        now = workspace.project_scale(target)
        say_facts({"project": project, "scale": asdict(now) if now else "none"}, as_json)
