"""What the learner does with a round's folder: decode, run the round, save. Its process is `__main__.py`."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from vabal_core.loop.checkpoint import write_checkpoint
from vabal_core.loop.decode import decode
from vabal_core.loop.events import timed
from vabal_core.loop.files import SCRATCH, ImageFiles, read_images, read_task, write_result
from vabal_core.loop.fit import Fitted, Work
from vabal_core.loop.round import run_round
from vabal_core.loop.task import RoundResult, RoundTask
from vabal_core.runtime import choose_device
from vabal_core.types import Progress, StudioError

FETCHING = "Loading the published weights; the first time they are downloaded, which may take minutes."
# What a round may fail of, in words for the person; anything else is a bug, and its traceback goes to the log.
FAILURES = (StudioError, ValueError, FloatingPointError, OSError, torch.OutOfMemoryError)


def run_folder(folder: Path) -> Work[None]:
    """Runs the task in `folder` and leaves its checkpoint and result there. Raises one of FAILURES."""
    # On Windows a file still mapped cannot be removed: that must not hide what went wrong.
    with TemporaryDirectory(dir=folder, prefix=SCRATCH, ignore_cleanup_errors=True) as scratch:
        work = run_task(read_task(folder), read_images(folder), Path(scratch))
        (fitted, result), seconds = yield from timed(work)
    save(folder, fitted, result, seconds)


def run_task(task: RoundTask, images: ImageFiles, scratch: Path) -> Work[tuple[Fitted, RoundResult]]:
    """Decodes what the pixel cache lacks, then runs the round."""
    pixels, readable = yield from decode(images, task.config)
    if task.config.weights == "imagenet":
        yield Progress("train", message=FETCHING)
    work = run_round(task, pixels=pixels, readable=readable, device=choose_device(), scratch=scratch)
    return (yield from work)


def save(folder: Path, fitted: Fitted, result: RoundResult, seconds: Mapping[str, float]) -> None:
    """Writes the checkpoint, then the result with the seconds of each phase."""
    write_checkpoint(folder, fitted)
    rounded = {phase: round(value, 2) for phase, value in seconds.items()}
    write_result(folder, replace(result, report=replace(result.report, seconds=rounded)))
