"""The process of an experiment that runs by itself: `python -m vabal_core.experiment.driver SETTINGS`.

SETTINGS is a JSON object: `out`, `features`, `images` (folders), `processes`, and `give_way`: whether everything else
on the machine goes before the processes that play the runs. Ended by SIGTERM it leaves the rounds that are finished,
and the report of them; see background.py for what it tells.
"""

import contextlib
import json
import os
import signal
import sys
import time
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from filelock import FileLock, Timeout

from vabal_core.experiment.background import DRIVER, ERROR, LOCK, PROGRESS, READY, SHARE
from vabal_core.loop.checked_files import write_whole
from vabal_core.loop.output import claim_standard_output
from vabal_core.loop.priority import ProcessorSeconds, processor_seconds, processor_share
from vabal_core.types import Progress, StudioError

SECONDS_FOR_LOCK = 5.0  # somebody who only asks holds it for a moment
SECONDS_BETWEEN_EVENTS = 0.5  # that are kept
SECONDS_BETWEEN_SHARES = 10.0  # long enough for a share of the processor to be no accident


def main(settings: dict[str, Any]) -> int:
    """Exit status: 0 at the experiment's end and where it was stopped, 1 where it could not go on."""
    out = Path(settings["out"])
    started = claim_standard_output()
    try:
        with FileLock(out / LOCK).acquire(timeout=SECONDS_FOR_LOCK):
            signal.signal(signal.SIGTERM, _stop)
            _write(out / DRIVER, {"pid": os.getpid()})
            for name in (ERROR, PROGRESS):
                (out / name).unlink(missing_ok=True)
            print(READY, file=started, flush=True)
            started.close()
            return _drive(out, settings)
    except KeyboardInterrupt:
        return 0
    except Timeout:
        print("another process runs this experiment already", file=sys.stderr)
        return 1


def _stop(_signal: int, _frame: Any) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once: the report is to be written undisturbed
    raise KeyboardInterrupt


def _drive(out: Path, settings: dict[str, Any]) -> int:
    try:
        from vabal_core.experiment.folders import Folders, at_work, read_plan  # only now: tables and strategies
        from vabal_core.experiment.processes import play_in_processes
        from vabal_core.experiment.simulate import simulate

        places = Folders(out=out, features=Path(settings["features"]), images=Path(settings["images"]))
        kept, shares = 0.0, ProcessorShares()
        play = partial(play_in_processes, give_way=settings["give_way"])
        steps = simulate(places, play, settings["processes"])
        with at_work(out, read_plan(out)), contextlib.closing(steps):
            for event in steps:
                if time.monotonic() - kept >= SECONDS_BETWEEN_EVENTS:
                    kept = time.monotonic()
                    _keep(out, event, shares.lately())
    except (StudioError, ValueError, OSError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        words = " ".join(str(error).split()).encode()
        with contextlib.suppress(OSError):  # a full disk: whoever asks sees that too
            write_whole(out / ERROR, lambda file: file.write(words))
        return 1
    return 0


class ProcessorShares:
    """Of the processor time that the processes which play the runs could have used, the share that they lately got."""

    def __init__(self) -> None:
        self._before: dict[int, ProcessorSeconds] = {}
        self._due, self._share = 0.0, 1.0

    def lately(self) -> float:
        if time.monotonic() >= self._due:
            now = {process.pid: processor_seconds(process.pid) for process in psutil.Process().children()}
            shares = [processor_share(self._before[pid], now[pid]) for pid in now if pid in self._before]
            self._share = min(shares, default=1.0)
            self._before, self._due = now, time.monotonic() + SECONDS_BETWEEN_SHARES
        return self._share


def _keep(out: Path, event: Progress, share: float) -> None:
    with contextlib.suppress(OSError):  # the rounds themselves say when the disk is full
        _write(out / PROGRESS, asdict(replace(event, metrics={**event.metrics, SHARE: share})))


def _write(file: Path, values: dict[str, Any]) -> None:
    write_whole(file, lambda stream: stream.write(json.dumps(values).encode()))


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
