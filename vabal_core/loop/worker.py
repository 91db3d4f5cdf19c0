"""What the learner does with a job's folder: decode, run the round, save. Its process is `__main__.py`."""

from collections.abc import Generator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from vabal_core.images.pixel_cache import fill_cache
from vabal_core.loop.events import timed
from vabal_core.loop.files import SCRATCH, Job, Outcome, read_job, write_outcome, write_whole
from vabal_core.loop.round import run_round
from vabal_core.loop.task import RoundResult, RoundTask
from vabal_core.runtime import choose_device
from vabal_core.types import Event, StudioError

FETCHING = "Loading the published weights; the first time they are downloaded, which may take minutes."
# What a job may fail of, in words for the person; anything else is a bug, and its traceback goes to the log.
FAILURES = (StudioError, ValueError, FloatingPointError, OSError, torch.OutOfMemoryError)


def run_folder(folder: Path) -> Generator[Event, None, None]:
    """Runs the job in `folder` and leaves its checkpoint and outcome there. Raises one of FAILURES."""
    # On Windows a file still mapped cannot be removed: that must not hide what went wrong.
    with TemporaryDirectory(dir=folder, prefix=SCRATCH, ignore_cleanup_errors=True) as scratch:
        result, seconds = yield from timed(run_job(read_job(folder), Path(scratch)))
    save(folder, result, seconds)


def run_job(job: Job, scratch: Path) -> Generator[Event, None, RoundResult]:
    """Decodes what the pixel cache lacks, then runs the round."""
    job.cache.mkdir(parents=True, exist_ok=True)
    task = yield from task_of(job, scratch)
    if job.config.weights == "imagenet":
        yield Event("train", message=FETCHING)
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
