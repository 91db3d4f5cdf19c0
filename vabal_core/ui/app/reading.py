"""Reading the images of a project in the background, one job a project."""

import time

from vabal_core import workspace
from vabal_core.types import Project
from vabal_core.ui.app.background import Job, find_job, start_job


def start_reading(ws: workspace.Workspace, project: Project) -> Job:
    """Have the images of the project read that were not yet; what is under way goes on. Its request is when it began,
    by time.monotonic()."""
    return start_job(_name(project), workspace.read_features(ws, workspace.STUDIO, project.id), time.monotonic())


def reading_job(project: Project) -> Job | None:
    """The reading of the project's images, under way or ended; None where there was none."""
    return find_job(_name(project))


def _name(project: Project) -> str:
    return f"features-{project.id}"
