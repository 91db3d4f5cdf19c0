"""Long work of the server, one thread a job: it runs a generator of events and keeps the last one for pages to draw.

A thread never touches a page; pages look at `Job` fields, which are only ever replaced, never changed in place.
"""

import logging
import time
from collections.abc import Generator
from threading import Event as Flag
from threading import Lock, Thread
from typing import Any

from vabal_core.types import Event, StudioError

log = logging.getLogger(__name__)
_jobs: dict[str, "Job"] = {}
_lock = Lock()


class Job:
    """One generator run to its end in a thread. `error` is in words, `result` is what the generator returned, `about`
    is whatever the page that started it wants to find again after a reload."""

    def __init__(self, steps: Generator[Event, None, Any], about: Any) -> None:
        self.about = about
        self.event = Event("start")
        self.result: Any = None
        self.error = ""
        self.cancelled = False
        self.finished = False
        self.started = time.monotonic()
        self._steps = steps
        self._stop = Flag()
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """Ask the work to stop at its next step; what it has written so far stays."""
        self._stop.set()

    def wait(self) -> None:
        self._thread.join()

    def _run(self) -> None:
        try:
            self.result = self._follow()
        except StudioError as problem:
            self.error = str(problem)
        except Exception as problem:
            # A thread's exception is seen by nobody unless it is kept: the page shows it, the log has the details.
            log.exception("background work failed")
            self.error = f"{type(problem).__name__}: {problem}"
        self.finished = True

    def _follow(self) -> Any:
        while not self._stop.is_set():
            try:
                self.event = next(self._steps)
            except StopIteration as end:
                return end.value
        self._steps.close()
        self.cancelled = True
        return None


def start_job(name: str, steps: Generator[Event, None, Any], about: Any = None) -> Job:
    """Start work under `name`; the one running there already is returned instead, and `steps` is dropped."""
    with _lock:
        job = _jobs.get(name)
        if job is None or job.finished:
            job = _jobs[name] = Job(steps, about)
        return job


def find_job(name: str) -> Job | None:
    with _lock:
        return _jobs.get(name)


def forget_job(name: str) -> None:
    with _lock:
        _jobs.pop(name, None)
