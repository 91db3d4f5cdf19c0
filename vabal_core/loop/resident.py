"""Processes for learners: one is started, and stays after a task that ended well, to wait for the next.

Importing torch and what comes with it takes 2 to 6 seconds, more than a refresh of the ranking does. What the idle
process keeps for that: some 450 MiB, most of it torch's own, and on a GPU what CUDA and torch's pool there hold. A
machine that trains networks has these to spare while somebody labels. At most one process stays, and no longer than
MAX_IDLE_SECONDS.
"""

import atexit
import os
import subprocess
import sys
import threading
from pathlib import Path

from vabal_core.loop.priority import MODEST, has_priority, set_priority

MAX_IDLE_SECONDS = 600.0
ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "vabal_core.loop")

Process = subprocess.Popen[bytes]


def start_process(log: Path) -> Process:
    """A new process that waits for its first task; what it says before goes to `log`."""
    with log.open("wb") as errors:
        return subprocess.Popen(
            COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=ROOT,
            env=_environment(),
            start_new_session=True,  # whose share of the processor is its own
        )


def end_process(process: Process) -> None:
    """Ends it at once and gives its pipes back."""
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        pipe.close()


class IdleProcess:
    """Room for one process that waits for a task. From any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: Process | None = None
        self._timer: threading.Timer | None = None

    def take(self, *, goes_last: bool) -> Process | None:
        """The process that waits, the caller's from now on; None where there is none that serves.

        One that has gone last may not come back where the system forbids it (see priority.py). It serves only a task
        that goes last from its start.
        """
        with self._lock:
            process = self._process
            if process is None or not (goes_last or _comes_back(process)):
                return None
            self._swap(None)
        if process.poll() is None:
            return process
        end_process(process)  # it died while it waited
        return None

    def keep(self, process: Process) -> None:
        """Has the process wait, in place of another that waits."""
        with self._lock:
            before = self._swap(process)
        if before is not None:
            end_process(before)

    def end(self, process: Process | None = None) -> None:
        """Ends the process that waits: whichever does, or only `process`."""
        with self._lock:
            if self._process is None or process not in (None, self._process):
                return
            before = self._swap(None)
        end_process(before)

    def _swap(self, process: Process | None) -> Process | None:
        before, self._process = self._process, process
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if process is not None:
            self._timer = threading.Timer(MAX_IDLE_SECONDS, self.end, args=(process,))
            self._timer.daemon = True
            self._timer.start()
        return before


def _comes_back(process: Process) -> bool:
    set_priority(process.pid, MODEST)
    return process.poll() is not None or has_priority(process.pid, MODEST)


def _environment() -> dict[str, str]:
    """Threads that wait for each other spin for microseconds, not milliseconds, before they sleep: on a processor that
    is shared, with the person's own requests first of all, spinning threads slow each other down several times over.
    """
    return {**os.environ, "GOMP_SPINCOUNT": "20000"}


IDLE = IdleProcess()
atexit.register(IDLE.end)
