"""A project under another name, into the bin, and back."""

from collections.abc import Sequence
from datetime import UTC, datetime

from vabal_core.store import projects as rows
from vabal_core.store.change_log import log_change
from vabal_core.store.database import writing
from vabal_core.store.rounds import end_round, newest_round
from vabal_core.types import Actor, NotFound, Project, StudioError, UnknownId
from vabal_core.types.names import clean_name, name_book
from vabal_core.workspace.people import require_right
from vabal_core.workspace.projects import require_project
from vabal_core.workspace.workspace import Workspace

STOPPED = "The project went into the bin. No label is lost; bring it back, then start the round again."


def rename_project(ws: Workspace, actor: Actor, project_id: int, name: str) -> Project:
    """Give a project another name; its files stay where they are. StudioError where the name is taken, empty or too
    long. A project of that name in the bin gets another one."""
    require_right(actor, "import")
    before = require_project(ws, project_id).name
    name = clean_name(name, "project")
    with writing(ws.engine) as transaction:
        if not rows.update_project_name(transaction, project_id, name):
            raise StudioError(f"There is a project “{name}” already: choose another name.")
        log_change(transaction, actor, project_id, "project renamed", before, old=before, new=name)
    return require_project(ws, project_id)


def remove_project(ws: Workspace, actor: Actor, project_id: int) -> None:
    """Put a project into the bin with all that it has; a round that runs is stopped. Once it is there nothing happens.

    Labels that desks have not sent yet wait in their browsers until it is back. ValueError for an unknown project.
    """
    require_right(actor, "import")
    with writing(ws.engine) as transaction:
        project = _any_project(transaction, project_id)
        if project.removed_at is not None:
            return
        rows.mark_removed(transaction, project_id, datetime.now(UTC))
        log_change(transaction, actor, project_id, "project removed", project.name)
        running = newest_round(transaction, project_id)
        if running is not None and running.state == "running":
            end_round(transaction, running.id, "cancelled", STOPPED)


def restore_project(ws: Workspace, actor: Actor, project_id: int) -> Project:
    """Take a project out of the bin, as it was; once it is out nothing happens. Where another one has taken its name
    meanwhile, it has a name that says so. ValueError for an unknown project, or one that was emptied out of the bin."""
    require_right(actor, "import")
    with writing(ws.engine) as transaction:
        project = _any_project(transaction, project_id)
        rows.mark_removed(transaction, project_id, None)
        log_change(transaction, actor, project_id, "project restored", project.name)
        return _any_project(transaction, project_id)


def removed_projects(ws: Workspace) -> Sequence[Project]:
    """The projects in the bin, oldest first."""
    return rows.all_projects(ws.engine, removed=True)


def find_removed_project(ws: Workspace, name: str) -> Project:
    """The project in the bin called `name`. NotFound naming those in it, where it is none of them."""
    projects = removed_projects(ws)
    project = name_book((project.name, project) for project in projects).find(name)
    if project is None:
        present = ", ".join(f"“{project.name}”" for project in projects) or "none"
        raise NotFound(f"No project “{name}” is in the bin; there {'is' if present == 'none' else 'are'} {present}.")
    return project


def _any_project(database: rows.Database, project_id: int) -> Project:
    project = rows.project_by_id(database, project_id)
    if project is None:
        raise UnknownId(f"no project has the id {project_id}")
    return project
