"""An experiment as a folder. Plain files, each written whole: a kill costs the round that was being played.

plan.json          what is to be found out
source/            the table of its images, once
runs/RUN/N.json    round N of a run that is under way: its row of results, and which images it asked for
runs/RUN/vae-N.pt  the auto-encoder that the next round goes on from
runs/RUN.json      a finished run: all its rows
runs/RUN.lock      held by the process that plays the run; another one takes another run
runs/*.at-work.lock  held by a command that is at the experiment: none takes its place meanwhile
runs/RUN.error     why the run has failed; the next command tries again
results.parquet    all rows so far
report.md          what they say
"""

import contextlib
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from filelock import FileLock, Timeout

from vabal_core.experiment import plan
from vabal_core.experiment.plan import Experiment, Run
from vabal_core.loop.checked_files import write_whole
from vabal_core.types import StudioError

PLAN = "plan.json"
SOURCE, IMAGES = "source", "images.json"  # the folder of the table of images, and the list in it


@dataclass(frozen=True, kw_only=True)
class Folders:
    """Where an experiment stands, where features read are kept, and where images are unpacked or written."""

    out: Path
    features: Path
    images: Path


def write_plan(out: Path, experiment: Experiment) -> Experiment:
    """Begin an experiment in `out`, or go on with the one there, which may grow by strategies and seeds: returns it.

    Another one, of which no round was played, gives way: its source was misspelled, say. StudioError where another
    experiment stands there of which one was.
    """
    out.mkdir(parents=True, exist_ok=True)
    with FileLock(out / "plan.lock"):
        if (out / PLAN).exists() and not _gives_way(out, experiment):
            experiment = plan.grown(read_plan(out), experiment)
        content = json.dumps(plan.to_json(experiment), indent=1).encode()
        write_whole(out / PLAN, lambda file: file.write(content))
    return experiment


def read_plan(out: Path) -> Experiment:
    """StudioError where no experiment stands in `out`."""
    try:
        return plan.from_json(json.loads((out / PLAN).read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise StudioError(f"No experiment stands in {out}: it has no {PLAN}. Start one with `simulate`.") from error


@contextlib.contextmanager
def at_work(out: Path, experiment: Experiment) -> Iterator[None]:
    """To be held by whoever has the runs of `experiment` played: no other experiment takes its place in `out`
    meanwhile. StudioError where one has already."""
    runs_folder(out).mkdir(parents=True, exist_ok=True)
    lock = FileLock(runs_folder(out) / f"{uuid4().hex}.at-work.lock", thread_local=False)
    with FileLock(out / "plan.lock"):
        if not _grows_into(experiment, read_plan(out)):
            raise StudioError(f"Another experiment has been started in {out} meanwhile. Give each a folder of its own.")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
        Path(lock.lock_file).unlink(missing_ok=True)


def _gives_way(out: Path, experiment: Experiment) -> bool:
    """Whether the experiment in `out` is another one than this, without a round, and nobody is at it; what was made
    ready of its images is gone then."""
    with contextlib.ExitStack() as locks:
        try:
            for lock in (out / f"{SOURCE}.lock", *runs_folder(out).glob("*.lock")):
                locks.enter_context(FileLock(lock).acquire(blocking=False))
        except Timeout:
            return False
        if any(runs_folder(out).glob("**/*.json")) or _grows_into(read_plan(out), experiment):
            return False
        shutil.rmtree(out / SOURCE, ignore_errors=True)
        shutil.rmtree(runs_folder(out), ignore_errors=True)
        return True


def _grows_into(before: Experiment, now: Experiment) -> bool:
    try:
        plan.grown(before, now)
    except StudioError:
        return False
    return True


def run_name(run: Run) -> str:
    """The name of a run's files: seed and strategy."""
    return f"{run.seed:03d}-{quote(run.strategy, safe='(),')}"


def runs_folder(out: Path) -> Path:
    return out / "runs"


def is_done(out: Path, run: Run) -> bool:
    return run_file(out, run).exists()


def is_over(out: Path, run: Run) -> bool:
    """Whether it is done or has failed."""
    return is_done(out, run) or bool(failure(out, run))


def failure(out: Path, run: Run) -> str:
    """Why the run has failed, the last line in words; "" where it has not."""
    try:
        return _error(out, run).read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def write_failure(out: Path, run: Run, why: str) -> None:
    write_whole(_error(out, run), lambda file: file.write(why.encode()))


def forget_failures(out: Path) -> None:
    """Have runs that failed tried again."""
    for file in runs_folder(out).glob("*.error"):
        file.unlink(missing_ok=True)


def run_lock(out: Path, run: Run) -> FileLock:
    """To be held while a run is played."""
    runs_folder(out).mkdir(parents=True, exist_ok=True)
    return FileLock(runs_folder(out) / f"{run_name(run)}.lock", thread_local=False)


def round_folder(out: Path, run: Run) -> Path:
    return runs_folder(out) / run_name(run)


def write_finished(out: Path, run: Run, rows: Sequence[dict[str, Any]]) -> None:
    content = json.dumps(rows).encode()
    write_whole(run_file(out, run), lambda file: file.write(content))


def run_file(out: Path, run: Run) -> Path:
    """The rows of a run that is finished."""
    return runs_folder(out) / f"{run_name(run)}.json"


def _error(out: Path, run: Run) -> Path:
    return runs_folder(out) / f"{run_name(run)}.error"
