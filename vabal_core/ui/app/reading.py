"""Reading the images of a project in the background, one job a project."""

import time
from collections.abc import Generator

from vabal_core import workspace
from vabal_core.types import Progress, Project
from vabal_core.ui.app.background import Job, find_job, start_job
from vabal_core.workspace import ImageReading

LEAST_SHARE = 0.02  # of the images, before a time left is more than a guess


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


def image_reading(project: Project) -> ImageReading | None:
    """How far the reading is, or why it failed; None where none is under way and none has failed."""
    job = reading_job(project)
    if job is None or (job.finished and not job.error):
        return None
    share = job.event.done / job.event.total if job.event.total else 0.0
    left = (time.monotonic() - job.request) * (1 - share) / share if share > LEAST_SHARE else None
    return ImageReading(event=job.event, seconds_left=left, error=job.error)


def _read_all(ws: workspace.Workspace, project: Project) -> Generator[Progress, None, None]:
    # Again until nothing is left: images may have been imported, or another side chosen, while it read.
    while (yield from workspace.read_features(ws, workspace.STUDIO, project.id)):
        pass


def _name(project: Project) -> str:
    return f"features-{project.id}"
