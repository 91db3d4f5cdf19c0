"""The commands that take things back: images, imports, classes and projects into the bin, out of it, or merged."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from vabal_core import workspace
from vabal_core.commands.backup import restore_backup
from vabal_core.commands.shared import COMMAND_LINE, AsJson, ProjectName, studio
from vabal_core.console import follow, say, say_facts
from vabal_core.types import Image, StudioError

PANEL = "Take back and tidy up"

Paths = Annotated[list[str], typer.Argument(help="Images, by path as at import; * and ? stand for anything.")]
OptionalPaths = Annotated[
    list[str] | None, typer.Argument(help="Images, by path as at import; * and ? stand for anything.")
]
ImportId = Annotated[int, typer.Argument(help="The number of the import, as the command imports lists it.")]


def register(app: typer.Typer) -> None:
    """Make the commands of this file commands of `app`."""
    for name, command in COMMANDS.items():
        app.command(name, rich_help_panel=PANEL)(command)


def list_imports(project: ProjectName, as_json: AsJson = False) -> None:
    """List the imports of a project, newest first, with the numbers that undo-import takes."""
    with studio() as ws:
        rows = workspace.list_imports(ws, workspace.find_project(ws, project).id)
        say_facts({"project": project, "imports": [_facts_of(row) for row in rows]}, as_json)


def undo_import(number: ImportId, project: ProjectName, as_json: AsJson = False) -> None:
    """Undo an import: its images go into the bin, with the classes that it alone brought, and labels and splits of
    others that it changed are as before, but where somebody decided otherwise since."""
    with studio() as ws:
        listed = _require_import(ws, project, number)
        undone = follow(workspace.undo_import(ws, COMMAND_LINE, number))
        facts = {"removed": undone.images} | _facts_of_undone(undone) | {"held": undone.held}
        if undone.held:
            holders = ", ".join(map(str, undone.holders))
            say(f"{undone.held:,} images stay: import {holders} holds them, too", error=True)
        if listed.state == "undone" and not undone.images:
            say(f"Import {number} is already undone; restore --import {number} brings it back.", error=True)
            facts = {"already_undone": True}
        say_facts(facts, as_json)


def remove(paths: Paths, project: ProjectName, as_json: AsJson = False) -> None:
    """Put images into the bin: they count nowhere any more, and come back as they were."""
    with studio() as ws:
        project_id = workspace.find_project(ws, project).id
        image_ids = workspace.image_ids_at(ws, project_id, paths)
        say_facts({"removed": workspace.remove_images(ws, COMMAND_LINE, project_id, image_ids)}, as_json)


def show_bin(
    project: ProjectName,
    empty: Annotated[
        bool, typer.Option("--empty", help="Empty it: for ever, with the files that the Studio keeps for it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List what is in the bin of a project, and the classes that were merged into others; or empty it."""
    with studio() as ws:
        project_id = workspace.find_project(ws, project).id
        if empty:
            emptied = workspace.empty_bin(ws, COMMAND_LINE, project_id)
            facts = {"images": emptied.images, "classes": emptied.classes, "bytes": emptied.bytes}
            say_facts({"emptied": facts}, as_json)
            return
        images = _all_images(ws, project_id)
        contents = workspace.bin_contents(ws, project_id)
        classes = [{"class": gone.name} for gone in contents.classes]
        merged = [{"class": listed.name, "into": listed.into} for listed in contents.merged]
        paths = [{"path": image.path} for image in images]
        say_facts({"images": paths, "classes": classes, "merged": merged}, as_json)


def restore(
    paths: OptionalPaths = None,
    project: Annotated[str | None, typer.Option(help="Name of the project; without it a backup is restored.")] = None,
    number: Annotated[int | None, typer.Option("--import", help="An import that was undone, by its number.")] = None,
    class_name: Annotated[str | None, typer.Option("--class", help="A class in the bin, or merged.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All images and classes of the bin.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take images, an undone import or a class out of the bin, as they were; or take back that a class was merged.

    Without --project: bring what `backup` wrote, a single file, into an empty Studio.
    """
    if project is None:
        if not paths or len(paths) != 1 or number is not None or class_name or everything:
            raise typer.BadParameter("say --project, or the one file that `backup` wrote")
        return restore_backup(Path(paths[0]), as_json)
    with studio() as ws:
        project_id = workspace.find_project(ws, project).id
        facts: dict[str, Any] = {"images": 0}
        before = {listed.id for listed in workspace.classes(ws, project_id)}
        class_ids = [workspace.class_id_of(ws, project_id, class_name)] if class_name else []
        if everything:
            class_ids += [gone.id for gone in workspace.bin_contents(ws, project_id).classes]
        if number is not None:
            _require_import(ws, project, number)
            back = follow(workspace.restore_import(ws, COMMAND_LINE, number))
            facts |= {"images": back.images} | _facts_of_undone(back)
        image_ids = workspace.image_ids_at(ws, project_id, paths, in_bin=True) if paths else []
        image_ids += [image.id for image in _all_images(ws, project_id)] if everything else []
        facts["images"] += workspace.restore_images(ws, COMMAND_LINE, project_id, image_ids)
        for class_id in class_ids:
            workspace.restore_class(ws, COMMAND_LINE, class_id)
        # Images bring the classes that they are labelled as: what is in use now and was not before is said.
        back_again = [listed.name for listed in workspace.classes(ws, project_id) if listed.id not in before]
        say_facts(facts | {"classes": ", ".join(back_again) or "none"}, as_json)


def remove_class(
    name: Annotated[str, typer.Argument(help="The class.")], project: ProjectName, as_json: AsJson = False
) -> None:
    """Put a class that no label uses into the bin."""
    with studio() as ws:
        class_id = workspace.class_id_of(ws, workspace.find_project(ws, project).id, name)
        workspace.remove_class(ws, COMMAND_LINE, class_id)
        say_facts({"removed": name}, as_json)


def merge_class(
    name: Annotated[str, typer.Argument(help="The class that is to be no more.")],
    into: Annotated[str, typer.Argument(help="The class that its labels count as from now on.")],
    project: ProjectName,
    as_json: AsJson = False,
) -> None:
    """Let all that is labelled as one class count as another; restore --class takes it back."""
    with studio() as ws:
        project_id = workspace.find_project(ws, project).id
        ids = [workspace.class_id_of(ws, project_id, class_name) for class_name in (name, into)]
        if ids[0] == ids[1]:
            raise StudioError(f"“{name}” and “{into}” are one class of “{project}”: name two different classes.")
        counts = workspace.counts(ws, project_id)
        workspace.merge_classes(ws, COMMAND_LINE, *ids)
        say_facts({"merged": name, "into": into, "moved": counts.pool[ids[0]] + counts.evaluation[ids[0]]}, as_json)


def list_projects(as_json: AsJson = False) -> None:
    """List the projects, and those in the bin."""
    with studio() as ws:
        names = [{"project": project.name} for project in workspace.list_projects(ws)]
        in_bin = [{"project": project.name} for project in workspace.removed_projects(ws)]
        say_facts({"projects": names, "in_bin": in_bin}, as_json)


def rename_project(
    name: Annotated[str, typer.Argument(help="What it is to be called.")], project: ProjectName, as_json: AsJson = False
) -> None:
    """Give a project another name."""
    with studio() as ws:
        renamed = workspace.rename_project(ws, COMMAND_LINE, workspace.find_project(ws, project).id, name)
        say_facts({"project": renamed.name, "was": project}, as_json)


def remove_project(project: ProjectName, as_json: AsJson = False) -> None:
    """Put a whole project into the bin."""
    with studio() as ws:
        workspace.remove_project(ws, COMMAND_LINE, workspace.find_project(ws, project).id)
        say_facts({"removed": project}, as_json)


def restore_project(project: ProjectName, as_json: AsJson = False) -> None:
    """Take a project out of the bin, as it was."""
    with studio() as ws:
        back = workspace.restore_project(ws, COMMAND_LINE, workspace.find_removed_project(ws, project).id)
        say_facts({"project": back.name}, as_json)


def empty_project(project: ProjectName, as_json: AsJson = False) -> None:
    """Empty a project out of the bin: for ever, with the files that the Studio keeps for it."""
    with studio() as ws:
        emptied = workspace.empty_project(ws, COMMAND_LINE, workspace.find_removed_project(ws, project).id)
        say_facts({"emptied": project, "images": emptied.images, "bytes": emptied.bytes}, as_json)


COMMANDS = {
    "imports": list_imports,
    "undo-import": undo_import,
    "remove": remove,
    "bin": show_bin,
    "restore": restore,
    "remove-class": remove_class,
    "merge-class": merge_class,
    "projects": list_projects,
    "rename-project": rename_project,
    "remove-project": remove_project,
    "restore-project": restore_project,
    "empty-project": empty_project,
}


def _all_images(ws: workspace.Workspace, project_id: int) -> Sequence[Image]:
    count = workspace.bin_contents(ws, project_id, limit=1).image_count
    return workspace.bin_contents(ws, project_id, limit=max(1, count)).images


def _require_import(ws: workspace.Workspace, project: str, number: int) -> workspace.Import:
    imports = {row.id: row for row in workspace.list_imports(ws, workspace.find_project(ws, project).id)}
    if number not in imports:
        present = ", ".join(map(str, imports)) or "none"
        raise StudioError(f"The project “{project}” has no import {number}; it has {present}: see the command imports.")
    return imports[number]


def _facts_of_undone(undone: workspace.UndoneImport) -> dict[str, int]:
    """What became of images that were there before the import; `kept` is what somebody decided since."""
    return {name: getattr(undone, name) for name in ("labels", "splits", "files", "replaced", "kept")}


def _facts_of(row: workspace.Import) -> dict[str, Any]:
    about = {"number": row.id, "source": row.source, "by": row.annotator, "at": f"{row.created_at:%Y-%m-%d %H:%M} UTC"}
    changes = ("labels_changed", "splits_changed", "files_linked", "replaced", "from_bin", "kept")
    about |= {"state": row.state, "planned": row.planned, "images": row.images, "in_bin": row.removed}
    about |= {"there_already": row.present, "held_by_others": row.held}
    return about | {name: getattr(row, name) for name in changes}
