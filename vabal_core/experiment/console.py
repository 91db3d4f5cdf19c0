"""What the commands that run experiments share: where things lie, lines on standard error, and exit statuses."""

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from vabal_core.experiment.folders import Folders, at_work, write_plan
from vabal_core.experiment.on_ray import ADDRESS, play_on_ray
from vabal_core.experiment.plan import Experiment, Run
from vabal_core.experiment.processes import core_count, play_in_processes
from vabal_core.experiment.report import REPORT, Write, write_report
from vabal_core.experiment.results import RESULTS, Standing
from vabal_core.experiment.simulate import ROUNDS, simulate
from vabal_core.loop.events import Work
from vabal_core.types import Progress, StudioError

T = TypeVar("T")
MAX_ALIKE = 3  # runs that failed for the same reason and are named
STOPPED = 130  # the exit status of whoever was stopped by Ctrl+C


def add_places(parser: argparse.ArgumentParser) -> None:
    """The options that say where an experiment stands and by how many processes it is run."""
    parser.add_argument("--out", type=Path, required=True, help="folder for what is found out")
    parser.add_argument("--processes", type=int, default=core_count(), help="side by side (default: the cores)")
    parser.add_argument("--features", type=Path, help="folder of features, to share between experiments")
    parser.add_argument("--images", type=Path, help="folder where images are unpacked, to share likewise")


def places_of(options: argparse.Namespace) -> Folders:
    out = options.out
    return Folders(out=out, features=options.features or out / "features", images=options.images or out / "images")


def exit_status(command: Callable[[], int], out: Path) -> int:
    """That of `command`; 1 where it raises what a person can mend, said on one line, and 130 after Ctrl+C."""
    try:
        return command()
    except KeyboardInterrupt:
        print(f"Stopped. The same command goes on with what stands in {out}.", file=sys.stderr)
        return STOPPED
    except OSError as error:
        place = error.filename or out
        print(f"{place}: {error.strerror or error}. Give another folder, or check its rights.", file=sys.stderr)
        return 1
    except (StudioError, ValueError) as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return 1


def run_experiment(places: Folders, experiment: Experiment, processes: int, write: Write = write_report) -> int:
    """Runs the experiment in `places.out`, or goes on with it there, on the Ray cluster that RAY_ADDRESS names, else by
    so many processes of this machine, and has `write` write its report; 0 if all runs are done, else 1."""
    play = play_on_ray if os.environ.get(ADDRESS) else play_in_processes
    with at_work(places.out, write_plan(places.out, experiment)):
        return _conclude(follow(simulate(places, play, processes, write)), places.out)


def follow(work: Work[T]) -> T:
    """Runs `work` to its end, a line on standard error where there is something new to say."""
    last = ""
    with contextlib.closing(work) as steps:
        while True:
            try:
                line = _line(next(steps))
            except StopIteration as end:
                return end.value
            if line != last:
                print(line, file=sys.stderr, flush=True)
            last = line


def _line(event: Progress) -> str:
    if event.phase != ROUNDS:
        return f"{event.phase}  {event.done:,}/{event.total:,}  {event.message}".rstrip()
    runs, of = int(event.metrics["runs"]), int(event.metrics["of"])
    parts = [f"{runs:,}/{of:,} runs", f"{event.done:,}/{event.total:,} rounds"]
    if event.metrics.get("seconds_left"):
        parts.append(f"about {_duration(event.metrics['seconds_left'])} left")
    return "  ".join([*parts, event.message]).rstrip()


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _failure_lines(failures: Mapping[Run, str]) -> Iterator[str]:
    """A line a run; of many that failed for the same reason the first ones, and how many more."""
    by_reason: dict[str, list[Run]] = {}
    for run, why in failures.items():
        by_reason.setdefault(why.splitlines()[-1], []).append(run)
    for why, runs in by_reason.items():
        yield from (f"{run.strategy}, seed {run.seed}, has failed: {why}" for run in runs[:MAX_ALIKE])
        if more := len(runs[MAX_ALIKE:]):
            yield f"{more:,} more run{' has' if more == 1 else 's have'} failed for the same reason."


def _conclude(standing: Standing, out: Path) -> int:
    for line in _failure_lines(standing.failures):
        print(line, file=sys.stderr)
    names = (RESULTS, REPORT, Path(REPORT).with_suffix(".html").name)
    written = ", ".join(str(out / name) for name in names if (out / name).exists())
    print(f"{standing.runs_done} of {standing.runs} runs done{': ' if written else ''}{written}")
    return 0 if standing.runs_done == standing.runs else 1
