"""What commands share: the options that most take, the workspace, and how they fail."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated

import typer

from vabal_core import workspace
from vabal_core.console import say_error
from vabal_core.types import ChangesToApply, StudioError

COMMAND_LINE = replace(workspace.person("command line"), page="command line")

ProjectName = Annotated[str, typer.Option("--project", help="Name of the project.")]
ApplyChanges = Annotated[
    ChangesToApply,
    typer.Option(help="What differs from the project: older changes all but what people decided later."),
]
ImageColumn = Annotated[str, typer.Option(metavar="NAME", help="Column of a table that names the image.")]
LabelColumn = Annotated[str, typer.Option(metavar="NAME", help="Column of a table that names the class.")]
SplitColumn = Annotated[str, typer.Option(metavar="NAME", help="Column of a table that names the split.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be written, and write nothing.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the facts as JSON.")]


@contextlib.contextmanager
def studio() -> Iterator[workspace.Workspace]:
    """The workspace; what goes wrong in the world or in the call becomes one line on stderr and exit code 1."""
    try:
        yield workspace.open_workspace()
    except (StudioError, ValueError) as error:
        say_error(error)
        raise typer.Exit(1) from error
    except OSError as error:
        place = error.filename2 or error.filename or "A file"
        reason = error.strerror or error
        say_error(StudioError(f"{place} cannot be read or written: {reason}. Check its rights and the free space."))
        raise typer.Exit(1) from error
