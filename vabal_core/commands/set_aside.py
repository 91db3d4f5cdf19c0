"""The command `set-aside`."""

from typing import Annotated

import typer

from vabal_core import workspace
from vabal_core.commands.import_options import read_amount
from vabal_core.commands.shared import COMMAND_LINE, AsJson, ProjectName, studio
from vabal_core.console import say_facts

Amount = Annotated[str, typer.Argument(help="How many unlabelled images of the pool: 200, 0.1, 10%.")]


def set_aside(amount: Amount, project: ProjectName, as_json: AsJson = False) -> None:
    """Set unlabelled images of the pool aside for evaluation, drawn at random."""
    with studio() as ws:
        share, count = read_amount(amount)
        project_id = workspace.find_project(ws, project).id
        amounts = {"share": share} if count is None else {"count": count}
        moved = workspace.set_aside(ws, COMMAND_LINE, project_id, **amounts)
        say_facts({"set_aside": moved, "images": workspace.image_totals(ws, project_id)}, as_json)
