"""The learner's process: `python -m vabal_core.loop.worker FOLDER` runs the job in FOLDER, its events as JSON lines.

A process of its own keeps the web server quick (no torch there, nothing shares its interpreter lock), gives all its
memory back, and can be stopped at once. It ends by itself when its parent is gone: nobody would read its result.
"""

import json
import os
import sys
import threading
from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

from vabal_core.images.pixel_cache import fill_cache
from vabal_core.loop.events import timed
from vabal_core.loop.files import Job, Outcome, read_job, write_outcome, write_whole
from vabal_core.loop.round import run_round
from vabal_core.loop.task import RoundResult, RoundTask
from vabal_core.runtime import choose_device, describe_device
from vabal_core.types import Event, StudioError


def run_job(job: Job) -> Generator[Event, None, RoundResult]:
    """Decodes what the pixel cache lacks, then runs the round."""
    job.cache.mkdir(parents=True, exist_ok=True)
    # On Windows a file still mapped cannot be removed: that must not hide what went wrong.
    with TemporaryDirectory(dir=job.cache, prefix="features-", ignore_cleanup_errors=True) as scratch:
        task = yield from task_of(job, Path(scratch))
        return (yield from run_round(task, choose_device()))


def task_of(job: Job, scratch: Path) -> Generator[Event, None, RoundTask]:
    """The job with its pixels. Features that may outgrow the memory go to the folder `scratch`."""
    files, config = [Path(file) for file in job.files], job.config
    size = {"size": config.image_size, "colour": config.colour}
    pixels, readable = yield from fill_cache(job.cache, files, job.fingerprints, **size)
    check_readable(job.files, readable)
    known = job.keys, job.labels, job.evaluation, job.class_count
    return RoundTask(pixels, readable, *known, job.strategy, config, job.seed, job.foretold, scratch)


def check_readable(files: Sequence[str], readable: np.ndarray) -> None:
    """Raises StudioError where most images cannot be read: a drive that is gone must not bring a ranking of nothing."""
    if readable.mean() >= 0.5:
        return
    first = files[int(np.argmin(readable))]
    raise StudioError(
        f"{int((~readable).sum()):,} of {len(files):,} images cannot be read, first {first}. "
        "Is their folder still there? Bring it back and start the round again."
    )


def save(folder: Path, result: RoundResult, seconds: dict[str, float]) -> None:
    """Writes the checkpoint, then the outcome."""
    write_whole(folder / "checkpoint.pt", lambda file: torch.save(result.checkpoint, file))
    likelihood = result.log_likelihood
    outcome = Outcome(
        rows=result.ranking.rows,
        scores=result.ranking.scores,
        predicted=result.predicted,
        probability=result.probability,
        log_likelihood=likelihood if likelihood is not None else torch.empty(len(result.predicted), 0).numpy(),
        confusion=result.confusion,
        held_out=result.held_out.predicted,
        held_out_probability=result.held_out.probability,
        facts=result.facts | {"seconds": {phase: round(value, 2) for phase, value in seconds.items()}},
    )
    write_outcome(folder, outcome)


def main(folder: Path) -> int:
    _give_way()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        work = timed(run_job(read_job(folder)))
        result, seconds = yield_lines(work)
        save(folder, result, seconds)
    except (StudioError, ValueError, FloatingPointError, OSError, torch.OutOfMemoryError) as error:
        _print({"error": f"{error}" or type(error).__name__})
        return 1
    return 0


def yield_lines(work: Generator[Event, None, Any]) -> Any:
    """Prints each event as a line of JSON; returns the work's result."""
    while True:
        try:
            event = next(work)
        except StopIteration as finished:
            return finished.value
        _print(asdict(replace(event, metrics=dict(event.metrics))))


def _print(values: dict[str, Any]) -> None:
    print(json.dumps(values), flush=True)


def _give_way() -> None:
    """Everybody who waits goes first: the learner takes what the pages, and a browser on this machine, leave over."""
    if hasattr(os, "nice"):  # on Windows the parent has seen to it
        os.nice(19)
    with suppress(OSError):  # Linux weighs sessions against each other, and a process only within its own
        Path("/proc/self/autogroup").write_text("19")


def _end_with_parent() -> None:
    """The parent holds our standard input open; its end means that the parent is gone."""
    while os.read(0, 4096):  # not sys.stdin: its lock, held by a waiting thread, would abort the interpreter's exit
        pass
    os._exit(3)


if __name__ == "__main__":
    if sys.argv[1] == "--device":
        print(describe_device(choose_device()))
    else:
        sys.exit(main(Path(sys.argv[1])))
