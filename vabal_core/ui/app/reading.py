"""Reading the images of a project in the background, one job a project."""

import time
from collections.abc import Generator
from contextlib import closing

from vabal_core import workspace
from vabal_core.types import Progress, Project
from vabal_core.ui.app.background import Job, find_job, start_job
from vabal_core.workspace import ImageReading

LEAST_SHARE = 0.02  # of the images, before a time left is more than a guess


def start_reading(ws: workspace.Workspace, project: Project) -> Job:
    """Have the images of the project read that were not yet; what is under way goes on. Its request is its `Pace`."""
    pace = Pace()
    return start_job(reading_name(project), _read_all(ws, project, pace), pace)


def restart_reading(ws: workspace.Workspace, project: Project) -> Job:
    """As `start_reading`, after other settings: what is under way is stopped, and what it has read is kept."""
    job = reading_job(project)
    if job and not job.finished:
        job.cancel()
        job.wait()
    return start_reading(ws, project)


def reading_job(project: Project) -> Job | None:
    """The reading of the project's images, under way or ended; None where there was none."""
    return find_job(reading_name(project))


def image_reading(project: Project) -> ImageReading | None:
    """How far the reading is, or why it failed; None where none is under way and none has failed."""
    job = reading_job(project)
    if job is None or (job.finished and not job.error):
        return None
    pace = job.request
    return ImageReading(event=job.event, seconds_left=pace.seconds_left() if pace else None, error=job.error)


class Pace:
    """How fast images are read, from the first that was counted on: a process that starts, or waits, reads none."""

    def __init__(self) -> None:
        self._first: tuple[float, Progress] | None = None
        self._last: tuple[float, Progress] | None = None

    def note(self, event: Progress) -> None:
        if event.total and event.done:
            # Others that were imported meanwhile are counted anew, from 0.
            is_anew = self._last is not None and event.done < self._last[1].done
            self._first = (time.monotonic(), event) if self._first is None or is_anew else self._first
            self._last = time.monotonic(), event

    def seconds_left(self) -> float | None:
        """None before a few images tell."""
        if self._first is None or self._last is None:
            return None
        (began, first), (now, last) = self._first, self._last
        read = last.done - first.done
        return (now - began) * (last.total - last.done) / read if read > LEAST_SHARE * last.total else None


def _read_all(ws: workspace.Workspace, project: Project, pace: Pace) -> Generator[Progress, None, None]:
    # Again until nothing is left: images may have been imported, or another side chosen, while it read.
    while (yield from _noted(workspace.read_features(ws, workspace.STUDIO, project.id), pace)):
        pass


def _noted(steps: Generator[Progress, None, int], pace: Pace) -> Generator[Progress, None, int]:
    with closing(steps):
        while True:
            try:
                event = next(steps)
            except StopIteration as end:
                return end.value
            pace.note(event)
            yield event


def reading_name(project: Project) -> str:
    return f"features-{project.id}"
