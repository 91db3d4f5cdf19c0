"""The runs of an experiment, played by however many processes share its folder: each takes what nobody else has."""

import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from filelock import Timeout

from vabal_core.experiment import folders
from vabal_core.experiment.folders import Folders
from vabal_core.experiment.plan import Run
from vabal_core.experiment.play import play_run
from vabal_core.experiment.prepare import Prepared, prepare
from vabal_core.experiment.processes import READY
from vabal_core.loop.events import Work
from vabal_core.loop.worker import FAILURES
from vabal_core.types import Progress

SECONDS_BETWEEN_TRIES = 0.5


def work(places: Folders) -> Work[None]:
    """Plays runs until none is left: each is done or has failed, here or in another process.

    A run that another process plays is waited for: should that process be killed, it is taken over.
    """
    prepared = yield from prepare(places)
    yield Progress(READY)
    while waiting := [run for run in prepared.experiment.runs if not folders.is_over(places.out, run)]:
        played = 0
        for run in waiting:
            played += yield from play_if_free(prepared, run)
        if not played:
            time.sleep(SECONDS_BETWEEN_TRIES)
            yield Progress("wait", message="other processes play the last runs")


def play_if_free(prepared: Prepared, run: Run) -> Work[bool]:
    """Plays `run` to its end unless another process does or it is over already; returns whether it was played here.

    What goes wrong is written beside the run, and the others go on.
    """
    with _claim(prepared.folders, run) as free:
        if not free:
            return False
        try:
            yield from play_run(prepared, run)
        except FAILURES as error:
            folders.write_failure(prepared.folders.out, run, f"{error}" or type(error).__name__)
        except Exception as error:  # a bug in one strategy: its traceback is kept, and the others have no part in it
            why = f"{traceback.format_exc()}\n{type(error).__name__}: {error}"
            folders.write_failure(prepared.folders.out, run, why)
        return True


@contextmanager
def _claim(places: Folders, run: Run) -> Iterator[bool]:
    """Holds the run's lock within the block; False where another process holds it, or the run is over."""
    lock = folders.run_lock(places.out, run)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        yield False
        return
    try:
        yield not folders.is_over(places.out, run)
    finally:
        lock.release()
