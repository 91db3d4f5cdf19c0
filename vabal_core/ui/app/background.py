"""Long work of the server, one thread a job: it runs a generator of events and keeps the last one for pages to draw.

A thread never touches a page; pages look at `Job` fields, which are only ever replaced, never changed in place.
"""

import logging
import time
from collections.abc import Generator
from threading import Event as Flag
from threading import Lock, Thread
from typing import Any

from vabal_core.types import Progress, StudioError

log = logging.getLogger(__name__)
END_SECONDS = 5.0
KEPT_SECONDS = 24 * 3600.0  # how long the result of a person who never came back for it is held

_jobs: dict[str, "Job"] = {}
_lock = Lock()


class Job:
    """One generator run to its end in a thread. `error` is in words, `result` is what the generator returned, `request`
    is whatever the page that started it wants to find again after a reload."""

    def __init__(self, steps: Generator[Progress, None, Any], request: Any) -> None:
        self.request = request
        self.event = Progress("start")
        self.result: Any = None
        self.error = ""
        self.cancelled = False
        self.finished = False
        self.ended: float | None = None  # time.monotonic()
        self._stop = Flag()
        # The steps are the thread's alone, so that what they hold goes with them when they end.
        self._thread = Thread(target=self._run, args=(steps,), daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """Ask the work to stop at its next step; what it has written so far stays."""
        self._stop.set()

    def wait(self, seconds: float | None = None) -> None:
        """Until the work has ended, or so many seconds have passed."""
        self._thread.join(seconds)

    def _run(self, steps: Generator[Progress, None, Any]) -> None:
        try:
            self.result = self._follow(steps)
        except StudioError as problem:
            self.error = str(problem)
        except Exception as problem:
            # A thread's exception is seen by nobody unless it is kept: the page shows it, the log has the details.
            log.exception("background work failed")
            self.error = f"{type(problem).__name__}: {problem}"
        self.ended = time.monotonic()
        self.finished = True

    def _follow(self, steps: Generator[Progress, None, Any]) -> Any:
        while not self._stop.is_set():
            try:
                self.event = next(steps)
            except StopIteration as end:
                return end.value
        steps.close()
        self.cancelled = True
        return None


def start_job(name: str, steps: Generator[Progress, None, Any], request: Any = None) -> Job:
    """Start work under `name`; the one running there already is returned instead, and `steps` is dropped."""
    with _lock:
        for old_name in [job_name for job_name, job in _jobs.items() if _too_old(job)]:
            del _jobs[old_name]
        job = _jobs.get(name)
        if job is None or job.finished:
            job = _jobs[name] = Job(steps, request)
        return job


def _too_old(job: Job) -> bool:
    return job.ended is not None and time.monotonic() - job.ended > KEPT_SECONDS


def find_job(name: str) -> Job | None:
    """The work under `name`, running or ended; None where there is none, or it ended too long ago to be held."""
    with _lock:
        job = _jobs.get(name)
        return None if job and _too_old(job) else job


def jobs_under_way() -> list[str]:
    """The names of all jobs that have not ended, whoever started them."""
    with _lock:
        return [name for name, job in _jobs.items() if not job.finished]


def end_jobs() -> None:
    """Stop all jobs at their next step, and wait END_SECONDS for that: one that went on while the interpreter ends
    would find that it can begin no work any more."""
    with _lock:
        under_way = [job for job in _jobs.values() if not job.finished]
    for job in under_way:
        job.cancel()
    deadline = time.monotonic() + END_SECONDS
    for job in under_way:
        job.wait(max(0.0, deadline - time.monotonic()))


def forget_job(name: str) -> None:
    with _lock:
        _jobs.pop(name, None)
