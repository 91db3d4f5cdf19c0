"""Runs side by side on one machine: processes that share the experiment's folder, each with its part of the cores."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, Any, NamedTuple

from vabal_core.experiment.folders import Folders
from vabal_core.loop.events import Work
from vabal_core.types import Progress, StudioError

LOG = "workers.log"
READY = "ready"  # the phase of the event after which others find the images read
AT_ONCE = "at once"  # the metric of that event that says how many runs are played side by side, where not as asked for
QUIET = "quiet"  # that of an event that tells nothing but that time goes on
SECONDS_WITHOUT_EVENT = 1.0
COMMAND = (sys.executable, "-m", "vabal_core.experiment.worker")
ROOT = Path(__file__).resolve().parents[2]


class Worker(NamedTuple):
    """A process that plays runs, and the thread that reads what it tells."""

    process: "subprocess.Popen[bytes]"
    reader: threading.Thread


def core_count() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def play_in_processes(places: Folders, processes: int, *, give_way: bool = False) -> Work[None]:
    """Plays all runs by so many processes; passes on what they tell, and an event a second where they tell nothing.
    With `give_way` everything else on the machine goes before them.

    Closing the generator kills them, which costs each the round it is at. StudioError where the images cannot be made
    ready. A process that dies is no error as long as another one plays its runs.
    """
    shares = {"threads": max(1, core_count() // processes), "give_way": give_way}
    lines: SimpleQueue[dict[str, Any]] = SimpleQueue()
    workers = [_start(places, 0, shares, lines)]
    try:
        while _anything_to_hear(workers, lines):
            event = _next(lines)
            if event.phase == READY and len(workers) == 1:
                workers += [_start(places, number, shares, lines) for number in range(1, processes)]
            yield event
        if all(worker.process.returncode for worker in workers):
            raise StudioError(
                f"No process that plays runs is alive any more{_cause(workers[0].process)}: see {places.out / LOG}."
            )
    finally:
        for worker in workers:
            _end(worker.process)


def _start(places: Folders, number: int, shares: dict[str, Any], lines: "SimpleQueue[dict[str, Any]]") -> Worker:
    folders = {name: str(folder.absolute()) for name, folder in vars(places).items()}
    settings = json.dumps({**folders, "number": number, **shares})
    with (places.out / LOG).open("ab") as log:
        process = subprocess.Popen(
            (*COMMAND, settings),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))},
            start_new_session=True,  # Ctrl+C is for the parent, which ends it
        )
    reader = threading.Thread(target=_read, args=(process.stdout, lines), daemon=True)
    reader.start()
    return Worker(process, reader)


def _read(stream: IO[bytes], lines: "SimpleQueue[dict[str, Any]]") -> None:
    for line in stream:
        lines.put(json.loads(line))


def _anything_to_hear(workers: list[Worker], lines: "SimpleQueue[dict[str, Any]]") -> bool:
    """Whether a process lives, or one that has ended has told what was not heard yet: of a failure its last words."""
    if any(worker.process.poll() is None for worker in workers):
        return True
    for worker in workers:
        worker.reader.join(SECONDS_WITHOUT_EVENT)
    return not lines.empty()


def _next(lines: "SimpleQueue[dict[str, Any]]") -> Progress:
    try:
        values = lines.get(timeout=SECONDS_WITHOUT_EVENT)
    except Empty:
        return Progress(QUIET)
    if "error" in values:
        raise StudioError(values["error"])
    return Progress(**values)


def _cause(process: "subprocess.Popen[bytes]") -> str:
    killed = process.returncode == -9  # SIGKILL: Windows has no name for it
    return " (killed; most often the machine ran out of memory)" if killed else f" (exit status {process.returncode})"


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()
