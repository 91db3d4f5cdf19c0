"""An experiment from its plan to its report: whoever plays the runs, the folder is watched and the table written."""

import time
from collections.abc import Callable

from filelock import FileLock

from vabal_core.experiment.folders import Folders, forget_failures
from vabal_core.experiment.processes import AT_ONCE, QUIET, READY
from vabal_core.experiment.report import Write, write_report
from vabal_core.experiment.results import Standing, Watch, write_results
from vabal_core.loop.events import Work
from vabal_core.types import Progress

ROUNDS = "rounds"  # the phase of the events that count rounds
SECONDS_BETWEEN_LOOKS = 2.0
SECONDS_BETWEEN_TABLES = 10.0  # at least, while runs are played

Play = Callable[[Folders, int], Work[None]]


def simulate(places: Folders, play: Play, processes: int, write: Write = write_report) -> Work[Standing]:
    """Has `play` play the runs of the experiment planned in `places.out`, by so many processes; returns how it stands.

    While images are read, the events tell of that. Afterwards each counts rounds; its message names a run, its metrics
    are `runs`, `of`, and `seconds_left` where there is something to go by. `results.parquet` is written after a run
    has ended, every ten seconds at most, and at the end, as is the report, by `write`: also where the generator is
    closed before it.
    """
    watch = Watch(places.out)
    forget_failures(places.out)
    looked, written, done, ready = 0.0, time.monotonic(), 0, False
    try:
        for event in play(places, processes):
            ready, processes = ready or event.phase == READY, event.metrics.get(AT_ONCE, processes)
            if (now := time.monotonic()) - looked < SECONDS_BETWEEN_LOOKS or (event.phase == QUIET and not ready):
                continue
            looked, standing = now, watch.standing()
            if standing.runs_done > done and now - written >= SECONDS_BETWEEN_TABLES:
                write_results(watch)
                written, done = now, standing.runs_done
            yield _progress(event, standing, processes) if ready else event
    finally:
        _conclude(watch, write)
    return watch.standing()


def _progress(event: Progress, standing: Standing, processes: float) -> Progress:
    metrics = {"runs": float(standing.runs_done), "of": float(standing.runs)}
    if standing.seconds_left is not None:
        metrics["seconds_left"] = standing.seconds_left / processes
    return Progress(ROUNDS, standing.rounds_done, standing.rounds, metrics=metrics, message=event.message)


def _conclude(watch: Watch, write: Write) -> None:
    rows = write_results(watch)
    if len(rows):
        with FileLock(watch.out / "report.lock"):  # the same command may end beside this one
            write(rows, watch.out)
