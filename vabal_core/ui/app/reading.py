"""Reading the images of a project in the background, one job a project."""

import time
from collections.abc import Generator

from vabal_core import workspace
from vabal_core.types import Progress, Project
from vabal_core.ui.app.background import Job, find_job, start_job


def start_reading(ws: workspace.Workspace, project: Project) -> Job:
    """Have the images of the project read that were not yet; what is under way goes on. Its request is when it began,
    by time.monotonic()."""
    return start_job(_name(project), _read_all(ws, project), time.monotonic())


def restart_reading(ws: workspace.Workspace, project: Project) -> Job:
    """As `start_reading`, after other settings: what is under way is stopped, and what it has read is kept."""
    job = reading_job(project)
    if job and not job.finished:
        job.cancel()
        job.wait()
    return start_reading(ws, project)


def reading_job(project: Project) -> Job | None:
    """The reading of the project's images, under way or ended; None where there was none."""
    return find_job(_name(project))


def _read_all(ws: workspace.Workspace, project: Project) -> Generator[Progress, None, None]:
    # Again until nothing is left: images may have been imported, or another side chosen, while it read.
    while (yield from workspace.read_features(ws, workspace.STUDIO, project.id)):
        pass


def _name(project: Project) -> str:
    return f"features-{project.id}"
