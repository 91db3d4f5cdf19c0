"""The command `simulate`: one definition of its arguments, for the Studio's command line and for a bare machine."""

import argparse
import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path

from vabal_core.config import PRESETS, parse_override
from vabal_core.experiment.folders import Folders, write_plan
from vabal_core.experiment.names import split_names
from vabal_core.experiment.plan import Experiment
from vabal_core.experiment.processes import core_count, play_in_processes
from vabal_core.experiment.results import Standing
from vabal_core.experiment.simulate import ROUNDS, simulate
from vabal_core.types import Progress, StudioError

STOPPED = 130  # the exit status of whoever was stopped by Ctrl+C


def main(arguments: Sequence[str], prog: str) -> int:
    """Exit status: 0 if all runs are done, 1 if one has failed or nothing could begin, 130 after Ctrl+C."""
    options = _parser(prog).parse_args(arguments)
    out = options.out
    places = Folders(out=out, features=options.features or out / "features", images=options.images or out / "images")
    try:
        write_plan(out, _experiment(options))
        return _conclude(_follow(places, options.processes), out)
    except KeyboardInterrupt:
        print(f"Stopped. The same command goes on with what stands in {out}.", file=sys.stderr)
        return STOPPED
    except (StudioError, ValueError, OSError) as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return 1


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Label images whose true classes are known with several strategies, and compare what is learned.",
        epilog="The same command again goes on where it was stopped; run twice side by side, it shares the work.",
    )
    parser.add_argument("source", help="folder, ZIP, CSV or parquet file of labelled images, or the name of a data set")
    parser.add_argument("--strategies", required=True, metavar="A,B,C", help="names, as `mix(margin,random,0.3)` too")
    parser.add_argument("--seeds", type=int, default=10, help="how often each strategy is tried (default %(default)s)")
    parser.add_argument("--initial", type=int, default=100, help="labels to begin with (default %(default)s)")
    parser.add_argument("--batch", type=int, default=100, help="labels more a round (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds after the initial one (default %(default)s)")
    parser.add_argument("--preset", default="interactive", help=f"{', '.join(PRESETS)} (default %(default)s)")
    parser.add_argument(
        "--set", dest="overrides", action="append", default=[], metavar="NAME=VALUE",
        help="a setting that differs from the preset; repeatable",
    )  # fmt: skip
    parser.add_argument("--start", default="random", help="initial labels: random or coverage (default %(default)s)")
    parser.add_argument("--out", type=Path, required=True, help="folder for what is found out")
    parser.add_argument("--processes", type=int, default=core_count(), help="side by side (default: the cores)")
    parser.add_argument("--features", type=Path, help="folder of features, to share between experiments")
    parser.add_argument("--images", type=Path, help="folder where images are unpacked, to share likewise")
    return parser


def _experiment(options: argparse.Namespace) -> Experiment:
    if options.seeds < 1 or options.processes < 1:
        raise ValueError(f"--seeds {options.seeds} --processes {options.processes}: give 1 or more of each")
    return Experiment(
        source=options.source,
        strategies=split_names(options.strategies),
        seeds=tuple(range(options.seeds)),
        initial=options.initial,
        batch=options.batch,
        rounds=options.rounds,
        preset=options.preset,
        overrides=dict(parse_override(override) for override in options.overrides),
        start=options.start,
    )


def _follow(places: Folders, processes: int) -> Standing:
    """Runs the experiment, a line on stderr where there is something new to say."""
    last = ""
    with contextlib.closing(simulate(places, play_in_processes, processes)) as steps:
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


def _conclude(standing: Standing, out: Path) -> int:
    for run, why in standing.failures.items():
        print(f"{run.strategy}, seed {run.seed}, has failed: {why.splitlines()[-1]}", file=sys.stderr)
    print(f"{standing.runs_done} of {standing.runs} runs done: {out / 'results.parquet'}, {out / 'report.md'}")
    return 0 if standing.runs_done == standing.runs else 1
