"""Rank a finished round again from its checkpoint, without training: `python -m vabal_core.loop.rescore FOLDER`.

FOLDER is a round's folder (projects/ID/rounds/NUMBER in the data folder). `--set NAME=VALUE` reads the same models with
another score, other draws or another ablation; the round itself stays as it is.
"""

import argparse
import json
import sys
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

from vabal_core.config import from_json, to_json
from vabal_core.loop.files import read_job, read_outcome
from vabal_core.loop.round import SCORING_SETTINGS, rescore
from vabal_core.loop.task import RoundResult
from vabal_core.loop.worker import task_of
from vabal_core.runtime import choose_device
from vabal_core.types import Event, StudioError


def rescore_folder(folder: Path, changes: dict[str, Any]) -> Generator[Event, None, RoundResult]:
    """The result of the round in `folder` with `changes` of its scoring settings.

    ValueError for a setting that another training would be needed for; StudioError where the checkpoint is gone.
    """
    for name in changes:
        if name not in SCORING_SETTINGS:
            raise ValueError(f"{name!r} needs a new round; a checkpoint can be read with {', '.join(SCORING_SETTINGS)}")
    try:
        job = read_job(folder)
        checkpoint = torch.load(folder / "checkpoint.pt", map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise StudioError(f"{error.filename} is not there: checkpoints of the last rounds only are kept.") from error
    except TypeError as error:
        raise StudioError(f"The round in {folder} was made by an older version; start a new one.") from error
    if "held_out" not in checkpoint:
        raise StudioError(f"The checkpoint in {folder} was made by an older version; start a new round.")
    job.cache.mkdir(parents=True, exist_ok=True)
    job = replace(job, config=from_json(to_json(job.config) | changes))
    with TemporaryDirectory(dir=folder, prefix="rescore-", ignore_cleanup_errors=True) as scratch:
        task = yield from task_of(job, Path(scratch))
        return (yield from rescore(task, checkpoint, choose_device()))


def compare(folder: Path, result: RoundResult, top: int) -> dict[str, Any]:
    """How the ranking differs from the one that the round left: whether at all, and what its first images share."""
    kept = read_outcome(folder)
    one, other = result.ranking.rows[:top], kept.rows[:top]
    same = np.array_equal(result.ranking.rows, kept.rows) and np.array_equal(result.ranking.scores, kept.scores)
    return {"identical": bool(same), "top": len(one), "in_both": len(np.intersect1d(one, other))}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="another scoring setting")
    parser.add_argument("--top", type=int, default=100, help="images compared with the round's own ranking")
    asked = parser.parse_args()
    try:
        changes = {name: _value(text) for name, _, text in (item.partition("=") for item in asked.set)}
        work = rescore_folder(asked.folder, changes)
        while True:
            next(work)
    except StopIteration as finished:
        print(json.dumps(compare(asked.folder, finished.value, asked.top)))
        return 0
    except (StudioError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1


def _value(text: str) -> Any:
    """Numbers and true/false as JSON has them; everything else is a word."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


if __name__ == "__main__":
    sys.exit(main())
