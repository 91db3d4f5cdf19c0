"""What the learner does with a folder: decode or read its images, run the round, save. Its process is `__main__.py`."""

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import Tensor

from vabal_core.config import Config
from vabal_core.loop.checkpoint import SCORING_SETTINGS, previous_vae, write_checkpoint
from vabal_core.loop.cold_start import run_cold_start
from vabal_core.loop.decode import decode
from vabal_core.loop.events import LABELS, Work, timed
from vabal_core.loop.features import fetch_weights, read_features
from vabal_core.loop.files import (
    COLD_START,
    SCRATCH,
    ImageFiles,
    read_images,
    read_scale,
    read_task,
    write_result,
    write_task,
)
from vabal_core.loop.fitted import Fitted, Inputs
from vabal_core.loop.round import run_round
from vabal_core.loop.task import RoundResult
from vabal_core.runtime import choose_device
from vabal_core.types import Progress, Scale, StudioError

LEAST_BATCH = 8  # images learned from at once
OUT_OF_MEMORY = "The device ran out of memory with {size} images at once; the round begins again with {half}."
TOO_LITTLE_MEMORY = (
    "the device has too little memory for this round: close other programs that use it, choose a smaller image size, "
    "or the preset interactive"
)

# What a round may fail of, in words for the person; anything else is a bug, and its traceback goes to the log.
FAILURES = (StudioError, ValueError, FloatingPointError, OSError, torch.OutOfMemoryError)


def run_folder(folder: Path) -> Work[None]:
    """Runs the task in `folder` and leaves its checkpoint and result there; in a folder called COLD_START, the images
    to show first. Raises one of FAILURES."""
    if folder.name == COLD_START:
        yield from run_cold_start(folder)
        return
    # On Windows a file still mapped cannot be removed: that must not hide what went wrong.
    with TemporaryDirectory(dir=folder, prefix=SCRATCH, ignore_cleanup_errors=True) as scratch:
        (fitted, result), seconds = yield from timed(run_with_memory(folder, Path(scratch)))
    save(folder, fitted, result, seconds)


def run_with_memory(folder: Path, scratch: Path) -> Work[tuple[Fitted, RoundResult]]:
    """`run_task`, begun again with batches half as large where the device runs out of memory. StudioError where
    LEAST_BATCH images at once are too many, or batches are not what fills it."""
    while True:
        try:
            return (yield from run_task(folder, scratch))
        except torch.OutOfMemoryError as error:
            task = read_task(folder)
            size = task.config.batch_size
            if size <= LEAST_BATCH or task.config.learning == "frozen":
                raise StudioError(TOO_LITTLE_MEMORY) from error
            half = max(LEAST_BATCH, size // 2)
            write_task(folder, replace(task, config=replace(task.config, batch_size=half)), read_images(folder))
            yield Progress("train", message=OUT_OF_MEMORY.format(size=size, half=half))


def run_task(folder: Path, scratch: Path) -> Work[tuple[Fitted, RoundResult]]:
    """Reads what the feature store, or decodes what the pixel cache, lacks, then runs the round.

    That may take hours, in which labels come and go. So the labels are those that stand in the folder after the event
    of the phase LABELS: whoever drives the round may replace them before it asks for the next event.
    """
    config, images = read_task(folder).config, read_images(folder)
    inputs = yield from read_inputs(images, config)
    yield Progress(LABELS)
    initial_vae = yield from last_vae(folder, config, images.scale)
    inputs = replace(inputs, initial_vae=initial_vae, scratch=scratch)
    return (yield from run_round(read_task(folder), inputs, device=choose_device()))


def read_inputs(images: ImageFiles, config: Config) -> Work[Inputs]:
    """What a round with these settings looks at: features where the network is frozen, else pixels."""
    if config.learning == "frozen":
        features, readable = yield from read_features(images, config, choose_device())
        return Inputs(readable=readable, features=features)
    pixels, readable = yield from decode(images, config)
    yield from fetch_weights(config)
    return Inputs(readable=readable, pixels=pixels)


def last_vae(folder: Path, config: Config, scale: Scale | None = None) -> Work[Mapping[str, Tensor] | None]:
    """The auto-encoder of the newest round before that in `folder` which has learned from the same features: read
    by these settings and this `scale`.

    None where there is none, or where it would not be gone on from. One that is damaged is said, and passed over.
    """
    if config.learning != "frozen" or not config.vae_warm_steps:
        return None
    earlier = sorted((int(other.name) for other in folder.parent.glob("*") if other.name.isdecimal()), reverse=True)
    for number in (number for number in earlier if number < int(folder.name)):
        before = folder.parent / str(number)
        try:
            state = previous_vae(before)
        except StudioError as error:
            yield Progress("vae", message=f"{error}")
            continue
        if state is not None:
            return state if _same_training(before, config) and read_scale(before) == scale else None
    return None


def _same_training(before: Path, now: Config) -> bool:
    """Whether the round in the folder `before` trained with these settings; one that cannot be read did not."""
    try:
        earlier = read_task(before).config
    except (StudioError, OSError, ValueError, KeyError, TypeError):
        return False
    names = [setting.name for setting in fields(Config) if setting.name not in SCORING_SETTINGS]
    return all(getattr(earlier, name) == getattr(now, name) for name in names)


def save(folder: Path, fitted: Fitted, result: RoundResult, seconds: Mapping[str, float]) -> None:
    """Writes the checkpoint, then the result with the seconds of each phase."""
    write_checkpoint(folder, fitted)
    rounded = {phase: round(value, 2) for phase, value in seconds.items() if phase != LABELS}
    write_result(folder, replace(result, report=replace(result.report, seconds=rounded)))
