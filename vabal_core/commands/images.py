"""The commands about files of images that changed or moved since their import."""

from pathlib import Path
from typing import Annotated, Any

import typer

from vabal_core import workspace
from vabal_core.commands.shared import COMMAND_LINE, AsJson, ProjectName, studio
from vabal_core.console import follow, say_facts

Folder = Annotated[Path, typer.Argument(help="Folder that the images lie in now, at any depth, under any name.")]
TakeNew = Annotated[
    bool, typer.Option("--take-new", help="Import the new pictures as new images; the old ones go into the bin.")
]


def changed(project: ProjectName, take_new: TakeNew = False, as_json: AsJson = False) -> None:
    """Read the file of every image: which hold another picture than was imported, and which are gone."""
    with studio() as ws:
        project_id = workspace.find_project(ws, project).id
        images = follow(workspace.check_images(ws, project_id, content=True))
        by_content = {content: [i for i in images if i.content == content] for content in ("changed", "missing")}
        facts: dict[str, Any] = {content: len(group) for content, group in by_content.items()}
        if take_new:
            ids = [image.image_id for image in by_content["changed"]]
            facts |= follow(workspace.take_changed(ws, COMMAND_LINE, project_id, ids))
        files = [{"path": image.path, "content": image.content, "file": str(image.file)} for image in images]
        say_facts(facts | {"images": files}, as_json)


def locate(folder: Folder, project: ProjectName, as_json: AsJson = False) -> None:
    """Link images whose files are gone to the files of the same content in a folder."""
    with studio() as ws:
        project_id = workspace.find_project(ws, project).id
        say_facts(follow(workspace.locate_folder(ws, COMMAND_LINE, project_id, folder)), as_json)
